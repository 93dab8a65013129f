// The same file in several cases: seen once, decided together.
import { useState } from 'preact/hooks';
import { decideInBulk } from '../../shared/api/case_api.ts';
import type { Decision, WholeCase } from '../../shared/api/case_types.ts';
import { Button, Dialog, Field, Note } from '../../shared/components/parts.tsx';
import { link } from '../../shared/router.ts';
import { announce } from '../state/announce.ts';
import { decisionKinds } from '../state/lists.ts';
import { may } from '../state/permissions.ts';
import { c } from '../strings/index.ts';
import { shortId } from '../words.ts';
import { Reason } from './decision.tsx';
import { Problem, useDeed } from './parts.tsx';

type Group = WholeCase['duplicates'][number];

export function Duplicates({ detail, onDecided }: { detail: WholeCase; onDecided: () => void }) {
  const [deciding, setDeciding] = useState<Group | null>(null);
  const groups = detail.duplicates.filter((one) => one.cases.some((id) => id !== detail.case));
  if (groups.length === 0) return null;
  return (
    <section class="stack-tight" aria-label={c.one.duplicates}>
      <h3>{c.one.duplicates}</h3>
      {groups.map((group) => {
        const others = group.cases.filter((id) => id !== detail.case);
        return (
          <div key={group.sha256} class="card stack-tight" data-duplicate={group.sha256}>
            <p>{c.one.duplicatesBody(others.length)}</p>
            <p class="small muted">
              <code class="hash">{group.sha256}</code>
            </p>
            <ul class="row">
              {others.map((id) => (
                <li key={id}>
                  <a href={link('cases', id)}>{c.one.openCase(shortId(id))}</a>
                </li>
              ))}
            </ul>
            {may('decide') && <Button onClick={() => setDeciding(group)}>{c.one.together}</Button>}
          </div>
        );
      })}
      {deciding !== null && (
        <Together
          group={deciding}
          all={[...new Set([detail.case, ...deciding.cases])]}
          onClose={() => setDeciding(null)}
          onDecided={onDecided}
        />
      )}
    </section>
  );
}

interface TogetherProps {
  group: Group;
  all: string[];
  onClose: () => void;
  onDecided: () => void;
}

function Together({ group, all, onClose, onDecided }: TogetherProps) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(all));
  const [kind, setKind] = useState<Decision>('no_action');
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const [result, setResult] = useState<{ decided: number; skipped: { case: string; why: string }[] } | null>(null);
  const { busy, problem, run } = useDeed();
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    if (reason.trim() === '' || chosen.size === 0) return;
    const done = await run(async () => {
      setResult(await decideInBulk([...chosen], group.sha256, kind, reason.trim()));
    });
    if (done) {
      announce(c.decide.saved);
      onDecided();
    }
  };
  return (
    <Dialog title={c.one.together} onClose={onClose}>
      {result !== null ? (
        <Note tone="ok" role="status">
          <p>{c.one.togetherDone(result.decided, result.skipped.length)}</p>
          <ul>
            {result.skipped.map((one) => (
              <li key={one.case}>
                {c.one.openCase(shortId(one.case))}: {one.why}
              </li>
            ))}
          </ul>
        </Note>
      ) : (
        <form class="stack" onSubmit={(event) => void submit(event)}>
          <p>{c.one.togetherBody}</p>
          <fieldset class="stack-tight">
            <legend class="legend">{c.shell.cases}</legend>
            {all.map((id) => (
              <label class="choice tight" key={id}>
                <input type="checkbox" checked={chosen.has(id)} onChange={() => toggle(id)} />
                <span>{c.one.openCase(shortId(id))}</span>
              </label>
            ))}
          </fieldset>
          <Field label={c.decide.kind}>
            {(ids) => (
              <select {...ids} value={kind} onChange={(event) => setKind(event.currentTarget.value as Decision)}>
                {decisionKinds.map((one) => (
                  <option key={one} value={one}>
                    {c.names.decisions[one]}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Reason
            label={c.decide.reason}
            value={reason}
            error={asked && reason.trim() === '' ? c.decide.reasonNeeded : ''}
            onChange={setReason}
          />
          <Problem text={problem} />
          <Button type="submit" look="primary" disabled={busy || chosen.size === 0}>
            {c.decide.decide}
          </Button>
        </form>
      )}
    </Dialog>
  );
}
