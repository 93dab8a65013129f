// The deed and its journal: a dry run, the real one, and each step of it as it happens.
import { useEffect, useState } from 'preact/hooks';
import {
  isFinal,
  readOutletDocument,
  readSubmission,
  setAside,
  submitTip,
  type DocumentOutlet,
  type Outlet,
  type Submission,
} from '../../../shared/api/reporting_api.ts';
import { Icon } from '../../../shared/components/icon.tsx';
import { Button, Note } from '../../../shared/components/parts.tsx';
import { dateAndTime } from '../../../shared/words.ts';
import { announce } from '../../state/announce.ts';
import { may } from '../../state/permissions.ts';
import { c } from '../../strings/index.ts';
import { fieldInWords } from '../../words.ts';
import { Confirm, Reason } from '../decision.tsx';
import { Moment, Problem, saveAs, Section, useDeed } from '../parts.tsx';

const POLL_MS = 1000;

interface SubmitProps {
  id: string;
  outlet: Outlet;
  hard: boolean;
  dirty: boolean;
  onSubmitted: () => void;
}

export function SubmitPart({ id, outlet, hard, dirty, onSubmitted }: SubmitProps) {
  const [override, setOverride] = useState('');
  const [asked, setAsked] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const { busy, problem, run } = useDeed(c.tip.sendErrors);
  if (!may('submit_report')) {
    return (
      <Section title={c.tip.submit}>
        <p class="muted">{c.tip.mayNot}</p>
      </Section>
    );
  }
  if (outlet !== 'ncmec') {
    return (
      <Section title={c.tip.submit}>
        <p>{c.tip.takesDocument(c.names.outlets[outlet])}</p>
      </Section>
    );
  }
  const reasonMissing = hard && override.trim() === '';
  const submit = async (dry: boolean): Promise<void> => {
    const done = await run(async () => {
      await submitTip(id, dry, hard && override.trim() !== '' ? override.trim() : null);
    });
    if (!done) return;
    setConfirming(false);
    announce(c.names.submissions.queued);
    onSubmitted();
  };
  return (
    <Section title={c.tip.submit}>
      {hard && (
        <Reason
          label={c.tip.override}
          value={override}
          error={asked && reasonMissing ? c.tip.overrideNeeded : ''}
          onChange={setOverride}
        />
      )}
      {dirty && <p class="state warn">{c.tip.saveFirst}</p>}
      {!confirming && <Problem text={problem} />}
      <div class="row">
        <Button disabled={busy || dirty} onClick={() => void submit(true)}>
          {c.tip.dryRun}
        </Button>
        <Button
          look="primary"
          disabled={busy || dirty}
          onClick={() => {
            setAsked(true);
            if (!reasonMissing) setConfirming(true);
          }}
        >
          {c.tip.send}
        </Button>
      </div>
      <p class="small muted">{c.tip.dryRunHint}</p>
      <p class="small muted">{c.tip.sendHint}</p>
      {confirming && (
        <Confirm
          title={c.tip.sendConfirm(c.names.outlets[outlet])}
          yes={c.tip.sendYes}
          busy={busy}
          problem={problem}
          onYes={() => void submit(false)}
          onClose={() => setConfirming(false)}
        >
          <p>{c.tip.sendHint}</p>
        </Confirm>
      )}
    </Section>
  );
}

export function Submissions({ submissions, onFinished }: { submissions: readonly Submission[]; onFinished: () => void }) {
  return (
    <Section title={c.tip.submissions}>
      {submissions.length === 0 && <p class="muted">{c.tip.noSubmissions}</p>}
      <ul class="stack">
        {[...submissions]
          .sort((a, b) => b.id - a.id)
          .map((one) => (
            <SubmissionCard key={one.id} first={one} onFinished={onFinished} />
          ))}
      </ul>
    </Section>
  );
}

