// Who is signed in, in this tab only: sessionStorage ends with the tab and is never sent by the browser itself.
import { signal, type ReadonlySignal } from '@preact/signals';
import { signOut as endOnService } from '../api/account_api.ts';
import { useToken } from '../api/http.ts';
import type { SessionAnswer } from '../api/types.ts';

const current = signal<SessionAnswer | null>(null);
let storageKey = '';

export const session: ReadonlySignal<SessionAnswer | null> = current;

const refused = signal(false);
let leaving = false;
/** True after the service has ended the session, and not the person: the next page says so. */
export const sessionEnded: ReadonlySignal<boolean> = refused;

/** `page` keeps the messenger's session apart from the console's, which live under one origin. */
export function restoreSession(page: 'messenger' | 'console'): void {
  storageKey = `lightkeeper-${page}-session`;
  const stored = sessionStorage.getItem(storageKey);
  if (stored !== null) {
    const answer = JSON.parse(stored) as SessionAnswer;
    if (answer.expires_ms > Date.now()) current.value = answer;
    else sessionStorage.removeItem(storageKey);
  }
  useToken(
    () => current.value?.token ?? null,
    () => {
      refused.value = !leaving;
      forgetSession();
    },
  );
}

export function beginSession(answer: SessionAnswer): void {
  sessionStorage.setItem(storageKey, JSON.stringify(answer));
  refused.value = false;
  current.value = answer;
}

export function forgetSession(): void {
  sessionStorage.removeItem(storageKey);
  current.value = null;
}

export async function endSession(): Promise<void> {
  leaving = true;
  try {
    await endOnService();
  } finally {
    leaving = false;
    forgetSession();
  }
}
