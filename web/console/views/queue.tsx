import type { CaseState, CaseSummary } from '../../shared/api/types.ts';
import { Button } from '../../shared/components/parts.tsx';
import { link } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { dateAndTime } from '../../shared/words.ts';

interface Props {
  state: CaseState;
  onState: (state: CaseState) => void;
  cases: CaseSummary[];
  open: string | null;
  more: boolean;
  onMore: () => void;
  onRefresh: () => void;
}

export function Queue({ state, onState, cases, open, more, onMore, onRefresh }: Props) {
  return (
    <>
      <div class="row queue-tools">
        {(['open', 'decided'] as const).map((one) => (
          <Button
            key={one}
            {...(state === one ? { look: 'primary' as const } : {})}
            aria-pressed={state === one}
            onClick={() => onState(one)}
          >
            {one === 'open' ? t.console.open : t.console.decided}
          </Button>
        ))}
        <Button look="quiet" onClick={onRefresh}>
          {t.console.refresh}
        </Button>
      </div>
      {cases.length === 0 ? (
        <div class="queue-empty stack-tight">
          <h2>{t.console.none}</h2>
          <p class="muted">{t.console.noneHint}</p>
        </div>
      ) : (
        <ul class="queue-list">
          {cases.map((one) => (
            <li key={one.report}>
              <a
                class="queue-entry"
                data-case={one.report}
                href={link('cases', one.report)}
                {...(one.report === open ? { 'aria-current': 'page' as const } : {})}
              >
                <strong>{t.report.reasons[one.reason]}</strong>
                <span class="small">
                  {t.console.messages(one.messages)}: {t.console.counts(one.verified, one.not_verified)}
                </span>
                <span class="small muted">{dateAndTime(one.received_ms)}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      {more && <Button onClick={onMore}>{t.console.more}</Button>}
    </>
  );
}
