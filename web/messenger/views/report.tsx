// Choose, see exactly what will be shared and with whom, send, receipt.
import { useState } from 'preact/hooks';
import type { Id, ReportReason } from '../../shared/api/types.ts';
import { Icon } from '../../shared/components/icon.tsx';
import { Button, Field, Note, PageHeading } from '../../shared/components/parts.tsx';
import { link } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { inWords, when } from '../../shared/words.ts';
import type { ChatMessage, Conversation, StoredMessage } from '../state/model.ts';
import { setBlocked } from '../state/people.ts';
import { file, isReportable, newDraft, type ReportDraft } from '../state/reports.ts';
import { useApp } from './context.ts';

interface Props {
  conversation: Conversation;
  first: string; // key of the message the person started from
}

export function ReportPane({ conversation, first }: Props) {
  const { messenger } = useApp();
  const { screen } = messenger.core;
  const messages = screen.messages.value.filter((message) => message.conversation === conversation.id);
  const start = messages.find((message) => message.key === first);
  if (start === undefined || start.kind === 'notice' || start.mine) return null;
  return <ReportSteps conversation={conversation} messages={messages} start={start} />;
}

type Step = { at: 'choose' } | { at: 'preview'; problem: string; busy: boolean } | { at: 'receipt'; report: Id };

interface StepsProps {
  conversation: Conversation;
  messages: StoredMessage[];
  start: ChatMessage;
}

function ReportSteps({ conversation, messages, start }: StepsProps) {
  const firstReason: ReportReason = start.kind === 'picture' ? 'known_picture' : 'unwanted';
  const [draft, setDraft] = useState(() => newDraft(start.sender, [start], firstReason));
  const [step, setStep] = useState<Step>({ at: 'choose' });
  const reportable = messages.filter((one): one is ChatMessage => one.kind !== 'notice' && isReportable(one));

  const send = async (): Promise<void> => {
    setStep({ at: 'preview', problem: '', busy: true });
    try {
      setStep({ at: 'receipt', report: await file(draft) });
    } catch (error) {
      setStep({ at: 'preview', problem: inWords(error), busy: false });
    }
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
          messages={reportable}
          draft={draft}
          onChange={setDraft}
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

const lineOf = (message: ChatMessage): string =>
  [message.kind === 'picture' ? t.list.picture : '', message.body].filter(Boolean).join(': ');

interface ChooseProps {
  conversation: Conversation;
  messages: ChatMessage[];
  draft: ReportDraft;
  onChange: (draft: ReportDraft) => void;
  onNext: () => void;
}

function Choose({ conversation, messages, draft, onChange, onNext }: ChooseProps) {
  const { config } = useApp();
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
        if (draft.messages.length > 0) onNext();
      }}
    >
      <PageHeading>{t.report.title}</PageHeading>
      <p>{t.report.intro(config.service_name)}</p>
      <fieldset class="stack-tight">
        <legend class="legend">{t.report.choose}</legend>
        <p class="small muted">{t.report.chooseHint}</p>
        <div class="report-messages">
          {messages.map((message) => (
            <label class="choice" key={message.key}>
              <input type="checkbox" checked={chosen.has(message.key)} onChange={() => toggle(message.key)} />
              <span>
                <span class="small muted">{t.report.from(nameOf(conversation, message), when(message.at))}</span>
                <br />
                {lineOf(message)}
              </span>
            </label>
          ))}
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
      {draft.reason === 'threat' && <Note tone="info">{t.report.threatAdvice}</Note>}
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
      {draft.messages.length === 0 && <p class="state alert">{t.report.nothing}</p>}
      <Button type="submit" look="primary" disabled={draft.messages.length === 0}>
        {t.report.next}
      </Button>
    </form>
  );
}

interface PreviewProps {
  conversation: Conversation;
  draft: ReportDraft;
  busy: boolean;
  problem: string;
  onBack: () => void;
  onSend: () => void;
}

function Preview({ conversation, draft, busy, problem, onBack, onSend }: PreviewProps) {
  const { config } = useApp();
  const pictures = draft.messages.some((message) => message.kind === 'picture');
  return (
    <div class="stack">
      <PageHeading>{t.report.preview}</PageHeading>
      <p>{t.report.previewBody}</p>
      <ul class="card stack" data-preview>
        {draft.messages.map((message) => (
          <li key={message.key}>
            <span class="small muted">{t.report.from(nameOf(conversation, message), when(message.at))}</span>
            <p>{lineOf(message)}</p>
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

function Receipt({ draft, report }: { draft: ReportDraft; report: Id }) {
  const { messenger } = useApp();
  const contact = messenger.core.screen.contacts.value.get(draft.alleged);
  return (
    <div class="stack">
      <PageHeading>{t.report.receipt}</PageHeading>
      <p>{t.report.receiptBody}</p>
      <div class="stack-tight">
        <span class="legend">{t.report.receiptId}</span>
        <code class="code" data-receipt>
          {report}
        </code>
      </div>
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
