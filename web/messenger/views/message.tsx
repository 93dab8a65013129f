import { Icon } from '../../shared/components/icon.tsx';
import { useState } from 'preact/hooks';
import { Button } from '../../shared/components/parts.tsx';
import { link } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { clockTime, dateAndTime, when } from '../../shared/words.ts';
import type { ChatMessage, Conversation, Notice, StoredMessage } from '../state/model.ts';
import { isEditable } from '../state/edits.ts';
import { isReportable, versionsOf } from '../state/reports.ts';
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
      {message.kind === 'notice' ? (
        <NoticeLine notice={message} />
      ) : message.kind === 'timer' ? (
        <TimerLine conversation={conversation} message={message} />
      ) : (
        <Bubble conversation={conversation} message={message} />
      )}
    </>
  );
}

function noticeText(notice: Notice): string {
  switch (notice.notice) {
    case 'started':
      return t.conversation.started;
    case 'added':
      return t.conversation.someoneAdded(t.common.and(notice.names));
    case 'removed':
      return t.conversation.removed(t.common.and(notice.names));
    case 'left':
      return t.conversation.left(t.common.and(notice.names));
    case 'you-left':
      return t.conversation.youLeft;
    case 'you-were-removed':
      return t.conversation.youWereRemoved;
    case 'device-joined':
      return t.conversation.deviceJoined(notice.names[0] ?? null);
    case 'device-new':
    case 'device-confirmed':
    case 'device-removed':
      return t.conversation.devices[notice.notice](notice.names[0] ?? null);
    case 'refused':
      return t.conversation.refused;
    case 'unverifiable':
      return t.conversation.unverifiable;
    case 'unreadable':
      return t.conversation.unreadable;
    case 'mismatch':
      return t.errors.codes.credential_mismatch ?? t.errors.unexpected;
  }
}

export const timerWords = (conversation: Conversation, message: ChatMessage): string => {
  const name = message.mine ? null : (conversation.members.find((one) => one.account === message.sender)?.name ?? '');
  return message.expiresAfter === 0
    ? t.conversation.timerOff(name)
    : t.conversation.timerSet(name, t.details.spans[message.expiresAfter] ?? '');
};

function TimerLine({ conversation, message }: { conversation: Conversation; message: ChatMessage }) {
  return (
    <li class="notice small muted" data-notice="timer">
      <Icon name="clock" />
      <span>{timerWords(conversation, message)}</span>
      {message.mine && message.status === 'failed' && <Delivery message={message} />}
    </li>
  );
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
  const [editing, setEditing] = useState(false);
  const reportLabel = message.expiresAfter > 0 ? t.conversation.saveAndReport : t.conversation.reportThis;
  return (
    <li class={`bubble-row${message.mine ? ' mine' : ''}`}>
      <article
        class={`bubble${message.kind === 'picture' ? ' with-picture' : ''}`}
        aria-label={t.conversation.messageFrom(name, when(message.at))}>
        {!message.mine && conversation.kind === 'group' && <span class="bubble-name small">{name}</span>}
        {message.kind === 'picture' && <ReceivedPicture message={message} name={name} reportLink={report} />}
        {editing ? (
          <EditForm message={message} onDone={() => setEditing(false)} />
        ) : (
          message.body !== '' && <p class="bubble-text">{message.body}</p>
        )}
        {message.versions.length > 0 && <Versions message={message} />}
        <footer class="bubble-foot small">
          <time dateTime={new Date(message.at).toISOString()}>{clockTime(message.at)}</time>
          {message.expiresAfter > 0 && (
            <span class="state">
              <Icon name="clock" />
              <span class="visually-hidden">{t.conversation.disappears(t.details.spans[message.expiresAfter] ?? '')}</span>
            </span>
          )}
          {message.mine && <Delivery message={message} />}
          {isEditable(message) && !editing && conversation.state !== null && (
            <Button look="plain" onClick={() => setEditing(true)}>
              {t.conversation.edit}
            </Button>
          )}
          {!message.mine && isReportable(message) && (
            <a class="bubble-report" href={report} aria-label={reportLabel} title={reportLabel}>
              <Icon name="flag" />
            </a>
          )}
        </footer>
      </article>
    </li>
  );
}

function EditForm({ message, onDone }: { message: ChatMessage; onDone: () => void }) {
  const { messenger } = useApp();
  const [text, setText] = useState(message.body);
  const save = (event: Event): void => {
    event.preventDefault();
    const body = text.trim();
    if (body === '') return;
    if (body !== message.body) void messenger.edit(message, body);
    onDone();
  };
  return (
    <form class="stack-tight" onSubmit={save}>
      <textarea
        rows={2}
        maxLength={8000}
        value={text}
        aria-label={t.conversation.editLabel}
        ref={(element) => element?.focus()}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onDone();
        }}
      />
      <div class="row">
        <Button type="submit">{t.conversation.saveEdit}</Button>
        <Button onClick={onDone}>{t.common.cancel}</Button>
      </div>
    </form>
  );
}

/** The newest is the message; the others stay to be seen, and to be reported. */
function Versions({ message }: { message: ChatMessage }) {
  return (
    <details class="small versions">
      <summary>{t.conversation.edited}</summary>
      <ol aria-label={t.conversation.versions}>
        {versionsOf(message)
          .slice(0, -1)
          .map((version) => (
            <li key={version.key}>
              {version.edit ? t.conversation.versionAt(when(version.at)) : t.conversation.firstVersion}: {version.body}
            </li>
          ))}
      </ol>
    </details>
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
