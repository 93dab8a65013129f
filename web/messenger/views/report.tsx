// Choose, see exactly what will be shared and with whom, send, receipt.
import { useEffect, useState } from 'preact/hooks';
import type { Id, ReportReason } from '../../shared/api/types.ts';
import { Icon } from '../../shared/components/icon.tsx';
import { Button, Field, Note, PageHeading } from '../../shared/components/parts.tsx';
import { link, replace } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { inWords, when } from '../../shared/words.ts';
import type { ChatMessage, Conversation, KeptReport, StoredMessage } from '../state/model.ts';
import { setBlocked } from '../state/people.ts';
import {
  gapsBetween,
  isReportable,
  newDraft,
  takesMatchAlong,
  positionsHeld,
  sharedVersions,
  versionsOf,
  type SharedVersion,
} from '../state/reports.ts';
import { useApp } from './context.ts';
import { HelpButton, HelpList } from './help.tsx';
import { timerWords } from './message.tsx';

interface Props {
  conversation: Conversation;
  /** Key of the message the person started from; 'words' for a report without one, 'kept' with the next. */
  first: string;
  kept: string | null;
}

export function ReportPane({ conversation, first, kept }: Props) {
  const { messenger } = useApp();
  const { screen } = messenger.core;
  const messages = screen.messages.value.filter((message) => message.conversation === conversation.id);
  const keptDraft = screen.keptReports.value.find((one) => one.clientId === kept);
  const start = messages.find((message) => message.key === first);
  const [draft, setDraft] = useState<KeptReport | null>(null);
  const begin = (): KeptReport | null => {
    if (keptDraft !== undefined) return keptDraft;
    if (first === 'words') return newDraft(conversation.id, conversation.members[0]?.account ?? '', [], 'unwanted');
    if (start === undefined || start.kind === 'notice' || start.mine) return null;
    return newDraft(conversation.id, start.sender, [start], start.kind === 'picture' ? 'known_picture' : 'unwanted');
  };
  // The draft begins once; from then on it outlives the message that it began with.
  const current = draft ?? begin();
  useEffect(() => {
    if (draft !== null || current === null) return;
    setDraft(current);
    if (disappears(current)) void messenger.reports.keep(current);
  }, [draft, current, messenger]);
  if (current === null) return null;
  const change = (next: KeptReport): void => {
    setDraft(next);
    const saved = screen.keptReports.value.some((one) => one.clientId === next.clientId);
    if (saved || disappears(next) || disappears(current)) void messenger.reports.keep(next);
  };
  return <ReportSteps conversation={conversation} messages={messages} draft={current} onChange={change} />;
}

const disappears = (draft: KeptReport): boolean => draft.messages.some((message) => message.expiresAfter > 0);

type Step =
  | { at: 'choose' }
  | { at: 'preview'; problem: string; busy: boolean }
  | { at: 'receipt'; report: Id | null };

interface StepsProps {
  conversation: Conversation;
  messages: StoredMessage[];
  draft: KeptReport;
  onChange: (draft: KeptReport) => void;
}

function ReportSteps({ conversation, messages, draft, onChange }: StepsProps) {
  const { messenger } = useApp();
  const [step, setStep] = useState<Step>({ at: 'choose' });
  const here = messages.filter((one): one is ChatMessage => one.kind !== 'notice' && isReportable(one));
  // What was chosen stays to be seen, also when it has disappeared from the conversation.
  const gone = draft.messages.filter((one) => !here.some((there) => there.key === one.key));
  const reportable = [...here, ...gone].sort((a, b) => a.order - b.order);

  const send = async (): Promise<void> => {
    setStep({ at: 'preview', problem: '', busy: true });
    try {
      setStep({ at: 'receipt', report: await messenger.reports.file(draft) });
    } catch (error) {
      setStep({ at: 'preview', problem: inWords(error), busy: false });
    }
  };
  const discard = (): void => {
    void messenger.reports.discard(draft.clientId);
    replace('c', conversation.id);
  };

  return (
    <div class="sheet stack">
      <a class="button quiet back" href={link('c', conversation.id)}>
        <Icon name="back" />
        {t.common.back}
      </a>
      {step.at === 'choose' && (
        <Choose
          conversation={conversation}
          held={positionsHeld([...messages, ...gone])}
          messages={reportable}
          draft={draft}
          onChange={onChange}
          onDiscard={discard}
          onNext={() => setStep({ at: 'preview', problem: '', busy: false })}
        />
      )}
      {step.at === 'preview' && (
        <Preview
          conversation={conversation}
          draft={draft}
          busy={step.busy}
          problem={step.problem}
          onBack={() => setStep({ at: 'choose' })}
          onSend={() => void send()}
        />
      )}
      {step.at === 'receipt' && <Receipt draft={draft} report={step.report} />}
    </div>
  );
}

const nameOf = (conversation: Conversation, message: ChatMessage): string =>
  message.mine ? t.common.you : (conversation.members.find((one) => one.account === message.sender)?.name ?? '');

