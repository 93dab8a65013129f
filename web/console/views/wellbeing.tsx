// For the person who looks after reviewers: who reached a limit. Never how long anybody looked at what.
import { useState } from 'preact/hooks';
import { readTeam, releaseExposure } from '../../shared/api/review_api.ts';
import type { Person } from '../../shared/api/types.ts';
import { Button, Dialog, Field, PageHeading } from '../../shared/components/parts.tsx';
import { clockTime } from '../../shared/words.ts';
import { announce } from '../state/announce.ts';
import { isMe } from '../state/permissions.ts';
import { c } from '../strings/index.ts';
import { Reason } from './decision.tsx';
import { Loading, Problem, useDeed, useReading } from './parts.tsx';

export function WellbeingPage() {
  const [team, problem, again] = useReading(readTeam, 'team');
  const [releasing, setReleasing] = useState<Person | null>(null);
  return (
    <main class="page-wide stack" id="content">
      <PageHeading>{c.wellbeing.title}</PageHeading>
      <p>{c.wellbeing.intro}</p>
      {team === null ? (
        <Loading problem={problem} />
      ) : (
        <ul class="stack-tight">
          {team.length === 0 && <li class="muted">{c.wellbeing.none}</li>}
          {team.map(({ person, state }) => (
            <li key={person.account} class="card row spread" data-exposure-of={person.name}>
              <span>
                <strong>{person.name}</strong>
                <br />
                <span class={`state ${state === 'ok' ? 'ok' : state === 'soft' ? 'warn' : 'alert'}`}>{c.names.budgets[state]}</span>
              </span>
              {isMe(person.account) ? (
                <span class="small muted">{c.wellbeing.self}</span>
              ) : (
                <Button onClick={() => setReleasing(person)}>{c.wellbeing.release(person.name)}</Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {releasing !== null && (
        <Release
          person={releasing}
          onClose={() => setReleasing(null)}
          onDone={() => {
            setReleasing(null);
            again();
          }}
        />
      )}
    </main>
  );
}

function Release({ person, onClose, onDone }: { person: Person; onClose: () => void; onDone: () => void }) {
  const [minutes, setMinutes] = useState('30');
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const { busy, problem, run } = useDeed();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    if (reason.trim() === '') return;
    const done = await run(async () => {
      const { released_until_ms } = await releaseExposure(person.account, Number(minutes), reason.trim());
      announce(c.wellbeing.done(person.name, clockTime(released_until_ms)));
    });
    if (done) onDone();
  };
  return (
    <Dialog title={c.wellbeing.release(person.name)} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p>{c.wellbeing.ask}</p>
        <Field label={c.wellbeing.minutes}>
          {(ids) => (
            <input {...ids} type="number" min={1} max={240} required value={minutes} onInput={(event) => setMinutes(event.currentTarget.value)} />
          )}
        </Field>
        <Reason
          label={c.wellbeing.reason}
          value={reason}
          error={asked && reason.trim() === '' ? c.decide.reasonNeeded : ''}
          onChange={setReason}
        />
        <Problem text={problem} />
        <Button type="submit" look="primary" disabled={busy}>
          {c.wellbeing.send}
        </Button>
      </form>
    </Dialog>
  );
}
