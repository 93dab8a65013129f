import { Icon } from '../../shared/components/icon.tsx';
import { link } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { when } from '../../shared/words.ts';
import type { Conversation } from '../state/model.ts';
import { titleOf, useApp, useLock } from './context.ts';

export function ConversationList({ current }: { current: string | null }) {
  const { messenger } = useApp();
  const conversations = messenger.core.screen.conversations.value;
  return (
    <>
      <div class="list-actions">
        <a class="button primary" href={link('new')}>
          <Icon name="plus" />
          {t.list.start}
        </a>
        <a class="button" href={link('invite')}>
          {t.list.invite}
        </a>
      </div>
      {conversations.length === 0 ? (
        <div class="list-empty">
          <h2>{t.list.empty}</h2>
          <p class="muted">{t.list.emptyHint}</p>
        </div>
      ) : (
        <ul class="conversations">
          {conversations.map((one) => (
            <Entry key={one.id} conversation={one} current={one.id === current} />
          ))}
        </ul>
      )}
      <ul class="list-links small">
        <li>
          <a href={link('feedback')}>{t.feedback.title}</a>
        </li>
        <li>
          <a href={link('devices')}>{t.devices.title}</a>
        </li>
        <li>
          <a href={link('privacy')}>{t.levels.page}</a>
        </li>
      </ul>
      <p class="list-foot small muted">
        {t.common.you}: <strong>{messenger.core.session.name}</strong>
      </p>
    </>
  );
}

function Entry({ conversation, current }: { conversation: Conversation; current: boolean }) {
  const unverified = useLock(conversation) === 'unverified' && conversation.ended === null;
  return (
    <li>
      <a class="entry" href={link('c', conversation.id)} {...(current ? { 'aria-current': 'page' as const } : {})}>
        <span class="avatar" aria-hidden="true">
          {conversation.kind === 'group' ? <Icon name="people" /> : titleOf(conversation).slice(0, 1).toUpperCase()}
        </span>
        <span class="entry-text">
          <span class="entry-name">{titleOf(conversation)}</span>
          <span class="entry-line small muted">{conversation.lastLine}</span>
          {unverified && (
            <span class="state warn small">
              <Icon name="lock-open" />
              {t.lock.unverified}
            </span>
          )}
        </span>
        <span class="entry-side small muted">
          {when(conversation.lastAt)}
          {conversation.unread > 0 && (
            <span class="badge">
              <span aria-hidden="true">{conversation.unread}</span>
              <span class="visually-hidden">{t.list.unread(conversation.unread)}</span>
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
