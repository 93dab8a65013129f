// Match vouchers: how the service learns of a match, where the list says so (`disclose`, at the moment of the match) or where
// the person does (`offer`, with their own report). What is still to be told is kept until the service has it, so a closed
// tab or a lost connection loses nothing; the client id makes it one voucher however often it is sent. At `prevent` nothing
// comes here.
import { isTransient, ServiceError } from '../../shared/api/http.ts';
import { downloadAttachment, sendVoucher, uploadAttachment } from '../../shared/api/messenger_api.ts';
import type { Id } from '../../shared/api/types.ts';
import { fromBase64Url, newId, toBase64Url, toHex } from '../../shared/bytes.ts';
import { handedOver, LightkeeperError, type CheckedPicture, type Verdict, type VoucherMessage } from '../guard/client.ts';
import { commit, type Core } from './core.ts';
import { ensureList } from './epoch.ts';
import type { ChatMessage, FrankEvidence, KeptVoucher } from './model.ts';
import { put, remove } from './vault.ts';

const RETRY_MS = 5000;

/** One for a message, whichever of the person's devices makes it: the service takes the first and knows the others. */
async function idFor(message: ChatMessage): Promise<Id> {
  const name = new TextEncoder().encode(`lightkeeper voucher, received: ${message.key}`);
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', name)).subarray(0, 16));
}

const messageOf = (evidence: FrankEvidence): VoucherMessage => ({
  contentBytes: fromBase64Url(evidence.content_b64),
  attachment: 0,
  openingKey: fromBase64Url(evidence.opening_key_b64),
  stamped: { context: fromBase64Url(evidence.context_b64), stamp: fromBase64Url(evidence.stamp_b64) },
});

/** At `disclose`, a picture that was stopped: kept sealed until the service has the voucher. Null at the other levels. */
export async function tellOfStopped(core: Core, conversation: Id, checked: CheckedPicture): Promise<Id | null> {
  if (checked.verdict.level !== 'disclose') {
    await core.guard.cancel(checked.check);
    return null;
  }
  const { ciphertext, descriptor } = await core.guard.sealAttachment(checked.clean.bytes, checked.clean.type);
  const clientId = newId();
  const stopped = { ciphertext, descriptor, uploaded: false };
  core.matches.set(clientId, checked.check);
  await commit(core, [
    put('vouchers', { clientId, state: 'waiting', conversation, voucher_b64: null, stopped, reported: null }),
  ]);
  return clientId;
}

/** At `disclose`, a picture that was received. What it returns is stored together with the picture. */
export async function voucherOfReceived(core: Core, message: ChatMessage, checked: CheckedPicture): Promise<KeptVoucher | null> {
  if (checked.verdict.level === 'offer' && !message.mine) core.matches.set(message.key, checked.check);
  if (checked.verdict.level !== 'disclose' || message.mine) {
    if (!core.matches.has(message.key)) await core.guard.cancel(checked.check);
    return null;
  }
  const voucher = await core.guard.makeVoucher(checked.check, 'level', messageOf(message.evidence));
  return {
    clientId: await idFor(message),
    state: 'waiting',
    conversation: message.conversation,
    voucher_b64: toBase64Url(voucher),
    stopped: null,
    reported: null,
  };
}

/** Whether a report of this message takes its match along. */
export const goesWithReport = (message: ChatMessage, verdict: Verdict | undefined): boolean =>
  message.attachment !== null && !message.mine && verdict?.level === 'offer';

/** At `offer`, for each covered picture in the person's report: to be made and sent once the report is there. */
export async function vouchersOfReport(core: Core, messages: readonly ChatMessage[]): Promise<KeptVoucher[]> {
  const out: KeptVoucher[] = [];
  for (const message of messages) {
    if (message.attachment === null) continue;
    const picture = await core.vault.get('pictures', message.attachment.id);
    if (!goesWithReport(message, picture?.verdict)) continue;
    const clientId = await idFor(message);
    const check = core.matches.get(message.key);
    if (check !== undefined) core.matches.set(clientId, check);
    const reported = { descriptor: message.attachment, evidence: message.evidence };
    out.push({ clientId, state: 'waiting', conversation: message.conversation, voucher_b64: null, stopped: null, reported });
  }
  return out;
}

export class VoucherBox {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | null = null;
  #again = false;
  #stopped = false;

