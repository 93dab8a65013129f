// What a match discloses: before the first check on every page, and at any time on a page of its own.
import { Button, Note } from '../../shared/components/parts.tsx';
import { link } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { confirmLevels } from '../state/levels.ts';
import { useApp } from './context.ts';
import { PageTop } from './page_top.tsx';

/** The guard's own words, one line for each class of the list. */
export function LevelLines() {
  const { messenger } = useApp();
  const checks = messenger.core.screen.checks.value;
  if (checks === null) return <p class="muted">{t.levels.noList}</p>;
  return (
    <ul class="stack-tight" data-level-lines>
      {checks.levels.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

export function LevelsBanner() {
  const { messenger } = useApp();
  const { checks, levelsRead } = messenger.core.screen;
  if (checks.value === null || levelsRead.value) return null;
  return (
    <div class="banner" data-ask-levels>
      <Note tone="info">
        <h2>{t.levels.title}</h2>
        <p>{t.levels.intro}</p>
        <LevelLines />
        <div class="row">
          <Button look="primary" onClick={() => void confirmLevels(messenger.core)}>
            {t.levels.read}
          </Button>
          <a class="button" href={link('privacy')}>
            {t.levels.page}
          </a>
        </div>
      </Note>
    </div>
  );
}

export function PrivacyPane() {
  const { messenger, config } = useApp();
  const checks = messenger.core.screen.checks.value;
  const list = messenger.core.screen.list.value;
  return (
    <div class="sheet stack">
      <PageTop>{t.levels.page}</PageTop>
      <section class="stack-tight">
        <h2>{t.details.checkTitle}</h2>
        {t.details.checkBody.map((paragraph) => (
          <p key={paragraph}>{paragraph}</p>
        ))}
        <LevelLines />
        {list !== null && <p class="small muted">{t.details.list(list.listName, list.version)}</p>}
        <p class="small muted">{t.levels.again}</p>
      </section>
      {checks !== null && (
        <section class="stack-tight">
          <h2>{t.levels.whatIsChecked}</h2>
          <ul class="stack-tight">
            {checks.checks.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <h2>{t.levels.whatLeaves}</h2>
          <ul class="stack-tight">
            {checks.disclosures.map(({ what, to }) => (
              <li key={what}>{t.levels.leavesRow(what, to)}</li>
            ))}
          </ul>
        </section>
      )}
      <section class="stack-tight" data-address={config.capture_days}>
        <h2>{t.levels.address}</h2>
        <p>{config.capture_days === 0 ? t.levels.addressNotKept : t.levels.addressKept(config.capture_days)}</p>
      </section>
    </div>
  );
}
