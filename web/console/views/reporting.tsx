// The outlet as a whole: may it send, does it send, and what keeps it from sending.
import { useState } from 'preact/hooks';
import { armProduction, listSubmissions, readReporting, setKillSwitch, type ReportingState } from '../../shared/api/reporting_api.ts';
import { Button, Field, Note, PageHeading } from '../../shared/components/parts.tsx';
import { dateAndTime } from '../../shared/words.ts';
import { announce } from '../state/announce.ts';
import { may } from '../state/permissions.ts';
import { c } from '../strings/index.ts';
import { Reason } from './decision.tsx';
import { Facts, Loading, Problem, Section, useDeed, useReading } from './parts.tsx';
import { SubmissionCard } from './tip/submissions.tsx';

export function ReportingPage() {
  const [state, problem, again] = useReading(readReporting, 'reporting');
  const maySeeSubmissions = may('submit_report', 'read_audit');
  const [submissions, submissionsProblem] = useReading(
    () => (maySeeSubmissions ? listSubmissions() : Promise.resolve([])),
    'submissions',
  );
  return (
    <main class="page-wide stack" id="content">
      <PageHeading>{c.reporting.title}</PageHeading>
      {state === null ? (
        <Loading problem={problem} />
      ) : (
        <>
          <Alarms alarms={state.alarms} />
          <State state={state} />
          {may('submit_report') && <KillSwitch on={state.kill_switch} onChanged={again} />}
          {may('arm_production') && <Arm seen={state.schema.seen} />}
        </>
      )}
      {maySeeSubmissions && (
        <Section title={c.reporting.submissions}>
          <Problem text={submissionsProblem} />
          {submissions?.length === 0 && <p class="muted">{c.reporting.none}</p>}
          <ul class="stack">{submissions?.map((one) => <SubmissionCard key={one.id} first={one} />)}</ul>
        </Section>
      )}
    </main>
  );
}

function Alarms({ alarms }: { alarms: ReportingState['alarms'] }) {
  if (alarms.length === 0) return <p class="muted">{c.reporting.noAlarms}</p>;
  return (
    <section class="stack-tight" aria-label={c.reporting.alarms}>
      <h2>{c.reporting.alarms}</h2>
      {alarms.map((one) => (
        <Note tone="alert" key={one.code}>
          <p>{one.words}</p>
          <p class="small muted">
            <code>{one.code}</code>, {c.reporting.since(dateAndTime(one.since_ms))}
          </p>
        </Note>
      ))}
    </section>
  );
}

function State({ state }: { state: ReportingState }) {
  const { pinned, seen } = state.schema;
  return (
    <>
      <Facts
        rows={[
          [c.reporting.environment, c.shell.environments[state.environment] ?? state.environment],
          [
            c.reporting.lock,
            <span class={`state ${state.armed ? 'warn' : 'ok'}`} data-armed={state.armed}>
              {state.armed ? c.reporting.armed : c.reporting.locked}
            </span>,
          ],
          [c.reporting.killSwitch, state.kill_switch ? c.reporting.killOn : c.reporting.killOff],
          [c.reporting.queueLength, String(state.queue)],
          [`${c.reporting.schema}: ${c.reporting.schemaPinned}`, <code class="hash">{pinned ?? c.reporting.schemaNone}</code>],
          [`${c.reporting.schema}: ${c.reporting.schemaSeen}`, <code class="hash">{seen ?? c.reporting.schemaNone}</code>],
        ]}
      />
      {state.stopped === true && (
        <Note tone="alert">
          <p>{c.reporting.stopped}</p>
        </Note>
      )}
      {pinned !== null && seen !== null && pinned !== seen && (
        <Note tone="warn">
          <p>{c.reporting.schemaDiffers}</p>
        </Note>
      )}
    </>
  );
}

function KillSwitch({ on, onChanged }: { on: boolean; onChanged: () => void }) {
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const { busy, problem, run } = useDeed();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    if (reason.trim() === '') return;
    const done = await run(async () => {
      await setKillSwitch(!on, reason.trim());
    });
    if (!done) return;
    setReason('');
    setAsked(false);
    announce(on ? c.reporting.killOff : c.reporting.killOn);
    onChanged();
  };
  return (
    <Section title={c.reporting.killSwitch}>
      <form class="stack" onSubmit={(event) => void submit(event)} data-kill-switch={on}>
        <p>{on ? c.reporting.killOn : c.reporting.killOff}</p>
        <Reason
          label={c.reporting.reason}
          value={reason}
          error={asked && reason.trim() === '' ? c.decide.reasonNeeded : ''}
          onChange={setReason}
        />
        <Problem text={problem} />
        <Button type="submit" disabled={busy}>
          {on ? c.reporting.turnOff : c.reporting.turnOn}
        </Button>
      </form>
    </Section>
  );
}

function Arm({ seen }: { seen: string | null }) {
  const [schema, setSchema] = useState(seen ?? '');
  const [email, setEmail] = useState('');
  const [phone, setPhone] = useState('');
  const [asked, setAsked] = useState<number | null>(null);
  const { busy, problem, run } = useDeed(c.reporting.armErrors);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setAsked(null);
    await run(async () => {
      const answer = await armProduction({ schema_sha256: schema.trim(), contact_email: email.trim(), contact_phone: phone.trim() });
      setAsked(answer.approval);
    });
  };
  return (
    <Section title={c.reporting.arm}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <p>{c.reporting.armBody}</p>
        <Field label={c.reporting.armSchema}>
          {(ids) => (
            <input
              {...ids}
              value={schema}
              required
              minLength={64}
              maxLength={64}
              spellcheck={false}
              onInput={(event) => setSchema(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label={c.reporting.armEmail}>
          {(ids) => <input {...ids} type="email" value={email} required maxLength={200} onInput={(event) => setEmail(event.currentTarget.value)} />}
        </Field>
        <Field label={c.reporting.armPhone}>
          {(ids) => <input {...ids} type="tel" value={phone} required maxLength={40} onInput={(event) => setPhone(event.currentTarget.value)} />}
        </Field>
        <Problem text={problem} />
        {asked !== null && (
          <Note tone="ok" role="status">
            <p>{c.reporting.armAsked(asked)}</p>
          </Note>
        )}
        <Button type="submit" disabled={busy}>
          {c.reporting.armSend}
        </Button>
      </form>
    </Section>
  );
}
