// What was typed and not sent, in this tab's memory only: the panic key takes the page away, and it comes back whole.
import { useState } from 'preact/hooks';

const drafts = new Map<string, unknown>();

export function useDraft<T>(key: string, first: T): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(() => (drafts.has(key) ? (drafts.get(key) as T) : first));
  const change = (next: T): void => {
    drafts.set(key, next);
    setValue(next);
  };
  return [value, change];
}

export function forgetDrafts(keyPrefix = ''): void {
  for (const key of [...drafts.keys()]) if (key.startsWith(keyPrefix)) drafts.delete(key);
}
