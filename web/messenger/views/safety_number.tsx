import { useEffect, useState } from 'preact/hooks';
import { t } from '../../shared/strings/index.ts';
import { safetyNumber } from '../e2ee/safety_number.ts';
import type { Contact } from '../state/model.ts';
import { useApp } from './context.ts';

/** For the key that was seen last: after a change that is the one to compare. */
export function SafetyNumber({ contact }: { contact: Contact }) {
  const { messenger } = useApp();
  const { identity } = messenger.core;
  const [groups, setGroups] = useState<string[]>([]);
  useEffect(() => {
    void safetyNumber(
      { account: identity.account, signatureKey: identity.signatureKey },
      { account: contact.account, signatureKey: contact.seenKey },
    ).then(setGroups);
  }, [contact.account, contact.seenKey, identity]);
  return (
    <div class="stack-tight">
      <span class="legend">{t.details.safety}</span>
      <p class="code safety-number" data-safety-number>
        {groups.join(' ')}
      </p>
      <p class="small muted">{t.details.safetyBody(contact.name)}</p>
    </div>
  );
}
