// Parts of the console's pages that are built from the shared ones.
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import { dateAndTime, errorCode } from '../../shared/words.ts';
import { c } from '../strings/index.ts';
import { fieldInWords, fromNow, problemInWords } from '../words.ts';

export function Problem({ text }: { text: string }) {
  return text === '' ? null : (
    <Note tone="alert" role="alert">
      <p>{text}</p>
    </Note>
  );
}

/** Reads once and whenever `again` is called. A newer question wins over the answer to an older one. */
export function useReading<T>(read: () => Promise<T>, key: string): [T | null, string, () => void] {
  const [state, setState] = useState<{ key: string; value: T | null; problem: string }>({ key: '', value: null, problem: '' });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let wanted = true;
    read().then(
      (value) => wanted && setState({ key, value, problem: '' }),
      (error: unknown) =>
        wanted &&
        setState((before) => ({ key, value: before.key === key ? before.value : null, problem: problemInWords(error) })),
    );
    return () => {
      wanted = false;
    };
  }, [key, turn]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  return state.key === key ? [state.value, state.problem, again] : [null, '', again];
}

/** A deed with a problem line of its own; a second press while it runs does nothing. `words` say what a code means here. */
export function useDeed(words: Record<string, string> = {}): { busy: boolean; problem: string; run: (deed: () => Promise<void>) => Promise<boolean> } {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const run = async (deed: () => Promise<void>): Promise<boolean> => {
    if (busy) return false;
    setBusy(true);
    setProblem('');
    try {
      await deed();
      return true;
    } catch (error) {
      setProblem(words[errorCode(error)] ?? problemInWords(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run };
}

export function Loading({ problem }: { problem: string }) {
  return problem === '' ? <p role="status">{t.common.loading}</p> : <Problem text={problem} />;
}

/** The exact time, and how far away it is. */
export function Moment({ ms, away }: { ms: number; away?: boolean }) {
  return (
    <time dateTime={new Date(ms).toISOString()}>
      {dateAndTime(ms)}
      {away === true && ` (${fromNow(ms)})`}
    </time>
  );
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return (
    <dl class="facts card">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt class="small muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Section({ title, children, ...rest }: { title: string; children: ComponentChildren; id?: string }) {
  return (
    <section class="card stack" aria-label={title} {...rest}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Any document as nested lists of names and values. */
export function Tree({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === '') return <>–</>;
  if (Array.isArray(value)) {
    return value.length === 0 ? (
      <>–</>
    ) : (
      <ul class="tree-list">
        {value.map((one, at) => (
          <li key={at}>
            <Tree value={one} />
          </li>
        ))}
      </ul>
    );
  }
  if (typeof value === 'object') {
    return (
      <dl class="tree">
        {Object.entries(value).map(([name, inner]) => (
          <div key={name} class={typeof inner === 'object' && inner !== null ? '' : 'plain'}>
            <dt class="small muted">{fieldInWords(name)}</dt>
            <dd>
              {name.endsWith('_ms') && typeof inner === 'number' ? <Moment ms={inner} /> : <Tree value={inner} />}
            </dd>
          </div>
        ))}
      </dl>
    );
  }
  if (typeof value === 'boolean') return <>{value ? c.shell.yes : c.shell.no}</>;
  return <>{String(value)}</>;
}

/** Saves bytes that only a signed-in page can fetch, under a name. */
export function saveAs(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
