// The reviewer's desk: queue left, evidence in the middle, decision right. Every action has a key.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { endSession } from '../../shared/account/session.ts';
import { listCases } from '../../shared/api/reviewer_api.ts';
import type { CaseState, CaseSummary } from '../../shared/api/types.ts';
import { Brand } from '../../shared/components/brand.tsx';
import { Button, Dialog, LiveRegion, Note } from '../../shared/components/parts.tsx';
import { go, route } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';
import { CasePane } from './case.tsx';
import { Queue } from './queue.tsx';
import { useKeys } from './use_keys.ts';

interface Listing {
  cases: CaseSummary[];
  next: string | null;
}

export function Desk() {
  const [state, setState] = useState<CaseState>('open');
  const [listing, setListing] = useState<Listing>({ cases: [], next: null });
  const [problem, setProblem] = useState('');
  const [help, setHelp] = useState(false);
  const [said, setSaid] = useState({ text: '', count: 0 });
  const announce = (text: string): void => setSaid((before) => ({ text, count: before.count + 1 }));
  const open = route.value[0] === 'cases' ? (route.value[1] ?? null) : null;

  const load = useCallback(
    (after: string | null, earlier: CaseSummary[]): void => {
      setProblem('');
      listCases(state, after).then(
        (page) => setListing({ cases: [...earlier, ...page.cases], next: page.next ?? null }),
        (error: unknown) => setProblem(inWords(error)),
      );
    },
    [state],
  );
  useEffect(() => load(null, []), [load]);

  const step = (by: number): void => {
    const links = [...document.querySelectorAll<HTMLElement>('[data-case]')];
    const at = links.findIndex((link) => link === document.activeElement || link.dataset.case === open);
    const next = links[at === -1 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))];
    next?.focus();
  };
  const [keysOn, setKeysOn] = useKeys({
    j: () => step(1),
    k: () => step(-1),
    r: () => load(null, []),
    e: () => document.getElementById('evidence')?.focus(),
    d: () => document.querySelector<HTMLElement>('[data-decision] input')?.focus(),
    h: () => dispatchEvent(new Event('hide-pictures')),
    '?': () => setHelp(true),
  });

  return (
    <div class="desk">
      <header class="desk-bar">
        <Brand />
        <h1>{t.console.title}</h1>
        <div class="row">
          <Button look="quiet" onClick={() => setHelp(true)}>
            {t.console.keys} <kbd>?</kbd>
          </Button>
          <Button look="quiet" onClick={() => void endSession()}>
            {t.common.signOut}
          </Button>
        </div>
      </header>
      <nav class="queue" aria-label={t.console.queue}>
        {problem !== '' && (
          <Note tone="alert" role="alert">
            {problem}
          </Note>
        )}
        <Queue
          state={state}
          onState={setState}
          cases={listing.cases}
          open={open}
          more={listing.next !== null}
          onMore={() => load(listing.next, listing.cases)}
          onRefresh={() => load(null, [])}
        />
      </nav>
      {open === null ? (
        <main class="evidence desk-empty">
          <h2>{t.console.choose}</h2>
          <p class="muted">{t.console.chooseHint}</p>
        </main>
      ) : (
        <CasePane
          key={open}
          report={open}
          onDecided={() => {
            announce(t.console.saved);
            load(null, []);
          }}
          onClose={() => go('cases')}
        />
      )}
      <LiveRegion {...said} />
      {help && (
        <Dialog title={t.console.keys} onClose={() => setHelp(false)}>
          <dl class="keys">
            {t.console.keyRows.map(([key, what]) => (
              <div key={key}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <label class="choice">
            <input type="checkbox" checked={keysOn} onChange={() => setKeysOn(!keysOn)} />
            <span>{t.console.keysOn}</span>
          </label>
        </Dialog>
      )}
    </div>
  );
}
