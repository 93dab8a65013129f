import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Config } from '../../shared/api/types.ts';
import type { Conversation } from '../state/model.ts';
import type { Messenger } from '../state/messenger.ts';
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

export const titleOf = (conversation: Conversation): string =>
  t.common.and(conversation.members.map((member) => member.name));