  constructor(private readonly core: Core) {}

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Sends what waits. What comes while one run is on is sent by the next, at once. */
  flush(): Promise<void> {
    this.#again = this.#running !== null;
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = null;
      if (this.#again) this.#later(0);
    });
    return this.#running;
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.flush().catch(() => undefined), ms);
  }

  async #sendAll(): Promise<void> {
    clearTimeout(this.#timer);
    for (const kept of await this.core.vault.all('vouchers')) {
      if (kept.state !== 'waiting') continue;
      try {
        await this.#send(kept);
      } catch (error) {
        if (mayPass(error)) {
          this.#later(RETRY_MS);
          return;
        }
        // The person is told that it did not get there; nothing of the picture stays because of it.
        await commit(this.core, [put('vouchers', { ...kept, state: 'refused', voucher_b64: null, stopped: null, reported: null })]);
      }
    }
  }

  async #send(kept: KeptVoucher): Promise<void> {
    const made = kept.voucher_b64 === null ? await this.#make(kept) : kept;
    if (made?.voucher_b64 != null) {
      try {
        await sendVoucher({ client_id: made.clientId, voucher_b64: made.voucher_b64 });
      } catch (error) {
        // Another one of this person's devices was first.
        if (!(error instanceof ServiceError && error.code === 'conflict')) throw error;
      }
    }
    this.core.matches.delete(kept.clientId);
    await commit(this.core, [remove('vouchers', kept.clientId)]);
  }

  /** Null if the list has changed meanwhile and the picture is not one that is told of any more. */
  async #make(kept: KeptVoucher): Promise<KeptVoucher | null> {
    const { core } = this;
    let voucher: Uint8Array | null;
    if (kept.stopped !== null) {
      const stopped = kept.stopped.uploaded ? kept.stopped : await this.#upload(kept);
      const franked = await core.guard.frank({
        type: 'picture',
        sender: core.session.account,
        conversation: kept.conversation,
        body: '',
        attachments: [stopped.descriptor],
        refs: [],
        expiresAfter: 0,
      });
      const message = { contentBytes: franked.contentBytes, attachment: 0, openingKey: franked.openingKey, stamped: null };
      voucher = await this.#voucher(kept, 'level', message, async () => stopped);
    } else if (kept.reported !== null) {
      const { descriptor, evidence } = kept.reported;
      const sealed = async () => ({ descriptor, ciphertext: await downloadAttachment(descriptor.id) });
      voucher = await this.#voucher(kept, 'person', messageOf(evidence), sealed);
    } else {
      voucher = null;
    }
    if (voucher === null) return null;
    const made: KeptVoucher = { ...kept, voucher_b64: toBase64Url(voucher), stopped: null, reported: null };
    await commit(core, [put('vouchers', made)]);
    return made;
  }

  async #upload(kept: KeptVoucher): Promise<NonNullable<KeptVoucher['stopped']>> {
    if (kept.stopped === null) throw new Error('nothing to upload');
    const { ciphertext, descriptor } = kept.stopped;
    const id = await uploadAttachment(kept.conversation, handedOver(ciphertext));
    const stopped = { ciphertext, descriptor: { ...descriptor, id }, uploaded: true };
    await commit(this.core, [put('vouchers', { ...kept, stopped })]);
    return stopped;
  }

  /** From the match that the guard remembers; after a restart the picture is checked once more. */
  async #voucher(
    kept: KeptVoucher,
    cause: 'level' | 'person',
    message: VoucherMessage,
    sealed: () => Promise<Pick<NonNullable<KeptVoucher['stopped']>, 'descriptor' | 'ciphertext'>>,
  ): Promise<Uint8Array | null> {
    const { guard, matches } = this.core;
    const remembered = matches.get(kept.clientId);
    if (remembered !== undefined) {
      try {
        return await guard.makeVoucher(remembered, cause, message);
      } catch (error) {
        if (!(error instanceof LightkeeperError && error.code === 'not_found')) throw error;
      }
    }
    await ensureList(this.core);
    const { descriptor, ciphertext } = await sealed();
    const bytes = await guard.openAttachment(descriptor, ciphertext);
    const again = await guard.checkFile(bytes, descriptor.mediaType, message.stamped === null ? 'sending' : 'receiving');
    const least = cause === 'level' ? ['disclose'] : ['offer', 'disclose'];
    if (least.includes(again.verdict.level)) return guard.makeVoucher(again.check, cause, message);
    await guard.cancel(again.check);
    return null;
  }
}

const passing = new Set(['keeper_unreachable', 'manifest_mismatch', 'manifest_stale', 'unavailable', 'internal']);

/** The service, the keepers or the list may answer otherwise later. */
const mayPass = (error: unknown): boolean =>
  isTransient(error) || (error instanceof LightkeeperError && passing.has(error.code));
