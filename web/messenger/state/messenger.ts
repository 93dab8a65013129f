// One signed-in account at work: opens its storage, prepares its keys, keeps the connection, and ends cleanly.
import { forgetSession } from '../../shared/account/session.ts';
import { isTransient } from '../../shared/api/http.ts';
import type { Id, SessionAnswer } from '../../shared/api/types.ts';
import { DirectoryCheck } from '../e2ee/credential_check.ts';
import type { Member } from '../e2ee/provider.ts';
import { TsMlsProvider } from '../e2ee/ts_mls_provider.ts';
import { startGuard } from '../guard/client.ts';
import { commit, refresh, Screen, type Core } from './core.ts';
import { announceKey, firstIdentity, refillKeyPackages, storedIdentity } from './device.ts';
import { ensureList } from './epoch.ts';
import { finishPending } from './groups.ts';
import { receive } from './inbox.ts';
import type { ChatMessage } from './model.ts';
import { enqueue, Outbox } from './outbox.ts';
import { refreshTrust } from './people.ts';
import type { CheckedPicture } from '../guard/client.ts';
import { sendPicture } from './pictures.ts';
import { Relay } from './relay.ts';
import { Serial } from './serial.ts';
import { put, remove, Vault } from './vault.ts';

const REFILL_EVERY_MS = 5 * 60_000;

export class Messenger {
  readonly #outbox: Outbox;
  readonly #relay: Relay;
  #refill: ReturnType<typeof setInterval> | undefined;

  private constructor(readonly core: Core) {
    this.#outbox = new Outbox(core);
    this.#relay = new Relay(
      core.session.token,
      (status) => {
        core.screen.relay.value = status;
        if (status === 'online') this.#background(this.#outbox.flush());
      },
      async (event) => {
        await receive(core, event);
        if (event.kind === 'welcome') this.#background(refillKeyPackages(core));
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
    const guard = await startGuard();
    const core: Core = {
      session,
      vault,
      provider,
      directory,
      identity,
      guard,
      installing: null,
      serial: new Serial(),
      screen: new Screen(),
    };
    const messenger = new Messenger(core);
    await refresh(core);
    await messenger.#goOnline();
    return messenger;
  }

  async #goOnline(): Promise<void> {
    const { core } = this;
    await announceKey(core);
    await refillKeyPackages(core);
    this.#background(ensureList(core));
    this.#refill = setInterval(() => this.#background(refillKeyPackages(core)), REFILL_EVERY_MS);
    await finishPending(core);
    this.#relay.start();
  }

  stop(): void {
    clearInterval(this.#refill);
    this.#relay.stop();
    this.#outbox.stop();
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
    if (record.unread > 0) {
      await core.serial.run(async () => {
        const latest = await core.vault.get('conversations', record.id);
        if (latest !== null) await commit(core, [put('conversations', { ...latest, unread: 0 })]);
      });
    } else {
      await refresh(core);
    }
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
    await enqueue(this.core, conversation, body, null);
    this.#background(this.#outbox.flush());
  }

  async sendPicture(conversation: Id, checked: CheckedPicture, caption: string): Promise<void> {
    await sendPicture(this.core, conversation, checked, caption);
    this.#background(this.#outbox.flush());
  }

  /** A message that the service refused, sealed anew: the first one never got a place in the conversation. */
  async sendAgain(message: ChatMessage): Promise<void> {
    await this.core.serial.run(() => this.core.vault.write([remove('messages', message.key)]));
    await enqueue(this.core, message.conversation, message.body, message.attachment);
    this.#background(this.#outbox.flush());
  }

  /** Work nobody waits for. It is tried again later; only what is not about the connection is worth a line. */
  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!isTransient(error)) console.warn('background work stopped', error instanceof Error ? error.name : 'unknown');
    });
  }
}
