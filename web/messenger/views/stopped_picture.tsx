import { useState } from 'preact/hooks';
import { Button, Dialog, Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import type { Verdict } from '../guard/client.ts';
import { useApp } from './context.ts';
import { CopyButton } from './copy_button.tsx';

type Open = 'none' | 'means' | 'help' | 'mistake';

/** Nothing of the picture is shown here, and nothing is said about the person. */
export function StoppedPicture({ verdict, onRemove }: { verdict: Verdict; onRemove: () => void }) {
  const [open, setOpen] = useState<Open>('none');
  const close = (): void => setOpen('none');
  return (
    <div data-verdict="stopped">
      <Note tone="warn">
        <p>
          <strong>{t.picture.stoppedTitle}</strong> {t.picture.stopped}
        </p>
        <p class="small muted">{t.picture.nobodyTold}</p>
        <div class="row">
          <Button onClick={() => setOpen('means')}>{t.picture.whatThisMeans}</Button>
          <Button onClick={() => setOpen('help')}>{t.picture.help}</Button>
          <Button onClick={() => setOpen('mistake')}>{t.picture.mistake}</Button>
          <Button look="quiet" onClick={onRemove}>
            {t.picture.remove}
          </Button>
        </div>
      </Note>
      {open === 'means' && <Means onClose={close} />}
      {open === 'help' && <Help onClose={close} />}
      {open === 'mistake' && <Mistake verdict={verdict} onClose={close} />}
    </div>
  );
}

function Means({ onClose }: { onClose: () => void }) {
  const { config } = useApp();
  return (
    <Dialog title={t.means.title} onClose={onClose}>
      {t.means.body.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      {config.demo && <p class="muted">{t.means.test}</p>}
    </Dialog>
  );
}

function Help({ onClose }: { onClose: () => void }) {
  const { config } = useApp();
  return (
    <Dialog title={t.help.title} onClose={onClose}>
      {t.help.body.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <p>
        <a href="https://childhelplineinternational.org/helplines/" target="_blank" rel="noreferrer noopener">
          {t.help.find}
        </a>
      </p>
      {config.demo && <p class="small muted">{t.help.operator}</p>}
    </Dialog>
  );
}

function Mistake({ verdict, onClose }: { verdict: Verdict; onClose: () => void }) {
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
      {details !== '' && (
        <div class="stack-tight">
          <span class="legend">{t.mistake.details}</span>
          <p class="code details-text">{details}</p>
        </div>
      )}
    </Dialog>
  );
}
