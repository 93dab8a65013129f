// The queue as it stands on the left: which view, what is searched, and the pages loaded so far.
import { signal } from '@preact/signals';
import { readCaseStatistics, readQueue, readViews } from '../../shared/api/case_api.ts';
import type { CaseStatistics, Harm, QueueEntry, QueueView, SavedView } from '../../shared/api/case_types.ts';
import { inWords } from '../../shared/words.ts';
import { caseViews, harms } from './lists.ts';

export interface Query {
  view: QueueView;
  harm: Harm | '';
  q: string;
}

export const query = signal<Query>({ view: 'queue', harm: '', q: '' });
export const cases = signal<QueueEntry[]>([]);
export const total = signal<number | null>(null);
export const more = signal(false);
export const queueProblem = signal('');
export const savedViews = signal<SavedView[]>([]);
export const statistics = signal<CaseStatistics | null>(null);
/** More cases are open than when the list was read. */
export const grown = signal(false);

const WATCH_MS = 30_000;

let next: string | null = null;
let asked = 0;

/** Only the answer to the newest question is taken: views may be changed faster than they are read. */
async function read(after: string | null): Promise<void> {
  const mine = ++asked;
  try {
    const page = await readQueue({
      view: query.value.view,
      q: query.value.q,
      ...(query.value.harm === '' ? {} : { harm: query.value.harm }),
      ...(after === null ? {} : { after }),
    });
    if (mine !== asked) return;
    cases.value = after === null ? page.cases : [...cases.value, ...page.cases];
    total.value = page.total;
    next = page.next;
    more.value = next !== null;
    queueProblem.value = '';
  } catch (error) {
    if (mine === asked) queueProblem.value = inWords(error);
  }
}

export async function reload(): Promise<void> {
  readCaseStatistics(false).then(
    (value) => {
      statistics.value = value;
      grown.value = false;
    },
    () => (statistics.value = null),
  );
  await read(null);
}

/** Says when there is more to do than the list shows. The list itself moves only when somebody asks for it. */
export function watchForMore(): () => void {
  const timer = setInterval(() => {
    readCaseStatistics(true).then(
      (now) => {
        const before = statistics.value;
        if (before !== null && now.open > before.open) grown.value = true;
      },
      () => undefined, // the next turn asks again
    );
  }, WATCH_MS);
  return () => clearInterval(timer);
}

export const loadMore = (): Promise<void> => read(next);

export function ask(change: Partial<Query>): Promise<void> {
  query.value = { ...query.value, ...change };
  return reload();
}

export async function reloadSavedViews(): Promise<void> {
  savedViews.value = await readViews().then(
    (answer) => answer.views,
    () => [],
  );
}

/** A saved view is kept as text: view, harm and search, as in an address. */
export function queryText({ view, harm, q }: Query): string {
  return new URLSearchParams({ view, harm, q }).toString();
}

export function readQueryText(text: string): Query {
  const parts = new URLSearchParams(text);
  const view = parts.get('view') as QueueView;
  const harm = parts.get('harm') as Harm;
  return {
    view: caseViews.includes(view) ? view : 'queue',
    harm: harms.includes(harm) ? harm : '',
    q: parts.get('q') ?? '',
  };
}

export function forgetQueue(): void {
  asked++;
  next = null;
  cases.value = [];
  total.value = null;
  more.value = false;
  savedViews.value = [];
  statistics.value = null;
  query.value = { view: 'queue', harm: '', q: '' };
}
