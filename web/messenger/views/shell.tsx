// List, conversation, details side by side; on a phone the route decides which one is there.
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { endSession } from '../../shared/account/session.ts';
import { Brand } from '../../shared/components/brand.tsx';
import { Icon } from '../../shared/components/icon.tsx';
import { Button, LiveRegion, Note } from '../../shared/components/parts.tsx';
import { link, route } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { ConversationList } from './conversation_list.tsx';
import { ConversationPane } from './conversation.tsx';
import { useApp } from './context.ts';
import { Details } from './details.tsx';
import { DevicesPane } from './devices.tsx';
import { FeedbackPane } from './feedback.tsx';
import { InvitePane } from './invite.tsx';
import { LevelsBanner, PrivacyPane } from './levels.tsx';
import { NewConversation } from './new_conversation.tsx';
import { ReportPane } from './report.tsx';

export function Shell() {
  const { messenger } = useApp();
  const { screen } = messenger.core;
  const [page, id, part, messageKey, keptId] = route.value;
  const wanted = page === 'c' ? (id ?? null) : null;
  useEffect(() => void messenger.open(wanted), [wanted, messenger]);
  const conversation = screen.conversations.value.find((one) => one.id === wanted);

  const middle =
    page === 'new' ? (
      <NewConversation />
    ) : page === 'invite' ? (
      <InvitePane />
    ) : page === 'feedback' ? (
      <FeedbackPane />
    ) : page === 'devices' ? (
      <DevicesPane />
    ) : page === 'privacy' ? (
      <PrivacyPane />
    ) : conversation !== undefined && part === 'report' ? (
      <ReportPane key={`${messageKey}/${keptId}`} conversation={conversation} first={messageKey ?? ''} kept={keptId ?? null} />
    ) : conversation !== undefined ? (
      <ConversationPane key={conversation.id} conversation={conversation} />
    ) : (
      <NothingChosen />
    );
  const details = part === 'details' && conversation !== undefined;
  const focus = details ? 'details' : page === undefined ? 'list' : 'middle';

  // Coming back to the list, the focus must not stay on what is no longer there.
  const list = useRef<HTMLElement>(null);
  const before = useRef(focus);
  useLayoutEffect(() => {
    if (focus === 'list' && before.current !== 'list') list.current?.focus();
    before.current = focus;
  }, [focus]);

  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        {t.common.skip}
      </a>
      <div
        class={`shell${details ? ' with-details' : ''}`}
        data-focus={focus}
        data-levels={screen.levelsRead.value ? 'read' : screen.checks.value === null ? 'unknown' : 'unread'}
      >
        <nav ref={list} tabIndex={-1} class="pane pane-list" aria-label={t.list.title}>
          <header class="bar">
            <Brand />
            <Button look="quiet" onClick={() => void endSession()}>
              {t.common.signOut}
            </Button>
          </header>
          <ConversationList current={wanted} />
        </nav>
        <main class="pane pane-middle" id="main" tabIndex={-1}>
          <ConnectionLine />
          {page !== 'devices' && <DeviceLine />}
          <LevelsBanner />
          {middle}
        </main>
        {details && conversation !== undefined && (
          <aside class="pane pane-details" aria-label={t.details.title}>
            <Details key={conversation.id} conversation={conversation} />
          </aside>
        )}
      </div>
      <LiveRegion {...screen.announcement.value} />
    </>
  );
}

function skipToMain(event: Event): void {
  event.preventDefault(); // the hash belongs to the router
  document.getElementById('main')?.focus();
}

function ConnectionLine() {
  const { messenger } = useApp();
  if (messenger.core.screen.relay.value !== 'offline') return null;
  return (
    <p class="connection" role="status">
      <Icon name="info" />
      {t.status.offline}
    </p>
  );
}

/** Somebody signed in as this person, or this device is not confirmed yet: said on every page, and not only once. */
function DeviceLine() {
  const { messenger } = useApp();
  const devices = messenger.core.screen.devices.value ?? [];
  const asks = devices.some((one) => one.state === 'asks');
  const waits = devices.some((one) => one.state === 'waits');
  if (!asks && !waits) return null;
  return (
    <div class="banner" data-devices={asks ? 'asks' : 'waits'}>
      <Note tone={asks ? 'warn' : 'info'}>
        <p>{asks ? t.devices.bannerAsks : t.devices.bannerWaits}</p>
        <div class="row">
          <a class="button" href={link('devices')}>
            {t.devices.look}
          </a>
        </div>
      </Note>
    </div>
  );
}

function NothingChosen() {
  return (
    <div class="empty">
      <h1>{t.list.choose}</h1>
      <p class="muted">{t.list.chooseHint}</p>
      <a class="button primary" href={link('new')}>
        {t.list.start}
      </a>
    </div>
  );
}
