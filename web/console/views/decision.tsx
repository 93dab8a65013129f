// The right side of a case: who has it, what should follow, what a second person says, and what the affected person is
// told. Nothing takes effect by a single key: a decision is asked again before it is sent.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { assignCase, decideAppeal, decideCase, releaseCase, secondCase } from '../../shared/api/case_api.ts';
import type { Decision, WholeCase } from '../../shared/api/case_types.ts';
import { Button, Dialog, Field, Note } from '../../shared/components/parts.tsx';
import { go, link } from '../../shared/router.ts';
import { announce } from '../state/announce.ts';
import { forgetDrafts, useDraft } from '../state/drafts.ts';
import { useKeys } from '../state/keys.ts';
import { decisionKinds } from '../state/lists.ts';
import { isMe, may } from '../state/permissions.ts';
import { c } from '../strings/index.ts';
import { Problem, useDeed } from './parts.tsx';

interface Props {
  detail: WholeCase;
  onChanged: () => void;
}

export function DecisionPane({ detail, onChanged }: Props) {
  const last = detail.decisions.filter((one) => one.deed === 'decision').at(-1);
  // What was handed over waits for a senior; anybody else only reads it from then on.
  const mayDecide = may('decide') && (!detail.escalated || may('decide_second'));
  return (
    <div class="stack">
      <h3>{c.decide.title}</h3>
      <Assignment detail={detail} onChanged={onChanged} />
      {detail.quarantined && <Quarantine detail={detail} onChanged={onChanged} />}
      {detail.state === 'open' && mayDecide && <Decide detail={detail} onChanged={onChanged} />}
      {detail.state === 'open' && !mayDecide && (
        <p class="muted">{may('decide') ? c.decide.escalated : c.decide.readOnly}</p>
      )}
      {detail.second_pending !== null && <Second detail={detail} onChanged={onChanged} />}
      {(detail.state === 'decided' || detail.state === 'appealed') && last !== undefined && (
        <Note tone="ok">
          <p>
            <strong>{c.decide.decidedAs(c.names.decisions[last.decision])}</strong>
          </p>
          <p>{last.reason}</p>
          <p class="small muted">{c.one.policy(last.policy_version)}</p>
        </Note>
      )}
      {detail.state === 'decided' && detail.sampled && last !== undefined && may('decide_second') && !isMe(last.reviewer.account) && (
        <Opinion
          legend={c.decide.quality}
          hint={c.decide.qualityHint}
          yes={c.decide.agree}
          no={c.decide.disagree}
          draft={`quality/${detail.case}`}
          send={async (agree, reason) => {
            await secondCase(detail.case, agree, reason);
          }}
          done={c.decide.secondSaved}
          onChanged={onChanged}
        />
      )}
      {detail.appeal?.state === 'open' && <Appeal detail={detail} onChanged={onChanged} />}
      {detail.state !== 'open' && (
        <details class="card">
          <summary>{c.decide.statement}</summary>
          <p class="quote">{detail.statement_of_reasons ?? c.decide.statementNone}</p>
        </details>
      )}
      {may('prepare_report') && (
        <a class="button" href={link('cases', detail.case, 'tip')}>
          {c.decide.prepare} <kbd>p</kbd>
        </a>
      )}
    </div>
  );
}

function Assignment({ detail, onChanged }: Props) {
  const { busy, problem, run } = useDeed();
  const mine = isMe(detail.assigned?.account);
  const assign = async (to: 'me' | null): Promise<void> => {
    const done = await run(async () => {
      await assignCase(detail.case, to);
    });
    if (!done) return;
    announce(to === 'me' ? c.decide.taken : c.decide.given);
    onChanged();
  };
  useKeys({
    ...(may('decide') ? { a: () => void assign(mine ? null : 'me') } : {}),
    ...(may('prepare_report') ? { p: () => go('cases', detail.case, 'tip') } : {}),
  });
  return (
    <div class="stack-tight">
      <div class="row spread">
        <span>
          {detail.assigned === null ? c.decide.nobody : mine ? c.queue.withMe : c.queue.assigned(detail.assigned.name)}
        </span>
        {may('decide') && (
          <Button disabled={busy} onClick={() => void assign(mine ? null : 'me')}>
            {mine ? c.decide.giveBack : detail.assigned === null ? c.decide.take : c.decide.takeOver} <kbd>a</kbd>
          </Button>
        )}
      </div>
      <Problem text={problem} />
    </div>
  );
}

