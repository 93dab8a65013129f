// One case: facts, words and evidence in the middle, the decision on the right.
import { Fragment } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { readWholeCase } from '../../shared/api/case_api.ts';
import type { CaseStateNow, CaseVoucher, EvidenceMessage, WholeCase } from '../../shared/api/case_types.ts';
import { listMedia, type CaseMedium } from '../../shared/api/review_api.ts';
import { link } from '../../shared/router.ts';
import { dateAndTime } from '../../shared/words.ts';
import { may } from '../state/permissions.ts';
import { c } from '../strings/index.ts';
import { BandBadge, ClassBadge, VoucherBadge } from './badges.tsx';
import { DecisionPane } from './decision.tsx';
import { Duplicates } from './duplicates.tsx';
import { LimitReached } from './exposure.tsx';
import { MediaCard } from './media.tsx';
import { Facts, Loading, Moment, Problem, useReading } from './parts.tsx';
import { PriorityList } from './priority.tsx';

interface Props {
  id: string;
  /** The state that the list shows. */
  listed: CaseStateNow | undefined;
  onChanged: () => void;
  onClose: () => void;
}

export function CasePane({ id, listed, onChanged, onClose }: Props) {
  const [shown, problem, reread] = useReading(() => readWholeCase(id), id);
  const [media, mediaProblem, rereadMedia] = useReading(() => listMedia(id), id);
  // The list was read later than the case: somebody else has gone on with it.
  useEffect(() => {
    if (shown !== null && listed !== undefined && listed !== shown.state) reread();
  }, [listed]);
  const heading = useRef<HTMLHeadingElement>(null);
  const isThere = shown !== null;
  useLayoutEffect(() => heading.current?.focus(), [isThere]);
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) onClose();
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [onClose]);

  if (shown === null) {
    return (
      <main class="evidence" id="content">
        <Loading problem={problem === '' ? '' : `${c.one.gone}. ${problem}`} />
      </main>
    );
  }
  return (
    <>
      <main class="evidence stack" id="content">
        <div class="row spread">
          <h2 ref={heading} id="evidence" tabIndex={-1}>
            {c.queue.number(shown.number)}: {c.names.harms[shown.harm] ?? shown.harm}
          </h2>
          <BandBadge band={shown.priority.band} />
        </div>
        <LimitReached />
        <CaseFacts detail={shown} />
        <details class="card">
          <summary>
            {c.queue.why}: {c.queue.score(shown.priority.score)}
          </summary>
          <PriorityList parts={shown.priority.parts} />
        </details>
        <Words detail={shown} />
        <h3>{c.one.messages}</h3>
        {shown.messages.length === 0 && <p>{c.one.noMessages}</p>}
        <Problem text={problem} />
        <Problem text={mediaProblem} />
        <ol class="stack">
          {shown.messages.map((message, at) => (
            <Fragment key={`${message.conversation}-${message.seq}-${at}`}>
              <GapBefore gaps={shown.gaps} message={message} before={shown.messages[at - 1]} />
              <Evidence id={id} message={message} all={shown.messages} media={media ?? []} onChanged={rereadMedia} />
            </Fragment>
          ))}
        </ol>
        <Vouchers vouchers={shown.vouchers_list} />
        <Duplicates
          detail={shown}
          onDecided={() => {
            reread();
            onChanged();
          }}
        />
        <History detail={shown} />
      </main>
      <aside class="decision" aria-label={c.decide.title}>
        <DecisionPane
          detail={shown}
          onChanged={() => {
            reread();
            onChanged();
          }}
        />
      </aside>
    </>
  );
}

