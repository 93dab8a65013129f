// Single-key shortcuts (WCAG 2.1.4): not while typing, not with a modifier, and they can be turned off.
import { useEffect, useRef, useState } from 'preact/hooks';

const STORED = 'lightkeeper-console-keys';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input:not([type=radio], [type=checkbox]), textarea, select') !== null;
}

export function useKeys(keys: Record<string, () => void>): [boolean, (on: boolean) => void] {
  const [on, setOn] = useState(localStorage.getItem(STORED) !== 'off');
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    if (!on) return undefined;
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open]') !== null) return;
      const action = latest.current[event.key];
      if (action !== undefined) {
        event.preventDefault();
        action();
      }
    };
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, [on]);
  const change = (next: boolean): void => {
    localStorage.setItem(STORED, next ? 'on' : 'off');
    setOn(next);
  };
  return [on, change];
}
