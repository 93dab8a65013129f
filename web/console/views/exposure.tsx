// One's own time with pictures, the suggestion of a break, and the end of it for today.
import { useState } from 'preact/hooks';
import type { Exposure } from '../../shared/api/review_api.ts';
import { Icon } from '../../shared/components/icon.tsx';
import { Button, Dialog, Note } from '../../shared/components/parts.tsx';
import { clockTime } from '../../shared/words.ts';
import { coverAll } from '../state/cover.ts';
import { answerBreak, budget, exposure, renewExposure, suggestBreak } from '../state/exposure.ts';
import { c } from '../strings/index.ts';

/** For oneself only; the table says the same as the bars. */
export function ExposureMeter() {
  const [open, setOpen] = useState(false);
  const mine = exposure.value;
  if (mine === null) return null;
  const state = budget.value;
  return (
    <>
      <Button look="quiet" data-exposure={state} onClick={() => setOpen(true)}>
        <span class={`state ${state === 'ok' ? 'ok' : state === 'soft' ? 'warn' : 'alert'}`}>
          <Icon name={state === 'ok' ? 'check' : 'clock'} />
          {c.names.budgets[state]}
        </span>
      </Button>
      {open && <ExposureSheet mine={mine} onClose={() => setOpen(false)} />}
    </>
  );
}

function ExposureSheet({ mine, onClose }: { mine: Exposure; onClose: () => void }) {
  return (
    <Dialog title={c.exposure.title} onClose={onClose}>
      <p class="small muted">{c.exposure.only}</p>
      {mine.released_until_ms !== null && <p>{c.exposure.released(clockTime(mine.released_until_ms))}</p>}
      <table>
        <thead>
          <tr>
            {c.exposure.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {mine.budgets.map((one) => (
            <tr key={one.severity}>
              <th scope="row">{one.severity}</th>
              <td>
                {c.exposure.seconds(one.seconds)}
                {one.hard > 0 && (
                  <meter
                    min={0}
                    max={one.hard}
                    high={one.soft > 0 ? one.soft : one.hard}
                    value={Math.min(one.seconds, one.hard)}
                    aria-label={c.exposure.meter(c.names.severities[one.severity])}
                  />
                )}
              </td>
              <td>{one.soft > 0 ? c.exposure.seconds(one.soft) : c.exposure.noLimit}</td>
              <td>{one.hard > 0 ? c.exposure.seconds(one.hard) : c.exposure.noLimit}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}

export function BreakSuggestion() {
  if (!suggestBreak.value) return null;
  return (
    <Dialog
      title={c.exposure.softTitle}
      onClose={answerBreak}
      actions={
        <Button
          look="primary"
          onClick={() => {
            coverAll();
            answerBreak();
          }}
        >
          {c.exposure.softBreak}
        </Button>
      }
    >
      {c.exposure.softBody.map((line) => (
        <p key={line}>{line}</p>
      ))}
    </Dialog>
  );
}

export function LimitReached() {
  if (budget.value !== 'hard') return null;
  return (
    <div role="alert" data-limit>
      <Note tone="warn">
        <h2>{c.exposure.hardTitle}</h2>
        {c.exposure.hardBody.map((line) => (
          <p key={line}>{line}</p>
        ))}
        <Button onClick={() => void renewExposure().catch(() => undefined)}>{c.exposure.again}</Button>
      </Note>
    </div>
  );
}