const lineOf = (conversation: Conversation, message: ChatMessage): string =>
  message.kind === 'timer'
    ? timerWords(conversation, message)
    : [message.kind === 'picture' ? t.list.picture : '', message.body].filter(Boolean).join(': ');

const versionLine = (version: SharedVersion): string =>
  version.edit ? t.report.version(when(version.at), version.body) : t.report.firstVersion(when(version.at), version.body);

/** Every position that goes out, as the reviewer will see it. */
const sharedPositions = (draft: KeptReport): number[] =>
  draft.messages.flatMap((message) => sharedVersions(draft, message).map((version) => version.seq));

const hasSomething = (draft: KeptReport): boolean =>
  sharedPositions(draft).length > 0 || (draft.messages.length === 0 && draft.statement.trim() !== '');

interface ChooseProps {
  conversation: Conversation;
  /** Positions of which this device holds something. */
  held: number[];
  messages: ChatMessage[];
  draft: KeptReport;
  onChange: (draft: KeptReport) => void;
  onDiscard: () => void;
  onNext: () => void;
}

function Choose({ conversation, held, messages, draft, onChange, onDiscard, onNext }: ChooseProps) {
  const { config } = useApp();
  const gaps = gapsBetween(held);
  const gapBefore = (index: number): [number, number] | undefined => {
    const [before, here] = [messages[index - 1]?.order ?? 0, messages[index]?.order ?? 0];
    return gaps.find(([from, to]) => from > before && to < here);
  };
  const toggleVersion = (key: string): void => {
    const left = draft.left.includes(key) ? draft.left.filter((one) => one !== key) : [...draft.left, key];
    onChange({ ...draft, left });
  };
  const ready = hasSomething(draft);
  const chosen = new Set(draft.messages.map((message) => message.key));
  const toggle = (key: string): void => {
    const next = messages.filter((message) => (message.key === key ? !chosen.has(key) : chosen.has(message.key)));
    onChange({ ...draft, messages: next });
  };
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onNext();
      }}
    >
      <PageHeading>{t.report.title}</PageHeading>
      <p>{t.report.intro(config.service_name)}</p>
      {disappears(draft) && <Note tone="info">{t.report.kept}</Note>}
      {conversation.members.length > 1 && (
        <Field label={t.report.about}>
          {(ids) => (
            <select {...ids} value={draft.alleged} onChange={(event) => onChange({ ...draft, alleged: event.currentTarget.value })}>
              {conversation.members.map((member) => (
                <option key={member.account} value={member.account}>
                  {member.name}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      <fieldset class="stack-tight">
        <legend class="legend">{t.report.choose}</legend>
        <p class="small muted">{t.report.chooseHint}</p>
        <div class="report-messages">
          {messages.map((message, index) => {
            const gap = gapBefore(index);
            const versions = versionsOf(message);
            return (
              <div key={message.key}>
                {gap !== undefined && (
                  <p class="small muted" data-gap>
                    {t.report.gap(...gap)}
                  </p>
                )}
                <label class="choice">
                  <input type="checkbox" checked={chosen.has(message.key)} onChange={() => toggle(message.key)} />
                  <span>
                    <span class="small muted">{t.report.from(nameOf(conversation, message), when(message.at))}</span>
                    <br />
                    {lineOf(conversation, message)}
                  </span>
                </label>
                {chosen.has(message.key) && versions.length > 1 && (
                  <fieldset class="report-versions">
                    <legend class="small">{t.report.versions}</legend>
                    {versions.map((version) => (
                      <label class="choice" key={version.key}>
                        <input
                          type="checkbox"
                          checked={!draft.left.includes(version.key)}
                          onChange={() => toggleVersion(version.key)}
                        />
                        <span>{versionLine(version)}</span>
                      </label>
                    ))}
                  </fieldset>
                )}
              </div>
            );
          })}
        </div>
      </fieldset>
      <fieldset class="stack-tight">
        <legend class="legend">{t.report.reason}</legend>
        {(Object.entries(t.report.reasons) as [ReportReason, string][]).map(([value, words]) => (
          <label class="choice" key={value}>
            <input
              type="radio"
              name="reason"
              value={value}
              checked={draft.reason === value}
              onChange={() => onChange({ ...draft, reason: value })}
            />
            <span>{words}</span>
          </label>
        ))}
      </fieldset>
      {draft.reason === 'threat' && <Threat draft={draft} />}
      <Field label={t.report.statement} hint={t.report.statementHint}>
        {(ids) => (
          <textarea
            {...ids}
            rows={3}
            maxLength={4000}
            value={draft.statement}
            onInput={(event) => onChange({ ...draft, statement: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field label={t.report.note}>
        {(ids) => (
          <input
            {...ids}
            maxLength={500}
            value={draft.note}
            onInput={(event) => onChange({ ...draft, note: event.currentTarget.value })}
          />
        )}
      </Field>
      {!ready && <p class="state alert">{draft.messages.length > 0 || messages.length > 0 ? t.report.nothing : t.report.nothingWords}</p>}
      <div class="row">
        <Button type="submit" look="primary" disabled={!ready}>
          {t.report.next}
        </Button>
        {disappears(draft) && <Button onClick={onDiscard}>{t.report.discard}</Button>}
      </div>
    </form>
  );
}

/** Whoever is under pressure gets these words first, and something to do that does not depend on sending the report now. */
function Threat({ draft }: { draft: KeptReport }) {
  const { messenger } = useApp();
  const { screen } = messenger.core;
  const saved = screen.keptReports.value.some((one) => one.clientId === draft.clientId);
  const save = (): void => {
    void messenger.reports.keep(draft).then(() => screen.announce(t.report.draftSaved));
  };
  return (
    <Note tone="info">
      <p data-threat>{t.report.threatAdvice}</p>
      <div class="row">
        <Button onClick={save}>{t.report.saveDraft}</Button>
        <HelpButton label={t.report.talk} first="threats" />
      </div>
      {saved && <p class="small">{t.report.draftSaved}</p>}
    </Note>
  );
}

interface PreviewProps {
  conversation: Conversation;
  draft: KeptReport;
  busy: boolean;
  problem: string;
  onBack: () => void;
  onSend: () => void;
}

function Preview({ conversation, draft, busy, problem, onBack, onSend }: PreviewProps) {
  const { config } = useApp();
  const { messenger } = useApp();
  const pictures = draft.messages.some((message) => message.kind === 'picture');
  const [matches, setMatches] = useState(false);
  useEffect(() => {
    void takesMatchAlong(messenger.core, draft).then(setMatches);
  }, [draft, messenger]);
  return (
    <div class="stack">
      <PageHeading>{t.report.preview}</PageHeading>
      <p>{t.report.previewBody}</p>
      <ul class="card stack" data-preview>
        {draft.messages.map((message) => (
          <li key={message.key}>
            <span class="small muted">{t.report.from(nameOf(conversation, message), when(message.at))}</span>
            {versionsOf(message).length === 1 ? (
              <p>{lineOf(conversation, message)}</p>
            ) : (
              sharedVersions(draft, message).map((version) => <p key={version.key}>{versionLine(version)}</p>)
            )}
          </li>
        ))}
        {gapsBetween(sharedPositions(draft)).map(([from, to]) => (
          <li key={from} class="small muted" data-gap>
            {t.report.gapShared(from, to)}
          </li>
        ))}
        <li>
          <span class="small muted">{t.report.reason}</span>
          <p>{t.report.reasons[draft.reason]}</p>
        </li>
        {draft.statement !== '' && (
          <li>
            <span class="small muted">{t.report.statement}</span>
            <p>{draft.statement}</p>
          </li>
        )}
        {draft.note !== '' && (
          <li>
            <span class="small muted">{t.report.note}</span>
            <p>{draft.note}</p>
          </li>
        )}
      </ul>
      {pictures && <p>{t.report.coveredShared}</p>}
      {matches && <p data-match>{t.report.match}</p>}
      <p class="small muted">{t.report.proofs}</p>
      <h2>{t.report.sees}</h2>
      <p>{t.report.seesBody(config.service_name)}</p>
      {problem !== '' && (
        <Note tone="alert" role="alert">
          {problem}
        </Note>
      )}
      <div class="row">
        <Button look="primary" disabled={busy} onClick={onSend}>
          {busy ? t.report.sending : t.report.send}
        </Button>
        <Button disabled={busy} onClick={onBack}>
          {t.report.change}
        </Button>
      </div>
    </div>
  );
}

function Receipt({ draft, report }: { draft: KeptReport; report: Id | null }) {
  const { messenger } = useApp();
  const contact = messenger.core.screen.contacts.value.get(draft.alleged);
  return (
    <div class="stack">
      <PageHeading>{report === null ? t.report.waiting : t.report.receipt}</PageHeading>
      <p>{report === null ? t.report.waitingBody : t.report.receiptBody}</p>
      {report !== null && (
        <div class="stack-tight">
          <span class="legend">{t.report.receiptId}</span>
          <code class="code" data-receipt>
            {report}
          </code>
        </div>
      )}
      <p>
        <a href={link('feedback')}>{t.feedback.title}</a>
      </p>
      <section class="stack-tight">
        <h2>{t.help.heading}</h2>
        {draft.reason === 'threat' && <p data-threat>{t.report.threatAdvice}</p>}
        <HelpList first={draft.reason === 'threat' ? 'threats' : 'children'} />
      </section>
      {contact !== undefined && !contact.blocked && (
        <>
          <p>{t.report.also}</p>
          <Button icon="block" onClick={() => void setBlocked(messenger.core, contact, true)}>
            {t.details.block(contact.name)}
          </Button>
        </>
      )}
    </div>
  );
}
