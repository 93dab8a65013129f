// From a decided case to a hotline: what the investigator will see comes first, then what could be better, then the
// facts that a person sets, and at the end the deed.
import { useEffect, useState } from 'preact/hooks';
import { readTip, saveTip, type TipAnswer, type TipFacts } from '../../../shared/api/reporting_api.ts';
import { Button, PageHeading } from '../../../shared/components/parts.tsx';
import { link } from '../../../shared/router.ts';
import { announce } from '../../state/announce.ts';
import { forgetDrafts, useDraft } from '../../state/drafts.ts';
import { c } from '../../strings/index.ts';
import { shortId } from '../../words.ts';
import { Loading, Moment, Problem, Section, useDeed, useReading } from '../parts.tsx';
import { FactsForm } from './facts_form.tsx';
import { Findings, Scores } from './lint.tsx';
import { Preview } from './preview.tsx';
import { Documents, Submissions, SubmitPart } from './submissions.tsx';

export function TipDesk({ id }: { id: string }) {
  const [read, problem, again] = useReading(() => readTip(id), id);
  const [answer, setAnswer] = useState<TipAnswer | null>(null);
  useEffect(() => {
    if (read !== null) setAnswer(read);
  }, [read]);
  return (
    <main class="page-wide stack" id="content" data-tip={id}>
      <a href={link('cases', id)}>{c.tip.back}</a>
      <PageHeading>
        {c.tip.title}: {c.one.openCase(shortId(id))}
      </PageHeading>
      {answer === null ? <Loading problem={problem} /> : <Desk id={id} answer={answer} onAnswer={setAnswer} onAgain={again} />}
    </main>
  );
}

/** Nothing is judged beforehand: kind, time and words are a person's to set. */
function proposed(answer: TipAnswer): TipFacts {
  const files = answer.case_file['files'];
  return {
    incident_type: '',
    incident_ms: 0,
    time_denotes: '',
    escalate_reason: null,
    annotations: [],
    narrative: '',
    files: (Array.isArray(files) ? (files as { item: number }[]) : []).map(({ item }) => ({
      item,
      classification: null,
      annotations: [],
      relevance: 'reported',
    })),
    victims: [],
    outlet: answer.outlets?.find((one) => one.applies)?.outlet ?? 'ncmec',
    jurisdiction: [],
  };
}

interface DeskProps {
  id: string;
  answer: TipAnswer;
  onAnswer: (answer: TipAnswer) => void;
  onAgain: () => void;
}

function Desk({ id, answer, onAnswer, onAgain }: DeskProps) {
  const key = `tip/${id}`;
  const [facts, setFacts] = useDraft<TipFacts>(key, answer.facts ?? proposed(answer));
  const [dirty, setDirty] = useDraft(`${key}/dirty`, false);
  const { busy, problem, run } = useDeed();
  const change = (next: TipFacts): void => {
    setFacts(next);
    setDirty(true);
  };
  const save = async (): Promise<void> => {
    const done = await run(async () => onAnswer(await saveTip(id, facts)));
    if (!done) return;
    forgetDrafts(key);
    setDirty(false);
    announce(c.tip.saved);
  };
  const suggested = answer.facts_kept === false || answer.facts === null || answer.facts === undefined;
  const hard = answer.lint.findings.some((one) => one.severity === 'hard');
  return (
    <div class="tip-desk">
      <div class="stack">
        <Section title={c.tip.preview}>
          <p class="small muted">{c.tip.previewHint}</p>
          <Preview view={answer.preview} />
        </Section>
        <Section title={c.tip.scores}>
          <Scores lint={answer.lint} />
        </Section>
        <Section title={c.tip.findings} id="findings">
          <Findings findings={answer.lint.findings} />
        </Section>
        <Section title={c.tip.document}>
          {answer.xml === '' ? <p class="muted">{c.tip.previewNone}</p> : <Code title={c.tip.xml} text={answer.xml} />}
          {answer.file_details.map((text, at) => (
            <Code key={at} title={c.tip.fileXml(at + 1)} text={text} />
          ))}
        </Section>
        <Documents id={id} />
      </div>
      <div class="stack">
        <Section title={c.tip.facts}>
          <form
            class="stack"
            data-facts
            onSubmit={(event) => {
              event.preventDefault();
              void save();
            }}
          >
            <p class="small muted">{c.tip.factsHint}</p>
            <FactsForm facts={facts} advice={answer.outlets ?? []} onChange={change} />
            <Problem text={problem} />
            <div class="row">
              <Button type="submit" look="primary" disabled={busy}>
                {c.tip.save}
              </Button>
              <span class="small" role="status">
                {dirty ? c.tip.unsaved : suggested && c.tip.suggested}
              </span>
            </div>
          </form>
        </Section>
        <Section title={c.tip.hold}>
          {answer.hold === null ? (
            <p class="muted">{c.tip.noHold}</p>
          ) : (
            <p data-hold={answer.hold.state}>
              {c.names.bases[answer.hold.basis]}. {c.tip.holdUntil} <Moment ms={answer.hold.until_ms} />
            </p>
          )}
        </Section>
        <SubmitPart id={id} outlet={facts.outlet} hard={hard} dirty={dirty || suggested} onSubmitted={onAgain} />
        <Submissions submissions={answer.submissions} onFinished={onAgain} />
      </div>
    </div>
  );
}

function Code({ title, text }: { title: string; text: string }) {
  return (
    <details>
      <summary>{title}</summary>
      <pre class="xml" tabIndex={0} aria-label={title}>
        {text}
      </pre>
    </details>
  );
}
