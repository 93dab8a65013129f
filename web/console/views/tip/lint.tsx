// Two scores that mean different things, with their parts, and each finding with why it matters and how to mend it.
import type { LintFinding, Score, TipAnswer } from '../../../shared/api/reporting_api.ts';
import { Button } from '../../../shared/components/parts.tsx';
import { Icon } from '../../../shared/components/icon.tsx';
import { c } from '../../strings/index.ts';
import { PriorityList } from '../priority.tsx';
import { canBeMendedHere, fieldElement } from './facts_form.tsx';

export function Scores({ lint }: { lint: TipAnswer['lint'] }) {
  return (
    <div class="scores">
      <One title={c.tip.completeness} hint={c.tip.completenessHint} score={lint.completeness} />
      <One title={c.tip.rescue} hint={c.tip.rescueHint} score={lint.rescue} />
    </div>
  );
}

function One({ title, hint, score }: { title: string; hint: string; score: Score }) {
  return (
    <div class="stack-tight">
      <h3>
        {title}: {c.tip.of100(score.score)}
      </h3>
      <meter min={0} max={100} value={score.score} aria-label={title} />
      <p class="small muted">{hint}</p>
      <details>
        <summary>
          {c.tip.parts}
          <span class="visually-hidden">: {title}</span>
        </summary>
        <PriorityList parts={score.parts} />
      </details>
    </div>
  );
}

export function Findings({ findings }: { findings: readonly LintFinding[] }) {
  if (findings.length === 0) return <p class="state ok">{c.tip.clean}</p>;
  const jump = (field: string): void => {
    const element = fieldElement(field);
    element?.scrollIntoView({ block: 'center' });
    element?.focus();
  };
  return (
    <ul class="stack-tight">
      {findings.map((one, at) => (
        <li key={at} class="finding stack-tight" data-rule={one.rule}>
          <span class={`state ${one.severity === 'hard' ? 'alert' : 'warn'}`}>
            <Icon name={one.severity === 'hard' ? 'alert' : 'info'} />
            {one.severity === 'hard' ? c.tip.hard : c.tip.soft}
          </span>
          <p>{one.why}</p>
          <p>{one.mend}</p>
          <p class="small muted">
            <code>{one.field}</code> · <code>{one.rule}</code>
          </p>
          {canBeMendedHere(one.field) && (
            <Button class="small-button" onClick={() => jump(one.field)}>
              {c.tip.jump}
              <span class="visually-hidden">: {one.mend}</span>
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
