// Reporting: the person chooses messages, sees exactly what would leave, and only then it leaves. What was chosen is kept
// on this device until it is sent or discarded, also when the messages themselves disappear, the tab closes, or there is
// no connection. The client id is made with the draft, so that sending twice files it once.
import { sendReport } from '../../shared/api/messenger_api.ts';
import { isTransient } from '../../shared/api/http.ts';
import type { Id, ReportBody, ReportReason } from '../../shared/api/types.ts';
import { newId } from '../../shared/bytes.ts';
import { commit, type Core } from './core.ts';
import type { ChatMessage, FrankEvidence, KeptReport, StoredMessage } from './model.ts';
import { put, remove } from './vault.ts';
import { vouchersOfReport } from './vouchers.ts';

const RETRY_MS = 5000;

export const newDraft = (conversation: Id, alleged: Id, messages: ChatMessage[], reason: ReportReason): KeptReport => ({
  clientId: newId(),
  state: 'draft',
  savedAt: Date.now(),
  conversation,
  alleged,
  reason,
  note: '',
  statement: '',
  messages,
  left: [],
});

/** Only what the service has accepted carries a stamp and can be reported. */
export const isReportable = (message: ChatMessage): boolean =>
  message.status === 'accepted' && message.evidence.stamp_b64 !== '';

export interface SharedVersion {
  key: string;
  seq: number;
  at: number;
  body: string;
  evidence: FrankEvidence;
  /** The first is the message as it was sent. */
  edit: boolean;
}

/** A message in all its versions, each of which is proved by its own stamp. */
export const versionsOf = (message: ChatMessage): SharedVersion[] =>
  [
    { seq: message.order, at: message.at, body: message.firstBody ?? message.body, evidence: message.evidence, edit: false },
    ...message.versions.map((version) => ({ ...version, edit: true })),
  ].map((version) => ({ ...version, key: `${message.key}#${version.seq}` }));

export const sharedVersions = (draft: KeptReport, message: ChatMessage): SharedVersion[] =>
  versionsOf(message).filter((version) => !draft.left.includes(version.key));

/** Positions between the first and the last of these that are none of these, as ranges. */
export function gapsBetween(positions: readonly number[]): [number, number][] {
  const sorted = [...new Set(positions)].sort((a, b) => a - b);
  return sorted.flatMap((at, index): [number, number][] => {
    const before = sorted[index - 1];
    return before === undefined || at === before + 1 ? [] : [[before + 1, at - 1]];
  });
}

/** Every position of which this device holds something, if only a line that it could not be shown. */
export const positionsHeld = (messages: readonly StoredMessage[]): number[] =>
  messages.flatMap((one) =>
    one.kind === 'notice'
      ? Number.isInteger(one.order) && one.order > 0
        ? [one.order]
        : []
      : one.status === 'accepted'
        ? [one.order, ...one.versions.map((version) => version.seq)]
        : [],
  );

function bodyOf(draft: KeptReport): ReportBody {
  return {
    client_id: draft.clientId,
    reason: draft.reason,
    note: draft.note,
    alleged: draft.alleged,
    messages: draft.messages.flatMap((message) => sharedVersions(draft, message).map((version) => version.evidence)),
    ...(draft.statement.trim() === '' ? {} : { statement: draft.statement }),
  };
}

/** Whether what this device found about a covered picture goes with the report: said before it is sent. */
export const takesMatchAlong = async (core: Core, draft: KeptReport): Promise<boolean> =>
  (await vouchersOfReport(core, withSomething(draft))).length > 0;

const withSomething = (draft: KeptReport): ChatMessage[] =>
  draft.messages.filter((message) => sharedVersions(draft, message).length > 0);

export class ReportBox {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | null = null;

  /** `onVouchers`: some wait to be sent. */
  constructor(
    private readonly core: Core,
    private readonly onVouchers: () => void,
  ) {}

  stop(): void {
    clearTimeout(this.#timer);
  }

  keep(draft: KeptReport): Promise<void> {
    return commit(this.core, [put('reports', { ...draft, savedAt: Date.now() })]);
  }

  discard(clientId: Id): Promise<void> {
    return commit(this.core, [remove('reports', clientId)]);
  }

  /** The report's number, or null while there is no connection: then it is sent later by itself. */
  async file(draft: KeptReport): Promise<Id | null> {
    await this.keep({ ...draft, state: 'waiting' });
    try {
      return await this.#send(draft);
    } catch (error) {
      if (!isTransient(error)) {
        await this.keep({ ...draft, state: 'draft' });
        throw error;
      }
      this.#later();
      return null;
    }
  }

  /** Sends what waits. Calls while one is running join it. */
  flush(): Promise<void> {
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #sendAll(): Promise<void> {
    clearTimeout(this.#timer);
    for (const kept of await this.core.vault.all('reports')) {
      if (kept.state !== 'waiting') continue;
      try {
        await this.#send(kept);
      } catch (error) {
        if (isTransient(error)) return this.#later();
        await this.keep({ ...kept, state: 'draft' }); // refused: the person finds it among what was not sent
      }
    }
  }

  async #send(draft: KeptReport): Promise<Id> {
    const { report } = await sendReport(bodyOf(draft));
    // Only now, and with the same write that forgets the report: a report that is not sent takes no match along.
    const vouchers = await vouchersOfReport(this.core, withSomething(draft));
    await commit(this.core, [remove('reports', draft.clientId), ...vouchers.map((one) => put('vouchers', one))]);
    if (vouchers.length > 0) this.onVouchers();
    return report;
  }

  #later(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), RETRY_MS);
  }
}