/** Follows a submission until it has come to an end. */
export function SubmissionCard({ first, onFinished }: { first: Submission; onFinished?: () => void }) {
  const [now, setNow] = useState(first);
  useEffect(() => setNow(first), [first]);
  const final = isFinal(now.state);
  useEffect(() => {
    if (final) return undefined;
    let open = true;
    const timer = setInterval(() => {
      readSubmission(first.id).then(
        (next) => {
          if (!open) return;
          setNow(next);
          if (isFinal(next.state)) {
            announce(`${c.tip.submission(next.id, next.dry_run)}: ${c.names.submissions[next.state]}`);
            onFinished?.();
          }
        },
        () => undefined, // the next turn asks again
      );
    }, POLL_MS);
    return () => {
      open = false;
      clearInterval(timer);
    };
  }, [first.id, final]);
  return (
    <li class="stack-tight submission" data-submission={now.state} data-dry={now.dry_run}>
      <div class="row spread">
        <strong>{c.tip.submission(now.id, now.dry_run)}</strong>
        <span class={`state ${now.state === 'done' ? 'ok' : ['quarantined', 'stopped'].includes(now.state) ? 'alert' : ''}`}>
          <Icon name={now.state === 'done' ? 'check' : ['quarantined', 'stopped'].includes(now.state) ? 'alert' : 'clock'} />
          {c.names.submissions[now.state]}
        </span>
      </div>
      {now.report_id !== null && <p>{c.tip.reportId(now.report_id)}</p>}
      {!final && now.expires_ms !== null && <p class="small">{c.tip.expires(dateAndTime(now.expires_ms))}</p>}
      {now.problem !== null && (
        <Note tone="alert">
          <p>{now.problem}</p>
        </Note>
      )}
      {now.state === 'quarantined' && may('submit_report') && <SetAside id={now.id} onDone={setNow} />}
      <details open={!final}>
        <summary>
          {c.tip.steps}: {now.steps.length}
          <span class="visually-hidden">, {c.tip.submission(now.id, now.dry_run)}</span>
        </summary>
        <ol class="steps small">
          {now.steps.map((step, at) => (
            <li key={at}>
              <Moment ms={step.at_ms} /> {c.tip.stepLine(fieldInWords(step.step), step.result, step.code)}
              {step.request_id !== null && <span class="muted"> {c.tip.requestId(step.request_id)}</span>}
            </li>
          ))}
        </ol>
        <ul class="small">
          {now.files.map((file) => (
            <li key={file.item}>{c.tip.fileLine(file.item, file.file_id, file.md5_matches)}</li>
          ))}
        </ul>
      </details>
      {now.receipt !== null && (
        <details>
          <summary>
            {c.tip.receipt}
            <span class="visually-hidden">, {c.tip.submission(now.id, now.dry_run)}</span>
          </summary>
          <pre class="xml" tabIndex={0} aria-label={c.tip.receipt} data-receipt>
            {now.receipt}
          </pre>
        </details>
      )}
    </li>
  );
}

function SetAside({ id, onDone }: { id: number; onDone: (now: Submission) => void }) {
  const [reason, setReason] = useState('');
  const { busy, problem, run } = useDeed();
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (reason.trim() === '') return;
    await run(async () => onDone(await setAside(id, reason.trim())));
  };
  return (
    <form class="stack-tight" onSubmit={(event) => void submit(event)}>
      <Reason label={c.tip.setAsideReason} hint={c.tip.setAsideHint} value={reason} error="" onChange={setReason} />
      <Problem text={problem} />
      <Button type="submit" disabled={busy || reason.trim() === ''}>
        {c.tip.setAside}
      </Button>
    </form>
  );
}

const documents: [DocumentOutlet, Outlet][] = [
  ['nca', 'nca'],
  ['dsa18', 'dsa18'],
  ['abuse-site', 'abuse_site'],
];

export function Documents({ id }: { id: string }) {
  const { busy, problem, run } = useDeed();
  return (
    <Section title={c.tip.documents}>
      <p class="small muted">{c.tip.documentsHint}</p>
      <Problem text={problem} />
      <div class="row">
        {documents.map(([path, name]) => (
          <Button
            key={path}
            disabled={busy}
            onClick={() => void run(async () => saveAs(await readOutletDocument(id, path), `${path}-${id.slice(0, 8)}.html`))}
          >
            {c.tip.download(c.names.outlets[name])}
          </Button>
        ))}
      </div>
    </Section>
  );
}
