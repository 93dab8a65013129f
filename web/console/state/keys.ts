// Single-key shortcuts (WCAG 2.1.4): not while typing, not with a modifier, and they can be turned off. A name of two
// keys ("g q") is pressed one after the other.
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

const STORED = 'lightkeeper-console-keys';
const PREFIX_MS = 1500;

type Keys = Record<string, () => void>;
const layers: { current: Keys }[] = [];
const on = signal(localStorage.getItem(STORED) !== 'off');
let prefix = '';
let prefixUntil = 0;

export const keysOn = on;

export function turnKeys(to: boolean): void {
  localStorage.setItem(STORED, to ? 'on' : 'off');
  on.value = to;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input:not([type=radio], [type=checkbox]), textarea, select') !== null
  );
}

function find(name: string): (() => void) | undefined {
  for (let at = layers.length - 1; at >= 0; at--) {
    const action = layers[at]?.current[name];
    if (action !== undefined) return action;
  }
  return undefined;
}

addEventListener('keydown', (event) => {
  if (!on.value || event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
  if (document.querySelector('dialog[open]') !== null || ['Shift', 'Tab'].includes(event.key)) return;
  const name = prefix !== '' && event.timeStamp < prefixUntil ? `${prefix} ${event.key}` : event.key;
  prefix = '';
  const action = find(name);
  if (action !== undefined) {
    event.preventDefault();
    action();
  } else if (event.key === 'g') {
    prefix = 'g';
    prefixUntil = event.timeStamp + PREFIX_MS;
  }
});

/** The keys of a part of the page, for as long as it is there; the newest part wins. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    layers.push(latest);
    return () => {
      layers.splice(layers.indexOf(latest), 1);
    };
  }, []);
}
