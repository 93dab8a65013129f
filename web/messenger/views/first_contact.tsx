import { Button, Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import type { Conversation } from '../state/model.ts';
import { setBlocked } from '../state/people.ts';
import { titleOf, useApp } from './context.ts';

export function FirstContact({ conversation }: { conversation: Conversation }) {
  const { messenger } = useApp();
  const { core } = messenger;
  const answer = (to: 'settled' | 'advise') => (): void => void messenger.settleFirstContact(conversation.id, to);
  const block = (): void => {
    for (const member of conversation.members) {
      const contact = core.screen.contacts.value.get(member.account);
      if (contact !== undefined) void setBlocked(core, contact, true);
    }
    answer('settled')();
  };
  return (
    <div class="banner">
      <Note tone="info">
        {conversation.firstContact === 'ask' ? (
          <>
            <p>{t.conversation.firstContact(titleOf(conversation))}</p>
            <div class="row">
              <Button onClick={answer('settled')}>{t.conversation.yes}</Button>
              <Button onClick={answer('advise')}>{t.conversation.no}</Button>
              <Button onClick={answer('advise')}>{t.conversation.notSure}</Button>
            </div>
          </>
        ) : (
          <>
            <p>{t.conversation.firstContactAdvice}</p>
            <div class="row">
              <Button icon="block" onClick={block}>
                {t.conversation.block}
              </Button>
              <Button look="quiet" onClick={answer('settled')}>
                {t.common.close}
              </Button>
            </div>
          </>
        )}
      </Note>
    </div>
  );
}
