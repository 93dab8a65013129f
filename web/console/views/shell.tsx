// The frame around every page: which environment this is, the ways to the pages, and the keys that work everywhere.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { endSession, session } from '../../shared/account/session.ts';
import type { Config } from '../../shared/api/types.ts';
import { Brand } from '../../shared/components/brand.tsx';
import { Icon } from '../../shared/components/icon.tsx';
import { Button, Dialog, LiveRegion } from '../../shared/components/parts.tsx';
import { go, link, route } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { said } from '../state/announce.ts';
import { coverAll, panic } from '../state/cover.ts';
import { forgetDrafts } from '../state/drafts.ts';
import { forgetExposure, renewExposure } from '../state/exposure.ts';
import { keysOn, turnKeys, useKeys } from '../state/keys.ts';
import { pages } from '../state/pages.ts';
import { may } from '../state/permissions.ts';
import * as queue from '../state/queue.ts';
import { c } from '../strings/index.ts';
import { ApprovalsPage } from './approvals.tsx';
import { AuditPage } from './audit.tsx';
import { CasesDesk } from './desk.tsx';
import { BreakSuggestion, ExposureMeter } from './exposure.tsx';
import { Palette } from './palette.tsx';
import { PreservationPage } from './preservation.tsx';
import { ReportingPage } from './reporting.tsx';
import { StaffPage } from './staff.tsx';
import { TipDesk } from './tip/desk.tsx';
import { WellbeingPage } from './wellbeing.tsx';

async function leave(): Promise<void> {
  coverAll();
  await endSession();
  forgetDrafts();
  forgetExposure();
  queue.forgetQueue();
}

export function Shell({ config }: { config: Config }) {
  const [sheet, setSheet] = useState(false);
  const [palette, setPalette] = useState(false);
  const offered = pages();
  useEffect(() => {
    if (may('read_cases')) renewExposure().catch(() => undefined);
  }, []);
  useEffect(() => {
    const control = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k' || event.altKey || event.shiftKey) return;
      event.preventDefault();
      if (document.querySelector('dialog[open]') === null) setPalette(true);
    };
    addEventListener('keydown', control);
    return () => removeEventListener('keydown', control);
  }, []);
  const show = (view: 'queue' | 'mine' | 'second') => (): void => {
    go('cases');
    void queue.ask({ view, harm: '', q: '' });
  };
  useKeys({
    '?': () => setSheet(true),
    h: coverAll,
    '0': panic,
    ...Object.fromEntries(offered.map((one) => [one.key, () => go(one.name)])),
    ...(may('read_cases') ? { 'g q': show('queue'), 'g m': show('mine'), 'g s': show('second') } : {}),
  });
  const current = route.value[0] ?? offered[0]?.name;
  const { environment } = config;
  return (
    <div class="shell">
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          const content = document.getElementById('content');
          content?.setAttribute('tabindex', '-1');
          content?.focus();
        }}
      >
        {c.shell.skip}
      </a>
      <header>
        <p class={`environment ${environment}`} data-environment={environment}>
          <strong>{c.shell.environments[environment] ?? environment}</strong> · {config.service_name} ·{' '}
          {c.shell.environmentHints[environment] ?? ''}
        </p>
        <div class="desk-bar">
          <Brand />
          <nav class="row pages" aria-label={c.shell.pages}>
            {offered.map((one) => (
              <a
                key={one.name}
                class="button quiet"
                href={link(one.name)}
                {...(one.name === current ? { 'aria-current': 'page' as const } : {})}
              >
                {c.shell[one.name]}
              </a>
            ))}
          </nav>
          <div class="row">
            <ExposureMeter />
            <Button look="quiet" icon="cover" onClick={panic}>
              {c.shell.cover} <kbd>0</kbd>
            </Button>
            <Button look="quiet" icon="search" onClick={() => setPalette(true)}>
              {c.shell.commands}
            </Button>
            <Button look="quiet" onClick={() => setSheet(true)}>
              {c.shell.keys} <kbd>?</kbd>
            </Button>
            <span class="small muted">{c.shell.signedInAs(session.value?.name ?? '', session.value?.pseudonym ?? '')}</span>
            <Button look="quiet" onClick={() => void leave()}>
              {t.common.signOut}
            </Button>
          </div>
        </div>
      </header>
      <Page current={current} />
      <LiveRegion {...said.value} />
      <BreakSuggestion />
      {palette && <Palette onClose={() => setPalette(false)} />}
      {sheet && <KeySheet onClose={() => setSheet(false)} />}
    </div>
  );
}

function Page({ current }: { current: string | undefined }) {
  const offered = pages().some((one) => one.name === current);
  if (!offered) return <NotFor />;
  const [, id, part] = route.value;
  switch (current) {
    case 'cases':
      if (id !== undefined && part === 'tip') return may('prepare_report') ? <TipDesk key={id} id={id} /> : <NotFor />;
      return <CasesDesk open={id ?? null} />;
    case 'reporting':
      return <ReportingPage />;
    case 'preservation':
      return <PreservationPage />;
    case 'approvals':
      return <ApprovalsPage />;
    case 'staff':
      return <StaffPage />;
    case 'wellbeing':
      return <WellbeingPage />;
    default:
      return <AuditPage />;
  }
}

function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <main class="page-wide stack" id="content">
      <h1>{title}</h1>
      {children}
    </main>
  );
}

function NotFor() {
  return (
    <Empty title={c.shell.noPage}>
      <p class="muted">{c.shell.noPageBody}</p>
    </Empty>
  );
}

function KeySheet({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={c.keys.title} onClose={onClose}>
      <dl class="keys">
        {c.keys.rows.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="choice">
        <input type="checkbox" checked={keysOn.value} onChange={() => turnKeys(!keysOn.value)} />
        <span>
          {c.keys.on}
          <br />
          <span class="small muted">{c.keys.onHint}</span>
        </span>
      </label>
    </Dialog>
  );
}

/** Nothing but a way back: what somebody sees who looks over a shoulder after the panic key. */
export function Blank({ onBack }: { onBack: () => void }) {
  return (
    <main class="blank" data-blank aria-label={c.blank.title}>
      <h1 class="visually-hidden">{c.blank.title}</h1>
      <Button look="quiet" onClick={onBack}>
        <Icon name="back" />
        {c.blank.back}
      </Button>
    </main>
  );
}
