// How long this reviewer has looked, as the service counts it. Only oneself sees it, and the wellbeing lead a state.
import { signal, type ReadonlySignal } from '@preact/signals';
import { beat, readExposure, type BudgetState, type Exposure } from '../../shared/api/review_api.ts';
import { errorCode } from '../../shared/words.ts';
import { coverAll } from './cover.ts';

const BEAT_MS = 5_000;

const current = signal<Exposure | null>(null);
const limit = signal<BudgetState>('ok');
const breakAsked = signal(false);

export const exposure: ReadonlySignal<Exposure | null> = current;
export const budget: ReadonlySignal<BudgetState> = limit;
/** True from the moment the soft limit is reached until the suggestion is answered. */
export const suggestBreak: ReadonlySignal<boolean> = breakAsked;

export function answerBreak(): void {
  breakAsked.value = false;
}

function reached(state: BudgetState): void {
  if (state === limit.value) return;
  // Not after a release: somebody has just talked with this person about going on.
  if (state === 'soft' && limit.value === 'ok') breakAsked.value = true;
  limit.value = state;
  if (state === 'hard') coverAll();
}

/** `background`: follows from something that a person may not have done, such as covering after half a minute. */
export async function renewExposure(background = false): Promise<void> {
  try {
    current.value = await readExposure(background);
    reached(current.value.state);
  } catch (error) {
    if (errorCode(error) !== 'not_allowed') throw error;
  }
}

/** The service refused because of the budget: believed at once, without waiting for the next reading. */
export function refused(): void {
  reached('hard');
  void renewExposure().catch(() => undefined);
}

export function forgetExposure(): void {
  current.value = null;
  limit.value = 'ok';
  breakAsked.value = false;
}

/**
 * Says every five seconds that `view` is still open. When the service can't be reached the picture is covered, because
 * nobody would count. The answer ends the view.
 */
export function keepCounting(view: number | null): () => void {
  if (view === null) return () => undefined;
  let open = true;
  const timer = setInterval(() => {
    beat(view, false).then(
      (answer) => open && reached(answer.state),
      () => open && coverAll(),
    );
  }, BEAT_MS);
  return () => {
    if (!open) return;
    open = false;
    clearInterval(timer);
    beat(view, true)
      .then((answer) => reached(answer.state))
      .catch(() => undefined)
      .finally(() => void renewExposure(true).catch(() => undefined));
  };
}
