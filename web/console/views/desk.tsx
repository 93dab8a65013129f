// The reviewer's desk: queue left, evidence in the middle, decision right. Every action has a key.
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { QueueEntry } from '../../shared/api/case_types.ts';
import { go } from '../../shared/router.ts';
import { useKeys } from '../state/keys.ts';
import * as queue from '../state/queue.ts';
import { c } from '../strings/index.ts';
import { CasePane } from './case.tsx';
import { Queue, WhyDialog } from './queue.tsx';

export function CasesDesk({ open }: { open: string | null }) {
  const [why, setWhy] = useState<QueueEntry | null>(null);
  useEffect(() => {
    void queue.reload();
    void queue.reloadSavedViews();
    return queue.watchForMore();
  }, []);
  const entries = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-case]')];
  const here = (all: HTMLElement[]): number => {
    const focused = all.findIndex((one) => one === document.activeElement);
    return focused === -1 ? all.findIndex((one) => one.dataset.case === open) : focused;
  };
  const step = (by: number): void => {
    const all = entries();
    const at = here(all);
    all[at === -1 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]?.focus();
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    r: () => void queue.reload(),
    '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
    e: () => document.getElementById('evidence')?.focus(),
    d: () =>
      (
        document.querySelector<HTMLElement>('.decision input') ?? document.querySelector<HTMLElement>('.decision button, .decision a')
      )?.focus(),
    w: () => {
      const all = entries();
      const id = all[here(all)]?.dataset.case;
      setWhy(queue.cases.value.find((one) => one.case === id) ?? null);
    },
  });
  const close = useCallback(() => go('cases'), []);
  return (
    <div class="desk">
      <nav class="queue" aria-label={c.queue.title}>
        <Queue open={open} />
      </nav>
      {open === null ? (
        <main class="evidence desk-empty" id="content">
          <h1>{c.queue.choose}</h1>
          <p class="muted">{c.queue.chooseHint}</p>
        </main>
      ) : (
        <>
          <h1 class="visually-hidden">{c.shell.cases}</h1>
          <CasePane
            key={open}
            id={open}
            listed={queue.cases.value.find((one) => one.case === open)?.state}
            onChanged={() => void queue.reload()}
            onClose={close}
          />
        </>
      )}
      {why !== null && <WhyDialog one={why} onClose={() => setWhy(null)} />}
    </div>
  );
}