function Quarantine({ detail, onChanged }: Props) {
  const { busy, problem, run } = useDeed();
  const release = async (): Promise<void> => {
    const done = await run(async () => {
      await releaseCase(detail.case);
    });
    if (!done) return;
    announce(c.decide.released);
    onChanged();
  };
  return (
    <Note tone="info">
      <p>
        <strong>{c.decide.quarantine}</strong>
      </p>
      <p>{c.decide.quarantineBody}</p>
      <Problem text={problem} />
      {may('decide') && (
        <Button disabled={busy} onClick={() => void release()}>
          {c.decide.release}
        </Button>
      )}
    </Note>
  );
}

interface ReasonProps {
  label: string;
  hint?: string;
  value: string;
  error: string;
  onChange: (text: string) => void;
}

export function Reason({ label, hint, value, error, onChange }: ReasonProps) {
  return (
    <Field label={label} error={error} {...(hint === undefined ? {} : { hint })}>
      {(ids) => (
        <textarea {...ids} rows={4} maxLength={4000} value={value} onInput={(event) => onChange(event.currentTarget.value)} />
      )}
    </Field>
  );
}

interface ConfirmProps {
  title: string;
  yes: string;
  busy: boolean;
  problem: string;
  onYes: () => void;
  onClose: () => void;
  children: ComponentChildren;
}

/** The focus is on what is asked and not on "yes": an Enter held down for too long does nothing. */
export function Confirm({ title, yes, busy, problem, onYes, onClose, children }: ConfirmProps) {
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <Button look="primary" disabled={busy} onClick={onYes}>
          {yes}
        </Button>
      }
    >
      <div class="stack" tabIndex={-1} autofocus>
        {children}
      </div>
      <Problem text={problem} />
    </Dialog>
  );
}

function Decide({ detail, onChanged }: Props) {
  const [kind, setKind] = useDraft<Decision | null>(`decide/${detail.case}/kind`, null);
  const [reason, setReason] = useDraft(`decide/${detail.case}/reason`, '');
  const [asked, setAsked] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const { busy, problem, run } = useDeed();
  const choose = (at: number): void => {
    setKind(decisionKinds[at] ?? null);
    document.querySelector<HTMLElement>('[data-decision] textarea')?.focus();
  };
  useKeys(Object.fromEntries(decisionKinds.map((_, at) => [String(at + 1), () => choose(at)])));

  const decide = async (): Promise<void> => {
    const done = await run(async () => {
      if (kind === null) return;
      const { state } = await decideCase(detail.case, kind, reason.trim());
      announce(state === 'awaiting_second' ? c.decide.awaits : c.decide.saved);
    });
    if (!done) return;
    setConfirming(false);
    forgetDrafts(`decide/${detail.case}/`);
    onChanged();
  };
  return (
    <form
      class="stack"
      data-decision
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (kind !== null && reason.trim() !== '') setConfirming(true);
      }}
    >
      <fieldset class="stack-tight">
        <legend class="legend">{c.decide.kind}</legend>
        {decisionKinds.map((one, at) => (
          <label class="choice" key={one}>
            <input type="radio" name="decision" value={one} checked={kind === one} onChange={() => setKind(one)} />
            <span>
              {c.names.decisions[one]} <kbd aria-hidden="true">{at + 1}</kbd>
              <br />
              <span class="small muted">{c.names.decisionHints[one]}</span>
            </span>
          </label>
        ))}
        {asked && kind === null && <p class="state alert small">{c.decide.kindNeeded}</p>}
      </fieldset>
      <Reason
        label={c.decide.reason}
        hint={c.decide.reasonHint}
        value={reason}
        error={asked && reason.trim() === '' ? c.decide.reasonNeeded : ''}
        onChange={setReason}
      />
      <p class="small muted">
        {c.decide.policy(detail.policy_version)} {detail.needs_second && c.decide.needsSecond}
      </p>
      <Button type="submit" look="primary">
        {c.decide.decide}
      </Button>
      {confirming && kind !== null && (
        <Confirm
          title={c.decide.confirm(c.names.decisions[kind])}
          yes={c.decide.confirmYes}
          busy={busy}
          problem={problem}
          onYes={() => void decide()}
          onClose={() => setConfirming(false)}
        >
          <p>{c.names.decisionHints[kind]}</p>
          <blockquote class="quote">{reason}</blockquote>
          <p class="small muted">
            {c.decide.confirmBody} {detail.needs_second && c.decide.needsSecond}
          </p>
        </Confirm>
      )}
    </form>
  );
}

