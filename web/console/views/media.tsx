// A reported file: a card with its facts first, then blurred and grey, then grey, then colour, each step a press of its
// own. The browser gets no more than the step that was asked for. What is shown lives in memory under a blob address
// that is revoked at the moment it is covered. Films are stills of key frames; there is no sound to play.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { EvidenceFile } from '../../shared/api/case_types.ts';
import { markViewed, openRendition, steps, type CaseMedium, type Severity, type Step } from '../../shared/api/review_api.ts';
import { Button, Note } from '../../shared/components/parts.tsx';
import { byteSize, errorCode } from '../../shared/words.ts';
import { announce } from '../state/announce.ts';
import { uncovered } from '../state/cover.ts';
import { budget, keepCounting, refused } from '../state/exposure.ts';
import { c } from '../strings/index.ts';
import { problemInWords } from '../words.ts';
import { ClassBadge } from './badges.tsx';
import { Problem, useDeed } from './parts.tsx';

interface Shown {
  url: string;
  step: Step;
  frame: number;
}

/** Opens renditions of one file and covers them again; at most one is open. */
function useRendition(id: string, item: number) {
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState('');
  const open = useRef<(() => void) | null>(null);
  const asked = useRef(0);

  const cover = (): void => {
    asked.current++; // an answer that is still on its way is not shown any more
    open.current?.();
    open.current = null;
    setShown(null);
  };
  useLayoutEffect(() => cover, []);

  const show = async (step: Step, frame: number): Promise<boolean> => {
    cover();
    setProblem('');
    const mine = asked.current;
    // From the press on: a window that loses the focus while the picture travels gets no picture.
    const forget = uncovered(() => {
      cover();
      announce(c.media.covered);
    });
    open.current = forget;
    try {
      const { picture, view } = await openRendition(id, item, step, frame);
      const stop = keepCounting(view);
      if (mine !== asked.current) {
        stop();
        return false;
      }
      const url = URL.createObjectURL(picture);
      open.current = () => {
        URL.revokeObjectURL(url);
        forget();
        stop();
      };
      setShown({ url, step, frame });
      return true;
    } catch (error) {
      if (mine === asked.current) cover();
      if (errorCode(error) === 'exposure_budget') refused();
      else setProblem(`${c.media.failed} ${problemInWords(error)}`);
      return false;
    }
  };
  return { shown, problem, show, cover };
}

interface Props {
  id: string;
  attachment: EvidenceFile;
  medium: CaseMedium | undefined;
  onChanged: () => void;
}

