// Messages that disappear. This device deletes what is due, also what fell due while it was off: the message with all its
// versions, its picture, and the line that the list of conversations shows of it. What was chosen for a report stays with
// the report (reports.ts) until it is sent or discarded.
import { commit, type Core } from './core.ts';
import type { ChatMessage, Conversation, StoredMessage } from './model.ts';
import { put, remove, type Change } from './vault.ts';

/** The choices for a conversation, in seconds; the guard refuses others. */
export const TIMER_CHOICES = [0, 300, 3600, 86_400, 604_800, 2_419_200] as const;
const LONGEST_WAIT_MS = 60 * 60_000;

/** When a message that counts from `since` is deleted; null for one that stays. */
export const expiryOf = (message: Pick<ChatMessage, 'kind' | 'expiresAfter'>, since: number): number | null =>
  message.kind === 'timer' || message.expiresAfter === 0 ? null : since + message.expiresAfter * 1000;

/** What came while nobody looked starts to count when it is on the screen. */
export function seenNow(messages: readonly StoredMessage[], now: number): Change[] {
  return messages.flatMap((one) => {
    if (one.kind === 'notice' || one.mine || one.expiresAt !== null) return [];
    const expiresAt = expiryOf(one, now);
    return expiresAt === null ? [] : [put('messages', { ...one, expiresAt })];
  });
}

export class Expiry {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(private readonly core: Core) {}

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Deletes what is due and comes back for the next. Call it whenever something may have got a time. */
  async run(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const next = await this.core.serial.run(() => this.#deleteDue(Date.now()));
    if (next === null || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.run(), Math.min(LONGEST_WAIT_MS, Math.max(0, next - Date.now())));
  }

  async #deleteDue(now: number): Promise<number | null> {
    const { vault } = this.core;
    const all = await vault.all('messages');
    const timed = all.filter((one): one is ChatMessage => one.kind !== 'notice' && one.expiresAt !== null);
    const due = timed.filter((one) => (one.expiresAt ?? now) <= now);
    if (due.length > 0) {
      const kept = new Set(
        (await vault.all('reports')).flatMap((report) => report.messages.map((one) => one.attachment?.id ?? '')),
      );
      const changes: Change[] = due.flatMap((one) => [
        remove('messages', one.key),
        ...(one.attachment === null || kept.has(one.attachment.id) ? [] : [remove('pictures', one.attachment.id)]),
      ]);
      for (const edit of await vault.all('edits')) {
        if (due.some((one) => one.key === edit.target)) changes.push(remove('edits', edit.key));
      }
      for (const id of new Set(due.map((one) => one.conversation))) {
        const conversation = await vault.get('conversations', id);
        if (conversation !== null) changes.push(put('conversations', withoutLine(conversation, all, due)));
      }
      this.core.screen.announce(''); // it may still hold the words
      await commit(this.core, changes);
    }
    const left = timed.filter((one) => !due.includes(one)).map((one) => one.expiresAt ?? now);
    return left.length === 0 ? null : Math.min(...left);
  }
}

function withoutLine(conversation: Conversation, all: StoredMessage[], due: ChatMessage[]): Conversation {
  const left = all.filter((one) => one.conversation === conversation.id && !due.includes(one as ChatMessage));
  const newest = left
    .filter((one): one is ChatMessage => one.kind === 'text' || one.kind === 'picture')
    .sort((a, b) => b.order - a.order)[0];
  return { ...conversation, lastLine: newest?.body ?? '' };
}
