import { Icon } from '../../shared/components/icon.tsx';
import { t } from '../../shared/strings/index.ts';
import type { LockState } from '../state/people.ts';

/** The honest state of the conversation: icon and words, always there, never colour alone. */
export function Lock({ state }: { state: LockState }) {
  if (state === 'unverified') {
    return (
      <p class="lock state warn small">
        <Icon name="lock-open" />
        {t.lock.unverified}
      </p>
    );
  }
  return (
    <p class="lock small">
      <span class="state ok">
        <Icon name="lock" />
        <span class="visually-hidden">{t.lock.encrypted}: </span>
      </span>
      <span class="muted">{t.lock.words}</span>
    </p>
  );
}
