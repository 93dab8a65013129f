import { useState } from 'preact/hooks';
import { decide } from '../../shared/api/reviewer_api.ts';
import type { CaseDetail, DecisionKind } from '../../shared/api/types.ts';
import { Button, Field, Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';

const kinds: DecisionKind[] = ['no_action', 'warn', 'restrict', 'escalate'];

export function DecisionForm({ detail, onDecided }: { detail: CaseDetail; onDecided: () => void }) {
  const [kind, setKind] = useState<DecisionKind | null>(null);
  const [reason, setReason] = useState('');
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState('');

  if (detail.state === 'decided') {
    return (
      <div class="stack-tight">
        <h3>{t.console.decision}</h3>
        <Note tone="ok">
          <p>{detail.decision ? t.console.decidedAs(t.console.decisions[detail.decision.decision]) : t.console.saved}</p>
          {detail.decision && <p>{detail.decision.reason}</p>}
        </Note>
      </div>
    );
  }
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setAsked(true);
    if (kind === null || reason.trim() === '') return;
    setProblem('');
    try {
      await decide(detail.report, kind, reason.trim());
      onDecided();
    } catch (error) {
      setProblem(inWords(error));
    }
  };
  return (
    <form class="stack" data-decision onSubmit={(event) => void submit(event)}>
      <fieldset class="stack-tight">
        <legend>
          <h3>{t.console.decision}</h3>
        </legend>
        <p class="small muted">{t.console.decisionScope}</p>
        {kinds.map((one) => (
          <label class="choice" key={one}>
            <input type="radio" name="decision" value={one} checked={kind === one} onChange={() => setKind(one)} />
            <span>
              {t.console.decisions[one]}
              <br />
              <span class="small muted">{t.console.decisionHints[one]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <Field
        label={t.console.why2}
        hint={t.console.whyHint}
        error={asked && reason.trim() === '' ? t.console.reasonNeeded : ''}
      >
        {(ids) => (
          <textarea
            {...ids}
            rows={4}
            maxLength={4000}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        )}
      </Field>
      {problem !== '' && (
        <Note tone="alert" role="alert">
          {problem}
        </Note>
      )}
      <Button type="submit" look="primary" disabled={kind === null}>
        {t.console.decide}
      </Button>
    </form>
  );
}
