import { useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from '../../shared/components/icon.tsx';
import { Button, Note, PageHeading } from '../../shared/components/parts.tsx';
import { link } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { sameDay } from '../../shared/words.ts';
import type { Conversation, StoredMessage } from '../state/model.ts';
import { setBlocked, staleMembers } from '../state/people.ts';
import { Composer } from './composer.tsx';
import { titleOf, useApp, useLock } from './context.ts';
import { FirstContact } from './first_contact.tsx';
import { Lock } from './lock.tsx';
import { MessageItem } from './message.tsx';

export function ConversationPane({ conversation }: { conversation: Conversation }) {
  const { messenger } = useApp();
  const { screen } = messenger.core;
  // While another conversation opens, the messages are still those of the one before.
  const messages = screen.messages.value.filter((message) => message.conversation === conversation.id);
  const contacts = screen.contacts.value;
  const lock = useLock(conversation);
  const blocked = conversation.members.map((one) => contacts.get(one.account)).filter((one) => one?.blocked);
  const changed = conversation.members.filter((one) => contacts.get(one.account)?.trust === 'changed');
  const stale = staleMembers(conversation, contacts);
  const alone = conversation.kind === 'direct' && blocked.length > 0;

  return (
    <div class="conversation">
      <header class="bar">
        <a class="button plain only-narrow" href={link()} aria-label={t.common.back}>
          <Icon name="back" />
        </a>
        <div class="bar-title">
          <PageHeading>{titleOf(conversation)}</PageHeading>
          <Lock state={lock} />
        </div>
        <a class="button plain" href={link('c', conversation.id, 'details')} aria-label={t.lock.about}>
          <Icon name="info" />
        </a>
      </header>
      {[...new Set([...changed, ...stale])].map((member) => (
        <div class="banner" key={member.account}>
          <Note tone="warn">
            <p>{t.conversation.keyChanged(member.name)}</p>
            <div class="row">
              <a class="button" href={link('c', conversation.id, 'details')}>
                {t.conversation.compare}
              </a>
            </div>
          </Note>
        </div>
      ))}
      <Messages conversation={conversation} messages={messages} />
      {conversation.firstContact !== 'settled' && !alone && <FirstContact conversation={conversation} />}
      {blocked.map(
        (contact) =>
          contact !== undefined && (
            <div class="banner" key={contact.account}>
              <Note tone="info">
                <p>
                  {t.conversation.blockedHere(contact.name)}{' '}
                  {conversation.hidden > 0 && t.conversation.hidden(conversation.hidden)}
                </p>
                <div class="row">
                  <Button onClick={() => void setBlocked(messenger.core, contact, false)}>
                    {t.conversation.unblock}
                  </Button>
                </div>
              </Note>
            </div>
          ),
      )}
      {conversation.state !== null && !alone && <Composer conversation={conversation} />}
    </div>
  );
}

const NEAR_THE_END_PX = 80;

/** Keeps the newest message in view while pictures open and messages arrive, unless the person has scrolled up. */
function useStickToEnd(last: string | undefined) {
  const element = useRef<HTMLDivElement>(null);
  const stuck = useRef(true);
  const position = useRef(0);
  const toEnd = (): void => {
    const scroller = element.current;
    if (scroller !== null && stuck.current) scroller.scrollTop = scroller.scrollHeight;
  };
  useLayoutEffect(toEnd, [last]);
  useLayoutEffect(() => {
    const list = element.current?.firstElementChild;
    if (list == null) return undefined;
    const observer = new ResizeObserver(toEnd);
    observer.observe(list);
    return () => observer.disconnect();
  }, []);
  const onScroll = (): void => {
    const scroller = element.current;
    if (scroller === null) return;
    // Growing content leaves the position where it is; only a person moves it up.
    const movedUp = scroller.scrollTop < position.current;
    position.current = scroller.scrollTop;
    const nearEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_THE_END_PX;
    stuck.current = nearEnd || (stuck.current && !movedUp);
  };
  return { element, onScroll };
}

function Messages({ conversation, messages }: { conversation: Conversation; messages: StoredMessage[] }) {
  const scroller = useStickToEnd(messages.at(-1)?.key);
  const onlyNotices = messages.every((message) => message.kind === 'notice');
  return (
    <div class="messages" ref={scroller.element} onScroll={scroller.onScroll} tabIndex={0} role="region" aria-label={t.conversation.messages}>
      <ol class="message-list">
        {messages.map((message, at) => {
          const before = messages[at - 1];
          const newDay = before === undefined || !sameDay(before.at, message.at);
          return <MessageItem key={message.key} conversation={conversation} message={message} dated={newDay && at > 0} />;
        })}
      </ol>
      {onlyNotices && messages.length > 0 && conversation.state !== null && (
        <p class="muted centred">{t.conversation.empty(titleOf(conversation))}</p>
      )}
    </div>
  );
}
