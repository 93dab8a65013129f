// Ctrl K: any page, any view, and any id that somebody may have at hand. A combobox with a list (ARIA practices).
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from '../../shared/components/parts.tsx';
import { go } from '../../shared/router.ts';
import { caseViews } from '../state/lists.ts';
import { pages } from '../state/pages.ts';
import { may } from '../state/permissions.ts';
import * as queue from '../state/queue.ts';
import { c } from '../strings/index.ts';

interface Result {
  words: string;
  run: () => void;
}

const WHOLE_ID = /^[0-9a-f]{32}$/;

function results(text: string): Result[] {
  const wanted = text.trim().toLowerCase();
  const fixed: Result[] = [
    ...pages().map((one) => ({ words: c.palette.go(c.shell[one.name]), run: () => go(one.name) })),
    ...(may('read_cases')
      ? caseViews.map((view) => ({
          words: c.palette.view(c.queue.views[view]),
          run: () => {
            go('cases');
            void queue.ask({ view, q: '' });
          },
        }))
      : []),
  ];
  if (wanted === '') return fixed;
  const found: Result[] = [];
  if (may('read_cases')) {
    if (WHOLE_ID.test(wanted)) found.push({ words: c.palette.openCase(wanted), run: () => go('cases', wanted) });
    for (const one of queue.cases.value) {
      if (String(one.number) === wanted.replace(/^(case\s*|#)/, '')) {
        found.push({ words: c.palette.openCase(c.queue.number(one.number)), run: () => go('cases', one.case) });
      }
    }
  }
  found.push(...fixed.filter((one) => one.words.toLowerCase().includes(wanted)));
  if (may('read_cases')) {
    found.push({
      words: c.palette.search(text.trim()),
      run: () => {
        go('cases');
        void queue.ask({ view: 'all', harm: '', q: text.trim() });
      },
    });
  }
  return found;
}

export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const found = results(text);
  const chosen = Math.min(at, found.length - 1);
  useLayoutEffect(() => input.current?.focus(), []);
  useLayoutEffect(() => list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' }), [chosen]);
  const run = (result: Result | undefined): void => {
    if (result === undefined) return;
    onClose();
    result.run();
  };
  const pressed = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (by !== 0) {
      event.preventDefault();
      setAt((chosen + by + found.length) % Math.max(found.length, 1));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[chosen]);
    }
  };
  return (
    <Dialog title={c.palette.title} onClose={onClose}>
      <div class="field">
        <label for={`${id}-input`}>{c.palette.label}</label>
        <input
          ref={input}
          id={`${id}-input`}
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-describedby={`${id}-hint`}
          {...(found.length > 0 ? { 'aria-activedescendant': `${id}-${chosen}` } : {})}
          value={text}
          maxLength={128}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={pressed}
        />
        <span class="small muted" id={`${id}-hint`}>
          {c.palette.hint}
        </span>
      </div>
      <ul class="palette" role="listbox" id={`${id}-list`} ref={list} aria-label={c.palette.title}>
        {found.map((one, index) => (
          <li
            key={one.words}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => run(one)}
          >
            {one.words}
          </li>
        ))}
      </ul>
      <p class="visually-hidden" role="status">
        {found.length === 0 ? c.palette.none : c.palette.results(found.length)}
      </p>
    </Dialog>
  );
}
