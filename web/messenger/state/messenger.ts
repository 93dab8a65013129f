// One signed-in account at work: opens its storage, prepares its keys, keeps the connection, and ends cleanly.
import { forgetSession } from '../../shared/account/session.ts';
import { isTransient } from '../../shared/api/http.ts';
import type { Id, SessionAnswer } from '../../shared/api/types.ts';
import { DirectoryCheck } from '../e2ee/credential_check.ts';
import type { Member } from '../e2ee/provider.ts';
import { TsMlsProvider } from '../e2ee/ts_mls_provider.ts';
import { startGuard } from '../guard/client.ts';
import { commit, refresh, Screen, type Core } from './core.ts';
import { announceDevice, firstIdentity, refillKeyPackages, storedIdentity } from './device.ts';
import { ensureList } from './epoch.ts';
import { Expiry, seenNow } from './expiry.ts';
import { finishPending, RENEW_AFTER_MESSAGES, tendGroups } from './groups.ts';
import { receive } from './inbox.ts';
import { finishMigration } from './migrate.ts';
import type { ChatMessage } from './model.ts';
import { enqueueEdit, enqueuePicture, enqueueText, enqueueTimer, Outbox } from './outbox.ts';
import { confirmDevice, dropDevice, type OwnDevice } from './own_devices.ts';
import { refreshTrust } from './people.ts';
import type { CheckedPicture } from '../guard/client.ts';
import { checkChosen, openPicture, sendPicture, type Arrival, type ChosenCheck } from './pictures.ts';
import { ReportBox } from './reports.ts';
import { Relay } from './relay.ts';
import { Serial } from './serial.ts';
import { put, remove, Vault } from './vault.ts';
import { VoucherBox } from './vouchers.ts';

const REFILL_EVERY_MS = 5 * 60_000;

export class Messenger {
  readonly #outbox: Outbox;
  readonly #expiry: Expiry;
  readonly reports: ReportBox;
  readonly #vouchers: VoucherBox;
  readonly #relay: Relay;
  #refill: ReturnType<typeof setInterval> | undefined;

  private constructor(readonly core: Core) {
    this.#outbox = new Outbox(core);
    this.#expiry = new Expiry(core);
    this.#vouchers = new VoucherBox(core);
    this.reports = new ReportBox(core, () => this.#background(this.#vouchers.flush()));
    this.#relay = new Relay(
      core.session.token,
      (status) => {
        core.screen.relay.value = status;
        if (status !== 'online') return;
        this.#background(this.#send());
        this.#background(this.reports.flush());
        this.#background(this.#vouchers.flush());
        this.#background(finishPending(core).then(() => tendGroups(core)));
      },
      async (event) => {
        await receive(core, event);
        if (event.kind === 'welcome') this.#background(refillKeyPackages(core));
        if (event.kind === 'message') this.#background(this.#expiry.run());
        else this.#background(tendGroups(core));
      },
      forgetSession,
    );
  }

  static async start(session: SessionAnswer): Promise<Messenger> {
    const vault = await Vault.open(session.account);
    const member: Member = { account: session.account, signatureKey: new Uint8Array() };
    const directory = new DirectoryCheck(member);
    const provider = await TsMlsProvider.create(directory);
    const identity = (await storedIdentity(vault)) ?? (await firstIdentity(vault, provider, session.account));
    member.signatureKey = identity.signatureKey;
    directory.provider = provider;
    const guard = await startGuard();
    const core: Core = {
      session,
      vault,
      provider,
      directory,
      identity,
      guard,
      installing: null,
      matches: new Map(),
      serial: new Serial(),
      screen: new Screen(),
    };
    const messenger = new Messenger(core);
    await finishMigration(core);
    await messenger.#expiry.run();
    await refresh(core);
    await messenger.#goOnline();
    return messenger;
  }

