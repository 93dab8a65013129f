import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../../shared/components/icon.tsx';
import { Button, Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';
import type { CheckedPicture } from '../guard/client.ts';
import { useApp } from './context.ts';
import { PreviewOf } from './picture_view.tsx';
import { StoppedPicture } from './stopped_picture.tsx';
import type { Chosen } from './use_chosen_picture.ts';

interface Props {
  chosen: Chosen;
  onRemove: () => void;
  onRetry: () => void;
}

export function ChosenPicture({ chosen, onRemove, onRetry }: Props) {
  switch (chosen.state) {
    case 'checking':
      return <Checking onRemove={onRemove} />;
    case 'ready':
      return (
        <div class="tray" data-verdict="ready">
          <PreviewOf clean={chosen.checked.clean} alt={t.picture.altOwn} />
          <span class="state ok small tray-state">
            <Icon name="check" />
            {readyWords(chosen.checked)}
          </span>
          <Button look="plain" icon="close" aria-label={t.picture.remove} onClick={onRemove} />
        </div>
      );
    case 'stopped':
      return <StoppedPicture verdict={chosen.checked.verdict} voucher={chosen.voucher} onRemove={onRemove} />;
    case 'failed':
      return (
        <div data-verdict="failed">
          <Note tone="alert">
            <p>{inWords(chosen.error)}</p>
            <div class="row">
              <Button onClick={onRetry}>{t.common.tryAgain}</Button>
              <Button look="quiet" onClick={onRemove}>
                {t.picture.remove}
              </Button>
            </div>
          </Note>
        </div>
      );
  }
}

const readyWords = ({ verdict }: CheckedPicture): string =>
  verdict.reasons.some((reason) => reason.code === 'low_quality') ? t.picture.lowQuality : t.picture.ready;

const QUIET_MS = 400;

/** Says nothing for the first 400 ms, then a quiet line. */
function Checking({ onRemove }: { onRemove: () => void }) {
  const { checks, levelsRead } = useApp().messenger.core.screen;
  const asks = checks.value !== null && !levelsRead.value;
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class="tray" data-verdict="checking">
      <span class="small muted tray-state" role="status">
        {asks ? t.picture.waitsForLevels : slow ? t.picture.checking : ''}
      </span>
      <progress class="tray-progress" aria-label={t.picture.checking} />
      <Button look="plain" icon="close" aria-label={t.picture.remove} onClick={onRemove} />
    </div>
  );
}
