import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Config } from '../../shared/api/types.ts';
import type { Conversation } from '../state/model.ts';
import type { Messenger } from '../state/messenger.ts';
import { confirmedKeys } from '../state/own_devices.ts';
import { lockState, type LockState } from '../state/people.ts';
import { t } from '../../shared/strings/index.ts';

export interface AppValue {
  messenger: Messenger;
  config: Config;
}

export const AppContext = createContext<AppValue | null>(null);

export function useApp(): AppValue {
  const value = useContext(AppContext);
  if (value === null) throw new Error('outside of a signed-in page');
  return value;
}

/** The one honest state of a conversation, as every view shows it. */
export function useLock(conversation: Conversation): LockState {
  const { screen } = useApp().messenger.core;
  return lockState(conversation, screen.contacts.value, confirmedKeys(screen.devices.value));
}

export const titleOf = (conversation: Conversation): string =>
  t.common.and(conversation.members.map((member) => member.name));
