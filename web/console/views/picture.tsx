// A reported picture: facts first, then blurred and grey, then grey, then colour, each a deliberate step. It is fetched
// at the first step only, kept in memory only, and covered again when the page loses the focus or `h` is pressed.
import { useEffect, useState } from 'preact/hooks';
import { readCasePicture } from '../../shared/api/reviewer_api.ts';
import type { CaseAttachment } from '../../shared/api/types.ts';
import { Button, Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import { byteSize, inWords } from '../../shared/words.ts';
import { FindingBadge } from './finding.tsx';

type Step = 'hidden' | 'blurred' | 'grey' | 'colour';
const next: Record<Exclude<Step, 'colour'>, [Step, string]> = {
  hidden: ['blurred', t.console.showBlurred],
  blurred: ['grey', t.console.showGrey],
  grey: ['colour', t.console.showColour],
};

interface Props {
  report: string;
  message: number;
  attachment: CaseAttachment;
}

export function CasePicture({ report, message, attachment }: Props) {
  const [step, setStep] = useState<Step>('hidden');
  const [url, setUrl] = useState('');
  const [problem, setProblem] = useState('');

  useEffect(() => {
    const hide = (): void => setStep('hidden');
    addEventListener('hide-pictures', hide);
    addEventListener('blur', hide);
    return () => {
      removeEventListener('hide-pictures', hide);
      removeEventListener('blur', hide);
    };
  }, []);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  useEffect(() => {
    if (step === 'hidden') setUrl('');
  }, [step]);

  const advance = async (to: Step): Promise<void> => {
    setProblem('');
    try {
      if (url === '') setUrl(URL.createObjectURL(await readCasePicture(report, message, attachment.index)));
      setStep(to);
    } catch (error) {
      setProblem(`${t.console.pictureFailed} ${inWords(error)}`);
    }
  };

  return (
    <div class="case-picture stack-tight">
      <div class="row spread">
        <span>{t.console.pictureFacts(attachment.media_type, byteSize(attachment.size))}</span>
        <FindingBadge finding={attachment.finding} />
      </div>
      {attachment.why !== '' && <p class="small muted">{attachment.why}</p>}
      {step === 'hidden' ? (
        <p class="small muted">{attachment.stored ? t.console.pictureHidden : t.console.pictureGone}</p>
      ) : (
        <div class="picture-frame">
          <img class={`case-image ${step}`} src={url} alt={t.console.pictureAlt} data-step={step} />
        </div>
      )}
      {problem !== '' && (
        <Note tone="alert" role="alert">
          {problem}
        </Note>
      )}
      <div class="row">
        {attachment.stored && step !== 'colour' && <Button onClick={() => void advance(next[step][0])}>{next[step][1]}</Button>}
        {step !== 'hidden' && <Button onClick={() => setStep('hidden')}>{t.console.hide}</Button>}
      </div>
    </div>
  );
}