export function MediaCard({ id, attachment, medium, onChanged }: Props) {
  const { item, stored } = attachment;
  const { shown, problem, show, cover } = useRendition(id, item);
  // Frames that were opened in grey or colour while this page was open; the service knows about earlier ones.
  const [seen, setSeen] = useState<ReadonlySet<number>>(new Set());
  const [frame, setFrame] = useState(0);
  const [opened, setOpened] = useState<ReadonlySet<Step>>(new Set());
  useEffect(() => setOpened((before) => new Set([...before, ...(medium?.steps ?? [])])), [medium]);
  const frames = medium?.frames ?? 1;
  // Not before the card is there: reading it is the first step, and the service asks for it.
  const openable = stored && medium !== undefined && frames > 0;
  const locked = budget.value === 'hard';

  const press = async (step: Step, at: number): Promise<void> => {
    if (!(await show(step, at))) return;
    setFrame(at);
    setOpened(new Set([...opened, step]));
    if (step !== 'blurred') setSeen(new Set([...seen, at]));
    announce(c.media.shown(c.names.steps[step]));
  };
  // A covered file starts with the first step again, also when it was open in colour a moment ago.
  const next: Step | undefined = shown === null ? 'blurred' : steps[steps.indexOf(shown.step) + 1];
  return (
    <figure class="media stack-tight" data-medium={item} aria-label={c.media.title(item)}>
      <figcaption class="stack-tight">
        <div class="row spread">
          <strong>{c.media.title(item)}</strong>
          <ClassBadge of={attachment.class} />
        </div>
        <span>
          {c.media.facts(attachment.media_type, byteSize(attachment.size))}
          {frames > 1 && `, ${c.media.frames(frames)}`}
        </span>
        <span class="small muted">
          {c.media.hash}: <code class="hash">{attachment.sha256}</code>
        </span>
        {attachment.why !== '' && <span class="small muted">{attachment.why}</span>}
      </figcaption>
      {medium !== undefined && medium.seen_before > 0 && (
        <Note tone="info">
          <p>{c.media.seenBefore(medium.seen_before)}</p>
        </Note>
      )}
      {shown === null ? (
        <p class="small muted">{!stored ? c.media.gone : frames === 0 ? c.media.unsupported : locked ? c.media.locked : c.media.hidden}</p>
      ) : (
        <div class="picture-frame">
          <img class="case-image" src={shown.url} alt={c.media.alt(c.names.steps[shown.step])} data-step={shown.step} />
        </div>
      )}
      <Problem text={problem} />
      {openable && (
        <>
          {frames > 1 && (
            <div class="row" role="group" aria-label={c.media.frameStrip}>
              {Array.from({ length: frames }, (_, at) => (
                <Button
                  key={at}
                  class="small-button"
                  aria-label={c.media.frame(at + 1, frames)}
                  aria-pressed={shown !== null && shown.frame === at}
                  disabled={locked}
                  onClick={() => void press(shown?.step ?? 'blurred', at)}
                >
                  {at + 1}
                  {seen.has(at) && ' ✓'}
                </Button>
              ))}
            </div>
          )}
          <div class="row">
            {next !== undefined && (
              <Button icon="eye" disabled={locked} onClick={() => void press(next, frame)}>
                {c.media.show[next]}
              </Button>
            )}
            {shown !== null && (
              <Button icon="cover" onClick={cover}>
                {c.media.cover}
              </Button>
            )}
          </div>
          <Whole
            id={id}
            item={item}
            viewed={medium?.viewed ?? false}
            left={frames === 1 && (opened.has('grey') || opened.has('colour')) ? 0 : frames - seen.size}
            partly={medium?.every_frame === false}
            anything={opened.size > 0}
            onChanged={onChanged}
          />
        </>
      )}
    </figure>
  );
}

interface WholeProps {
  id: string;
  item: number;
  viewed: boolean;
  left: number;
  partly: boolean;
  anything: boolean;
  onChanged: () => void;
}

/** The deed behind "viewed" in a report: a statement of a person that the service signs, never a default. */
function Whole({ id, item, viewed, left, partly, anything, onChanged }: WholeProps) {
  const [severity, setSeverity] = useState<Severity | null>(null);
  const { busy, problem, run } = useDeed();
  if (viewed) {
    return (
      <Note tone="ok">
        <p>{c.media.viewed}</p>
      </Note>
    );
  }
  if (!anything) return null;
  const sign = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (severity === null) return;
    const done = await run(async () => {
      await markViewed(id, item, severity);
    });
    if (done) {
      announce(c.media.viewed);
      onChanged();
    }
  };
  return (
    <details class="whole">
      <summary>{partly ? c.media.wholeFrames : c.media.whole}</summary>
      <form class="stack-tight" onSubmit={(event) => void sign(event)}>
        <p class="small muted">{left > 0 ? c.media.wholeNotYet(left) : partly ? c.media.partlyHint : c.media.wholeHint}</p>
        <fieldset class="stack-tight">
          <legend class="small">{c.media.severity}</legend>
          {c.names.severities.map((words, at) => (
            <label class="choice tight" key={words}>
              <input type="radio" name={`severity-${item}`} checked={severity === at} onChange={() => setSeverity(at as Severity)} />
              <span>{words}</span>
            </label>
          ))}
        </fieldset>
        <Problem text={problem} />
        <Button type="submit" disabled={busy || severity === null || left > 0}>
          {c.media.sign}
        </Button>
      </form>
    </details>
  );
}