  async #goOnline(): Promise<void> {
    const { core } = this;
    await announceDevice(core);
    await refillKeyPackages(core);
    this.#background(ensureList(core));
    this.#refill = setInterval(() => {
      this.#background(refillKeyPackages(core));
      this.#background(tendGroups(core));
    }, REFILL_EVERY_MS);
    await finishPending(core);
    this.#relay.start();
  }

  stop(): void {
    clearInterval(this.#refill);
    this.#relay.stop();
    this.#outbox.stop();
    this.#expiry.stop();
    this.reports.stop();
    this.#vouchers.stop();
    this.core.guard.close();
    this.core.vault.close();
  }

  async open(conversation: Id | null): Promise<void> {
    const { core } = this;
    core.screen.openConversation.value = conversation;
    const record = conversation === null ? null : await core.vault.get('conversations', conversation);
    if (record === null) {
      await refresh(core);
      return;
    }
    await core.serial.run(async () => {
      const latest = await core.vault.get('conversations', record.id);
      const timed = seenNow(await core.vault.messagesOf(record.id), Date.now());
      if (latest !== null && (latest.unread > 0 || timed.length > 0)) {
        await commit(core, [put('conversations', { ...latest, unread: 0 }), ...timed]);
      } else {
        await refresh(core);
      }
    });
    this.#background(this.#expiry.run());
    this.#background(refreshTrust(core, record));
  }

  async settleFirstContact(conversation: Id, answer: 'settled' | 'advise'): Promise<void> {
    const { core } = this;
    await core.serial.run(async () => {
      const record = await core.vault.get('conversations', conversation);
      if (record !== null) await commit(core, [put('conversations', { ...record, firstContact: answer })]);
    });
  }

  async sendText(conversation: Id, body: string): Promise<void> {
    await enqueueText(this.core, conversation, body);
    this.#background(this.#send());
  }

  async checkChosen(conversation: Id, file: File): Promise<ChosenCheck> {
    const result = await checkChosen(this.core, conversation, file);
    if (result.voucher !== null) this.#background(this.#vouchers.flush());
    return result;
  }

  async openPicture(message: ChatMessage): Promise<Arrival> {
    const arrival = await openPicture(this.core, message);
    if ('picture' in arrival && arrival.picture.voucher != null) this.#background(this.#vouchers.flush());
    return arrival;
  }

  async sendPicture(conversation: Id, checked: CheckedPicture, caption: string): Promise<void> {
    await sendPicture(this.core, conversation, checked, caption);
    this.#background(this.#send());
  }

  async edit(message: ChatMessage, body: string): Promise<void> {
    await enqueueEdit(this.core, message, body);
    this.#background(this.#send());
  }

  async setTimer(conversation: Id, seconds: number): Promise<void> {
    await enqueueTimer(this.core, conversation, seconds);
    this.#background(this.#send());
  }

  /** A message that the service refused, sealed anew: the first one never got a place in the conversation. */
  async sendAgain(message: ChatMessage): Promise<void> {
    const { core } = this;
    await core.serial.run(() => core.vault.write([remove('messages', message.key)]));
    if (message.kind === 'timer') await enqueueTimer(core, message.conversation, message.expiresAfter);
    else if (message.attachment === null) await enqueueText(core, message.conversation, message.body);
    else await enqueuePicture(core, message.conversation, message.body, message.attachment);
    this.#background(this.#send());
  }

  async confirmDevice(device: OwnDevice): Promise<void> {
    await confirmDevice(this.core, device);
    this.#background(tendGroups(this.core));
  }

  async dropDevice(device: OwnDevice): Promise<void> {
    await dropDevice(this.core, device);
    if (device.current) forgetSession();
    else this.#background(tendGroups(this.core));
  }

  async #send(): Promise<void> {
    await this.#outbox.flush();
    await this.#expiry.run();
    const due = this.core.screen.conversations.value.some((one) => one.sentSince >= RENEW_AFTER_MESSAGES);
    if (due) await tendGroups(this.core);
  }

  /** Work nobody waits for. It is tried again later; only what is not about the connection is worth a line. */
  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!isTransient(error)) console.warn('background work stopped', error instanceof Error ? error.name : 'unknown');
    });
  }
}
