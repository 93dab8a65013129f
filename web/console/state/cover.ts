// One place that covers everything. Whatever shows something that may hurt registers here, and everything is covered at
// once: by the panic key, when the window loses the focus, and after half a minute without a touch of the reader.
import { signal, type ReadonlySignal } from '@preact/signals';
import { route } from '../../shared/router.ts';

const IDLE_MS = 30_000;
const TWICE_MS = 800;

type Cover = () => void;
const shown = new Set<Cover>();
const blank = signal(false);
let idle: ReturnType<typeof setTimeout> | undefined;
let before = '';
let lastEscape = -TWICE_MS;

/** True while the page is blank because somebody pressed the panic key. */
export const panicked: ReadonlySignal<boolean> = blank;

function wait(): void {
  clearTimeout(idle);
  if (shown.size > 0) idle = setTimeout(coverAll, IDLE_MS);
}

/** Call when something is uncovered; `cover` runs at most once. The answer takes it back. */
export function uncovered(cover: Cover): () => void {
  shown.add(cover);
  wait();
  return () => {
    shown.delete(cover);
    wait();
  };
}

export function coverAll(): void {
  const all = [...shown];
  shown.clear();
  for (const cover of all) cover();
  wait();
}

/** Covers, and leaves a page without any content: nothing in the text, the title or the address. */
export function panic(): void {
  coverAll();
  if (blank.value) return;
  before = route.value.length === 0 ? '' : location.hash;
  history.replaceState(null, '', '#/');
  blank.value = true;
}

export function comeBack(): void {
  blank.value = false;
  if (before !== '') location.hash = before;
}

/** Escape twice works everywhere, also while typing and in dialogs, and cannot be turned off. */
function escapes(event: KeyboardEvent): void {
  if (event.key !== 'Escape' || event.repeat) return;
  if (event.timeStamp - lastEscape < TWICE_MS) {
    event.preventDefault();
    lastEscape = -TWICE_MS;
    panic();
  } else {
    lastEscape = event.timeStamp;
  }
}

export function watchOverCovers(): void {
  addEventListener('blur', coverAll);
  addEventListener('pagehide', coverAll);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) coverAll();
  });
  addEventListener('keydown', escapes, { capture: true });
  for (const touch of ['pointermove', 'pointerdown', 'touchmove', 'keydown', 'wheel']) {
    addEventListener(touch, wait, { capture: true, passive: true });
  }
}
