import { Fragment } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { readCase } from '../../shared/api/reviewer_api.ts';
import type { CaseDetail, CaseMessage } from '../../shared/api/types.ts';
import { Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import { dateAndTime, inWords } from '../../shared/words.ts';
import { DecisionForm } from './decision.tsx';
import { FindingBadge } from './finding.tsx';
import { CasePicture } from './picture.tsx';

interface Props {
  report: string;
  onDecided: () => void;
  onClose: () => void;
}

export function CasePane({ report, onDecided, onClose }: Props) {
  const [detail, setDetail] = useState<CaseDetail | null>(null);
  const [problem, setProblem] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  const load = (): void => {
    readCase(report).then(setDetail, (error: unknown) => setProblem(inWords(error)));
  };
  useEffect(load, [report]);
  useLayoutEffect(() => heading.current?.focus(), [detail === null]);
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) onClose();
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [onClose]);

  if (detail === null) {
    return (
      <main class="evidence">
        {problem === '' ? (
          <p role="status">{t.common.loading}</p>
        ) : (
          <Note tone="alert" role="alert">
            {problem}
          </Note>
        )}
      </main>
    );
  }
  const verified = detail.messages.filter((message) => message.finding === 'verified').length;
  return (
    <>
      <main class="evidence stack">
        <h2 ref={heading} id="evidence" tabIndex={-1}>
          {t.report.reasons[detail.reason]}
        </h2>
        <Facts detail={detail} verified={verified} />
        {detail.statement !== null && detail.statement !== '' && (
          <section class="card stack-tight" data-statement>
            <h3>{t.console.statement}</h3>
            <p>{detail.statement}</p>
            <FindingBadge finding="not_verified" />
            <p class="small muted">{t.console.statementHint}</p>
          </section>
        )}
        <h3>{t.console.evidence}</h3>
        <ol class="stack">
          {detail.messages.map((message, at) => (
            <Fragment key={at}>
              <GapBefore gaps={detail.gaps} message={message} before={detail.messages[at - 1]} />
              <Evidence report={report} message={message} at={at} />
            </Fragment>
          ))}
        </ol>
      </main>
      <aside class="decision" aria-label={t.console.decision}>
        <DecisionForm
          detail={detail}
          onDecided={() => {
            load();
            onDecided();
          }}
        />
      </aside>
    </>
  );
}

function Facts({ detail, verified }: { detail: CaseDetail; verified: number }) {
  const rows: [string, string][] = [
    [t.console.received, dateAndTime(detail.received_ms)],
    [t.console.alleged, detail.alleged.name],
    [t.console.reporter, detail.reporter.name],
    [t.console.evidence, t.console.counts(verified, detail.messages.length - verified)],
    ...(detail.note === '' ? [] : [[t.console.note, detail.note] as [string, string]]),
  ];
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

interface GapProps {
  gaps: [number, number][];
  message: CaseMessage;
  before: CaseMessage | undefined;
}

/** Says what was left out of a chosen extract, where it was left out. */
function GapBefore({ gaps, message, before }: GapProps) {
  const here = gaps.filter(([from, to]) => to < message.seq && (before === undefined || from > before.seq));
  return (
    <>
      {here.map(([from, to]) => (
        <li key={from} class="gap small muted">
          {t.console.gap(from, to)}
        </li>
      ))}
    </>
  );
}

function Evidence({ report, message, at }: { report: string; message: CaseMessage; at: number }) {
  return (
    <li class="card stack-tight" data-finding={message.finding}>
      <div class="row spread">
        <strong>{message.sender_name || message.sender}</strong>
        <FindingBadge finding={message.finding} />
      </div>
      <p class="small muted">
        {dateAndTime(message.accepted_ms)} · {t.console.seq(message.seq)} ·{' '}
        {t.console.types[message.type]}
      </p>
      {message.body !== '' && <blockquote class="quote">{message.body}</blockquote>}
      {message.attachments.map((attachment) => (
        <CasePicture key={attachment.index} report={report} message={at} attachment={attachment} />
      ))}
      {message.finding === 'verified' ? (
        <div class="proof stack-tight">
          <h4>{t.console.proves}</h4>
          <p>{message.proves}</p>
          <h4>{t.console.provesNot}</h4>
          <p>{message.does_not_prove}</p>
        </div>
      ) : (
        <div class="proof stack-tight">
          <h4>{t.console.why}</h4>
          <p>{message.why}</p>
        </div>
      )}
    </li>
  );
}
