// A picture in the conversation. Nothing of it is on the screen before this device has checked it; covered, only an
// eight by eight grey blur of it is drawn, and looking takes two deliberate steps.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../shared/components/icon.tsx';
import { Button, Dialog, Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';
import type { ChatMessage, StoredPicture } from '../state/model.ts';
import type { Arrival } from '../state/pictures.ts';
import { setBlocked } from '../state/people.ts';
import { useApp } from './context.ts';
import { PictureView } from './picture_view.tsx';
import { Told } from './told.tsx';

interface Props {
  message: ChatMessage;
  name: string;
  reportLink: string;
}

export function ReceivedPicture({ message, name, reportLink }: Props) {
  const { messenger } = useApp();
  const [arrival, setArrival] = useState<Arrival | null>(null);
  const [attempt, setAttempt] = useState(0);
  const levelsRead = messenger.core.screen.levelsRead.value;
  useEffect(() => {
    let gone = false;
    setArrival(null);
    void messenger.openPicture(message).then((result) => {
      if (gone) return;
      setArrival(result);
      if (result.state === 'covered') messenger.core.screen.announce(`${t.picture.coveredTitle} ${t.picture.covered}`);
    });
    return () => {
      gone = true;
    };
  }, [message.key, attempt, levelsRead]);

  if (arrival === null) return <p class="picture-wait muted small">{t.picture.receiving}</p>;
  switch (arrival.state) {
    case 'shown':
      return <PictureView picture={arrival.picture} alt={t.picture.alt(name)} />;
    case 'covered':
      return <CoveredPicture message={message} picture={arrival.picture} name={name} reportLink={reportLink} />;
    case 'unread':
      return <p class="picture-wait muted small">{t.picture.coveredForLevels}</p>;
    case 'refused':
      return <Note tone="info">{t.picture.refusedReceived}</Note>;
    case 'unchecked':
      return (
        <Note tone="warn">
          <p>
            {t.picture.unchecked} {inWords(arrival.error)}
          </p>
          <div class="row">
            <Button onClick={() => setAttempt(attempt + 1)}>{t.common.tryAgain}</Button>
          </div>
        </Note>
      );
  }
}

function CoveredPicture({ message, picture, name, reportLink }: Props & { picture: StoredPicture }) {
  const { messenger } = useApp();
  const [step, setStep] = useState<'covered' | 'why' | 'ask' | 'shown'>('covered');
  const contact = messenger.core.screen.contacts.value.get(message.sender);

  if (step === 'shown') {
    return (
      <div class="stack-tight">
        <PictureView picture={picture} alt={t.picture.alt(name)} />
        <Button icon="cover" onClick={() => setStep('covered')}>
          {t.picture.coverAgain}
        </Button>
      </div>
    );
  }
  return (
    <div class="covered" data-covered>
      <Blur picture={picture} />
      <p>
        <strong>{t.picture.coveredTitle}</strong> {t.picture.covered}
      </p>
      <Told
        verdict={picture.verdict}
        voucher={picture.voucher ?? null}
        nobody={picture.verdict.level === 'prevent' ? t.picture.nobodyToldEver : t.picture.nobodyToldReceived}
      />
      {step !== 'covered' && <p class="small">{t.picture.whyBody}</p>}
      <div class="row">
        <a class="button" href={reportLink}>
          <Icon name="flag" />
          {t.conversation.report}
        </a>
        {contact !== undefined && (
          <Button icon="block" onClick={() => void setBlocked(messenger.core, contact, true)}>
            {t.conversation.block}
          </Button>
        )}
        {step === 'covered' ? (
          <Button look="quiet" onClick={() => setStep('why')}>
            {t.picture.showWhy}
          </Button>
        ) : (
          <Button look="quiet" onClick={() => setStep('ask')}>
            {t.picture.reveal}
          </Button>
        )}
      </div>
      {step === 'ask' && (
        <Dialog
          title={t.picture.revealAsk}
          onClose={() => setStep((now) => (now === 'ask' ? 'why' : now))}
          actions={<Button onClick={() => setStep('shown')}>{t.picture.revealYes}</Button>}
        >
          <p>{t.picture.revealBody}</p>
        </Dialog>
      )}
    </div>
  );
}

const BLUR_SIDE = 8;

/** The picture reduced to 64 grey squares before anything is drawn; the original never reaches the page here. */
function Blur({ picture }: { picture: StoredPicture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let gone = false;
    const draw = async (): Promise<void> => {
      const blob = new Blob([picture.bytes], { type: picture.mediaType });
      const options = { resizeWidth: BLUR_SIDE, resizeHeight: BLUR_SIDE, resizeQuality: 'high' } as const;
      const small = await createImageBitmap(blob, options);
      const context = canvas.current?.getContext('2d');
      if (gone || context == null) return;
      context.filter = 'grayscale(1) contrast(0.5)';
      context.drawImage(small, 0, 0);
      small.close();
    };
    draw().catch(() => undefined); // the card says all that matters without the blur
    return () => {
      gone = true;
    };
  }, [picture]);
  return <canvas ref={canvas} class="blur" width={BLUR_SIDE} height={BLUR_SIDE} role="img" aria-label={t.picture.coveredAlt} />;
}
