import { Icon } from '../../shared/components/icon.tsx';
import { Button } from '../../shared/components/parts.tsx';
import { link } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { clockTime, dateAndTime, when } from '../../shared/words.ts';
import type { ChatMessage, Conversation, Notice, StoredMessage } from '../state/model.ts';
import { isReportable } from '../state/reports.ts';
import { useApp } from './context.ts';
import { ReceivedPicture } from './received_picture.tsx';

interface Props {
  conversation: Conversation;
  message: StoredMessage;
  dated: boolean;
}

export function MessageItem({ conversation, message, dated }: Props) {
  return (
    <>
      {dated && (
        <li class="day small muted" aria-hidden="true">
          {dateAndTime(message.at)}
        </li>
      )}
      {message.kind === 'notice' ? <NoticeLine notice={message} /> : <Bubble conversation={conversation} message={message} />}
    </>
  );
}

function noticeText(notice: Notice): string {
  switch (notice.notice) {
    case 'started':
      return t.conversation.started;
    case 'added':
      return t.conversation.someoneAdded(t.common.and(notice.names));
    case 'unverifiable':
      return t.conversation.unverifiable;
    case 'unreadable':
      return t.conversation.unreadable;
    case 'mismatch':
      return t.errors.codes.credential_mismatch ?? t.errors.unexpected;
  }
}

function NoticeLine({ notice }: { notice: Notice }) {
  const calm = notice.notice === 'started' || notice.notice === 'added';
  return (
    <li class="notice small muted" data-notice={notice.notice}>
      <Icon name={calm ? 'lock' : 'info'} />
      <span>{noticeText(notice)}</span>
    </li>
  );
}

function Bubble({ conversation, message }: { conversation: Conversation; message: ChatMessage }) {
  const member = conversation.members.find((one) => one.account === message.sender);
  const name = message.mine ? t.common.you : (member?.name ?? '');
  const report = link('c', conversation.id, 'report', message.key);
  return (
    <li class={`bubble-row${message.mine ? ' mine' : ''}`}>
      <article
        class={`bubble${message.kind === 'picture' ? ' with-picture' : ''}`}
        aria-label={t.conversation.messageFrom(name, when(message.at))}>
        {!message.mine && conversation.kind === 'group' && <span class="bubble-name small">{name}</span>}
        {message.kind === 'picture' && <ReceivedPicture message={message} name={name} reportLink={report} />}
        {message.body !== '' && <p class="bubble-text">{message.body}</p>}
        <footer class="bubble-foot small">
          <time dateTime={new Date(message.at).toISOString()}>{clockTime(message.at)}</time>
          {message.mine && <Delivery message={message} />}
          {!message.mine && isReportable(message) && (
            <a class="bubble-report" href={report} aria-label={t.conversation.reportThis} title={t.conversation.reportThis}>
              <Icon name="flag" />
            </a>
          )}
        </footer>
      </article>
    </li>
  );
}

function Delivery({ message }: { message: ChatMessage }) {
  const { messenger } = useApp();
  if (message.status === 'failed') {
    return (
      <>
        <span class="state">
          <Icon name="alert" />
          {t.conversation.failed}
        </span>
        <Button onClick={() => void messenger.sendAgain(message)}>{t.conversation.sendAgain}</Button>
      </>
    );
  }
  const online = messenger.core.screen.relay.value === 'online';
  return (
    <span class="state">
      <Icon name={message.status === 'accepted' ? 'check' : 'clock'} />
      {message.status === 'accepted' ? t.conversation.sent : online ? t.conversation.sending : t.conversation.waiting}
    </span>
  );
}
