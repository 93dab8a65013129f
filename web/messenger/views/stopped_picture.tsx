import { useState } from 'preact/hooks';
import type { Id } from '../../shared/api/types.ts';
import { Button, Dialog, Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import type { Verdict } from '../guard/client.ts';
import { useApp } from './context.ts';
import { CopyButton } from './copy_button.tsx';
import { HelpDialog } from './help.tsx';
import { Told } from './told.tsx';

type Open = 'none' | 'means' | 'help' | 'mistake';

/** Nothing of the picture is shown here, and nothing is said about the person. */
export function StoppedPicture({ verdict, voucher, onRemove }: { verdict: Verdict; voucher: Id | null; onRemove: () => void }) {
  const [open, setOpen] = useState<Open>('none');
  const close = (): void => setOpen('none');
  return (
    <div data-verdict="stopped">
      <Note tone="warn">
        <p>
          <strong>{t.picture.stoppedTitle}</strong> {t.picture.stopped}
        </p>
        <Told verdict={verdict} voucher={voucher} nobody={t.picture.nobodyTold} />
        <div class="row">
          <Button onClick={() => setOpen('means')}>{t.picture.whatThisMeans}</Button>
          <Button onClick={() => setOpen('help')}>{t.picture.help}</Button>
          <Button onClick={() => setOpen('mistake')}>{t.picture.mistake}</Button>
          <Button look="quiet" onClick={onRemove}>
            {t.picture.remove}
          </Button>
        </div>
      </Note>
      {open === 'means' && <Means told={voucher !== null} onClose={close} />}
      {open === 'help' && <HelpDialog onClose={close} />}
      {open === 'mistake' && <Mistake verdict={verdict} told={voucher !== null} onClose={close} />}
    </div>
  );
}

function Means({ told, onClose }: { told: boolean; onClose: () => void }) {
  const { config } = useApp();
  return (
    <Dialog title={t.means.title} onClose={onClose}>
      {t.means.body.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <p>{told ? t.means.told : t.means.nobody}</p>
      {config.demo && <p class="muted">{t.means.test}</p>}
    </Dialog>
  );
}

function Mistake({ verdict, told, onClose }: { verdict: Verdict; told: boolean; onClose: () => void }) {
  const match = verdict.match;
  const details =
    match === undefined
      ? ''
      : [
          t.mistake.list(match.manifestVersion),
          t.mistake.facts(match.provenance, match.category, match.distance, match.hypothesis),
        ].join('\n');
  return (
    <Dialog
      title={t.mistake.title}
      onClose={onClose}
      actions={details !== '' && <CopyButton text={details} label={t.mistake.copy} />}
    >
      {t.mistake.body.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <p>{told ? t.mistake.told : t.mistake.nobody}</p>
      {details !== '' && (
        <div class="stack-tight">
          <span class="legend">{t.mistake.details}</span>
          <p class="code details-text">{details}</p>
        </div>
      )}
    </Dialog>
  );
}
