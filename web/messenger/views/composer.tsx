import { useRef, useState } from 'preact/hooks';
import { Button, Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import { inWords } from '../../shared/words.ts';
import type { CheckedPicture } from '../guard/client.ts';
import type { Conversation } from '../state/model.ts';
import { ChosenPicture } from './chosen_picture.tsx';
import { useChosenPicture } from './use_chosen_picture.ts';
import { useApp } from './context.ts';

const ACCEPTED = 'image/jpeg,image/png,image/webp';

export function Composer({ conversation }: { conversation: Conversation }) {
  const { messenger, config } = useApp();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState('');
  const [sending, setSending] = useState(false);
  const picture = useChosenPicture(conversation.id);
  const input = useRef<HTMLTextAreaElement>(null);
  const fileInput = useRef<HTMLInputElement>(null);

  const chosen = picture.value;
  const ready = chosen === null ? text.trim() !== '' : chosen.state === 'ready';

  // A text leaves the field at once, so that the next one can be written while it is sealed.
  const sendText = async (): Promise<void> => {
    const body = text.trim();
    setText('');
    try {
      await messenger.sendText(conversation.id, body);
    } catch (error) {
      setText(body);
      setProblem(inWords(error));
    }
  };
  const sendPicture = async (checked: CheckedPicture): Promise<void> => {
    setSending(true);
    try {
      await messenger.sendPicture(conversation.id, checked, text.trim());
      picture.clear();
      setText('');
    } catch (error) {
      setProblem(inWords(error));
    } finally {
      setSending(false);
    }
  };
  const send = async (): Promise<void> => {
    if (!ready || sending) return;
    setProblem('');
    await (chosen?.state === 'ready' ? sendPicture(chosen.checked) : sendText());
    input.current?.focus();
  };

  const choose = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file !== undefined) picture.choose(file);
    if (fileInput.current !== null) fileInput.current.value = '';
  };

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        choose(event.dataTransfer?.files);
      }}
    >
      {chosen !== null && (
        <ChosenPicture
          chosen={chosen}
          onRemove={() => {
            picture.clear();
            input.current?.focus();
          }}
          onRetry={() => picture.choose(chosen.file)}
        />
      )}
      {problem !== '' && (
        <Note tone="alert" role="alert">
          <p>
            {problem} {t.picture.notSent}
          </p>
          <div class="row">
            <Button onClick={() => void send()}>{t.common.tryAgain}</Button>
          </div>
        </Note>
      )}
      <div class="composer-row">
        <input
          ref={fileInput}
          class="visually-hidden"
          type="file"
          accept={ACCEPTED}
          tabIndex={-1}
          aria-label={t.conversation.addPicture}
          onChange={(event) => choose(event.currentTarget.files)}
        />
        <Button look="plain" icon="picture" aria-label={t.conversation.addPicture} onClick={() => fileInput.current?.click()} />
        <textarea
          ref={input}
          class="composer-text"
          rows={1}
          value={text}
          aria-label={t.conversation.write}
          placeholder={t.conversation.placeholder}
          maxLength={8000}
          onInput={(event) => setText(event.currentTarget.value)}
          onPaste={(event) => {
            if ((event.clipboardData?.files.length ?? 0) > 0) choose(event.clipboardData?.files);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
              event.preventDefault();
              void send();
            }
          }}
        />
        <Button type="submit" look="primary" icon="send" disabled={!ready || sending}>
          <span class="send-word">{t.conversation.send}</span>
        </Button>
      </div>
      {chosen === null && config.demo && config.test_picture !== null && (
        <p class="small muted composer-foot">
          <a href={config.test_picture} download>
            {t.picture.testPicture}
          </a>{' '}
          {t.picture.testPictureHint}
        </p>
      )}
    </form>
  );
}