interface OpinionProps {
  legend: string;
  hint?: string;
  yes: string;
  no: string;
  draft: string;
  send: (yes: boolean, reason: string) => Promise<void>;
  done: string;
  onChanged: () => void;
}

/** Yes or no with a reason: for a second person and for an appeal. */
function Opinion({ legend, hint, yes, no, draft, send, done, onChanged }: OpinionProps) {
  const [answer, setAnswer] = useState<boolean | null>(null);
  const [reason, setReason] = useDraft(draft, '');
  const [asked, setAsked] = useState(false);
  const { busy, problem, run } = useDeed();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    if (answer === null || reason.trim() === '') return;
    if (!(await run(() => send(answer, reason.trim())))) return;
    forgetDrafts(draft);
    announce(done);
    onChanged();
  };
  return (
    <form class="stack" data-opinion onSubmit={(event) => void submit(event)}>
      <fieldset class="stack-tight">
        <legend class="legend">{legend}</legend>
        {hint !== undefined && <p class="small muted">{hint}</p>}
        {[true, false].map((one) => (
          <label class="choice" key={String(one)}>
            <input type="radio" name={draft} checked={answer === one} onChange={() => setAnswer(one)} />
            <span>{one ? yes : no}</span>
          </label>
        ))}
      </fieldset>
      <Reason
        label={c.decide.secondReason}
        value={reason}
        error={asked && reason.trim() === '' ? c.decide.reasonNeeded : ''}
        onChange={setReason}
      />
      <Problem text={problem} />
      <Button type="submit" look="primary" disabled={busy || answer === null}>
        {c.decide.send}
      </Button>
    </form>
  );
}

function Second({ detail, onChanged }: Props) {
  const pending = detail.second_pending;
  if (pending === null) return null;
  return (
    <div class="stack">
      <Note tone="info">
        <p>
          <strong>{c.decide.pending(c.names.decisions[pending.decision], pending.by.name)}</strong>
        </p>
        <blockquote class="quote">{pending.reason}</blockquote>
      </Note>
      {isMe(pending.by.account) ? (
        <p>{c.decide.own}</p>
      ) : may('decide_second') ? (
        <Opinion
          legend={detail.escalated ? c.decide.takeOverAsk : c.decide.second}
          hint={c.decide.secondHint}
          yes={detail.escalated ? c.decide.takeOver : c.decide.agree}
          no={detail.escalated ? c.decide.giveBackToQueue : c.decide.disagree}
          draft={`second/${detail.case}`}
          send={async (agree, reason) => {
            await secondCase(detail.case, agree, reason);
          }}
          done={c.decide.secondSaved}
          onChanged={onChanged}
        />
      ) : (
        <p class="muted">{c.decide.awaits}</p>
      )}
    </div>
  );
}

function Appeal({ detail, onChanged }: Props) {
  // Nobody answers an appeal against what they decided or confirmed.
  if (detail.decisions.some((one) => isMe(one.reviewer.account))) return <p>{c.decide.appealOwn}</p>;
  if (!may('decide_second')) return null;
  return (
    <Opinion
      legend={c.decide.appeal}
      yes={c.decide.uphold}
      no={c.decide.change}
      draft={`appeal/${detail.case}`}
      send={async (uphold, reason) => {
        await decideAppeal(detail.case, uphold, reason);
      }}
      done={c.decide.appealSaved}
      onChanged={onChanged}
    />
  );
}
