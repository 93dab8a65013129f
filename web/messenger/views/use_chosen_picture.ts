// The picture a person has chosen, from choosing to the verdict. The check starts here, not when "Send" is pressed.
import { useRef, useState } from 'preact/hooks';
import type { Id } from '../../shared/api/types.ts';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';
import type { CheckedPicture } from '../guard/client.ts';
import { maySend, type ChosenCheck } from '../state/pictures.ts';
import { useApp } from './context.ts';

export type Chosen = { file: File } & (
  | { state: 'checking' }
  | { state: 'ready'; checked: CheckedPicture }
  | ({ state: 'stopped' } & ChosenCheck)
  | { state: 'failed'; error: unknown }
);

export interface ChosenPictureControl {
  value: Chosen | null;
  choose: (file: File) => void;
  clear: () => void;
}

export function useChosenPicture(conversation: Id): ChosenPictureControl {
  const { messenger } = useApp();
  const [value, setValue] = useState<Chosen | null>(null);
  const turn = useRef(0); // a verdict for a picture that was replaced meanwhile is dropped

  const choose = (file: File): void => {
    const mine = ++turn.current;
    const settle = (next: Chosen, words: string): void => {
      if (turn.current !== mine) return;
      setValue(next);
      messenger.core.screen.announce(words);
    };
    setValue({ file, state: 'checking' });
    messenger.checkChosen(conversation, file).then(
      ({ checked, voucher }) =>
        maySend(checked)
          ? settle({ file, state: 'ready', checked }, t.picture.ready)
          : settle({ file, state: 'stopped', checked, voucher }, `${t.picture.stoppedTitle} ${t.picture.stopped}`),
      (error: unknown) => settle({ file, state: 'failed', error }, inWords(error)),
    );
  };
  const clear = (): void => {
    turn.current++;
    setValue(null);
  };
  return { value, choose, clear };
}