function CaseFacts({ detail }: { detail: WholeCase }) {
  const { verified, not_verified, vouchers, provider_records } = detail;
  const counts = [
    c.queue.counts(verified, not_verified),
    ...(vouchers > 0 ? [c.queue.vouchers(vouchers)] : []),
    ...(provider_records > 0 ? [c.queue.records(provider_records)] : []),
  ];
  return (
    <>
      <Facts
        rows={[
          [c.one.received, <Moment ms={detail.received_ms} />],
          [c.one.due, <Moment ms={detail.due_ms} away />],
          [c.one.state, c.names.states[detail.state]],
          [c.one.alleged, detail.alleged.name],
          [c.one.reporters(detail.reporters.length), detail.reporters.map((one) => one.name).join(', ')],
          [c.one.counts, counts.join(', ')],
          [c.one.caseId, <code class="hash">{detail.case}</code>],
        ]}
      />
      {detail.report_list.length > 1 && (
        <details class="card">
          <summary>
            {c.one.reportList}: {detail.report_list.length}
          </summary>
          <ul>
            {detail.report_list.map((one) => (
              <li key={one.report}>
                {c.one.reportLine(c.names.harms[one.harm] ?? one.harm, one.reporter?.name ?? c.one.byService, dateAndTime(one.received_ms))}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Words({ detail }: { detail: WholeCase }) {
  const { statement, note } = detail;
  if ((statement === null || statement === '') && note === '') return null;
  return (
    <section class="card stack-tight" data-statement>
      {statement !== null && statement !== '' && (
        <>
          <div class="row spread">
            <h3>{c.one.statement}</h3>
            <ClassBadge of="not_verified" />
          </div>
          <blockquote class="quote">{statement}</blockquote>
          <p class="small muted">{c.one.statementHint}</p>
        </>
      )}
      {note !== '' && (
        <>
          <h3>{c.one.note}</h3>
          <blockquote class="quote">{note}</blockquote>
        </>
      )}
    </section>
  );
}

interface GapProps {
  gaps: [number, number][];
  message: EvidenceMessage;
  before: EvidenceMessage | undefined;
}

/** Says what was left out of a chosen extract, where it was left out. */
function GapBefore({ gaps, message, before }: GapProps) {
  const here = gaps.filter(([from, to]) => to < message.seq && (before === undefined || from > before.seq));
  return (
    <>
      {here.map(([from, to]) => (
        <li key={from} class="gap small muted">
          {c.one.gap(from, to)}
        </li>
      ))}
    </>
  );
}

const anchor = (seq: number): string => `position-${seq}`;

/** A link inside of the page: the address is left alone, because it names the case. */
function ToPosition({ seq, words }: { seq: number; words: string }) {
  return (
    <button type="button" class="button quiet inline" onClick={() => document.getElementById(anchor(seq))?.focus()}>
      {words}
    </button>
  );
}

interface EvidenceProps {
  id: string;
  message: EvidenceMessage;
  all: readonly EvidenceMessage[];
  media: readonly CaseMedium[];
  onChanged: () => void;
}

function Evidence({ id, message, all, media, onChanged }: EvidenceProps) {
  const original = message.edits;
  const later = all.filter((one) => one.edits === message.seq && one.conversation === message.conversation);
  return (
    <li class="card stack-tight" id={anchor(message.seq)} tabIndex={-1} data-finding={message.class}>
      <div class="row spread">
        <strong>{message.sender_name || message.sender}</strong>
        <ClassBadge of={message.class} />
      </div>
      <p class="small muted">
        <Moment ms={message.accepted_ms} /> · {c.one.position(message.seq)} · {c.one.types[message.type]}
        {message.expires_ms !== undefined && ` · ${c.one.expires(dateAndTime(message.expires_ms))}`}
      </p>
      {original !== undefined && <ToPosition seq={original} words={c.one.changes(original)} />}
      {later.map((one) => (
        <ToPosition key={one.seq} seq={one.seq} words={c.one.changedAt(one.seq)} />
      ))}
      {message.body !== '' && <blockquote class="quote">{message.body}</blockquote>}
      {message.attachments.map((attachment) => (
        <MediaCard
          key={attachment.item}
          id={id}
          attachment={attachment}
          medium={media.find((one) => one.item === attachment.item)}
          onChanged={onChanged}
        />
      ))}
      <details class="proof">
        <summary>{message.class === 'verified' ? c.one.proves : c.one.why}</summary>
        <div class="stack-tight">
          {message.class === 'verified' ? (
            <>
              <p>{message.proves}</p>
              <h4>{c.one.provesNot}</h4>
              <p>{message.does_not_prove}</p>
            </>
          ) : (
            <>
              <p>{message.why}</p>
              {message.proves !== '' && (
                <>
                  <h4>{c.one.proves}</h4>
                  <p>{message.proves}</p>
                </>
              )}
              {message.does_not_prove !== '' && (
                <>
                  <h4>{c.one.provesNot}</h4>
                  <p>{message.does_not_prove}</p>
                </>
              )}
            </>
          )}
        </div>
      </details>
    </li>
  );
}

function Vouchers({ vouchers }: { vouchers: readonly CaseVoucher[] }) {
  if (vouchers.length === 0) return null;
  return (
    <section class="stack-tight" aria-label={c.one.vouchers}>
      <h3>{c.one.vouchers}</h3>
      <ul class="stack">
        {vouchers.map((one, at) => (
          <li key={at} class="card stack-tight" data-finding="voucher" data-voucher={one.finding}>
            <div class="row spread">
              <strong>{c.names.voucher}</strong>
              <VoucherBadge finding={one.finding} />
            </div>
            <p class="small muted">
              {c.one.voucherSides[one.side]} · <Moment ms={one.made_ms} />
              {one.item !== null && ` · ${c.one.voucherItem(one.item)}`}
            </p>
            <p class="small">{c.one.voucherFacts(one.provenance, one.category, one.list_version, one.distance)}</p>
            {one.proves !== '' && <p>{one.proves}</p>}
            {one.why !== '' && <p class="small muted">{one.why}</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function History({ detail }: { detail: WholeCase }) {
  const { decisions, appeal } = detail;
  return (
    <section class="stack-tight" aria-label={c.one.history}>
      <h3>{c.one.history}</h3>
      {decisions.length === 0 && <p class="muted">{c.one.noHistory}</p>}
      <ol class="stack-tight">
        {decisions.map((one, at) => (
          <li key={at} class="card stack-tight">
            <p>
              {c.one.deeds[one.deed](
                c.names.decisions[one.decision],
                one.agrees === true,
                one.reviewer.name,
                dateAndTime(one.decided_ms),
              )}
            </p>
            <blockquote class="quote">{one.reason}</blockquote>
            <p class="small muted">{c.one.policy(one.policy_version)}</p>
          </li>
        ))}
      </ol>
      {appeal !== null && (
        <div class="card stack-tight" data-appeal={appeal.state}>
          <h4>{c.one.appeal}</h4>
          <p class="small muted">{c.one.appealWords(dateAndTime(appeal.made_ms))}</p>
          <blockquote class="quote">{appeal.words}</blockquote>
          <p>{c.one.appealStates[appeal.state]}</p>
          {appeal.reason !== undefined && appeal.reason !== '' && <p class="small muted">{appeal.reason}</p>}
        </div>
      )}
      {may('prepare_report') && <a href={link('cases', detail.case, 'tip')}>{c.decide.prepare}</a>}
    </section>
  );
}
