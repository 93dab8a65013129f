// What screen readers are told after a deed; the counter makes a repeated text a new one.
import { signal, type ReadonlySignal } from '@preact/signals';

const last = signal({ text: '', count: 0 });
export const said: ReadonlySignal<{ text: string; count: number }> = last;

export function announce(text: string): void {
  last.value = { text, count: last.value.count + 1 };
}
