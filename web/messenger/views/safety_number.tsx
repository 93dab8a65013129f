import { useEffect, useState } from 'preact/hooks';
import { t } from '../../shared/strings/index.ts';
import { safetyNumber } from '../e2ee/safety_number.ts';
import type { Contact } from '../state/model.ts';
import { useApp } from './context.ts';

/** For the devices that were seen last: after a change those are the ones to compare. */
export function SafetyNumber({ contact }: { contact: Contact }) {
  const { messenger } = useApp();
  const { identity, screen } = messenger.core;
  const devices = screen.devices.value;
  const [groups, setGroups] = useState<string[]>([]);
  useEffect(() => {
    if (devices === null) return;
    void safetyNumber(
      { account: identity.account, keys: devices.map((one) => one.key) },
      { account: contact.account, keys: contact.seenKeys },
    ).then(setGroups);
  }, [contact.account, contact.seenKeys, identity, devices]);
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
