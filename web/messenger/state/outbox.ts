// What leaves. A message is sealed once and stored with the advanced encryption state before it is sent; sending is
// repeated with the same client id until the service has it, so it arrives once even if the tab is closed in between.
import { postMessage } from '../../shared/api/messenger_api.ts';
import { isTransient } from '../../shared/api/http.ts';
import { newId, toBase64Url } from '../../shared/bytes.ts';
import { t } from '../../shared/strings/index.ts';
import type { AttachmentDescriptor, Content } from '../guard/client.ts';
import { commit, type Core } from './core.ts';
import type { ChatMessage, OutgoingItem } from './model.ts';
import { put, remove } from './vault.ts';

const RETRY_MS = 3000;
const NOT_YET_ORDERED = Number.MAX_SAFE_INTEGER;

export async function enqueue(
  core: Core,
  conversationId: string,
  body: string,
  attachment: AttachmentDescriptor | null,
): Promise<void> {
  await core.serial.run(async () => {
    const conversation = await core.vault.get('conversations', conversationId);
    if (conversation?.state == null) throw new Error('this conversation cannot be written to');
    const content: Content = {
      type: attachment === null ? 'text' : 'picture',
      sender: core.session.account,
      conversation: conversationId,
      body,
      attachments: attachment === null ? [] : [attachment],
      refs: [],
      expiresAfter: 0,
    };
    const frank = await core.guard.frank(content);
    const sealed = await core.provider.seal(conversation.state, frank.payload, frank.commitment);
    const clientId = newId();
    const now = Date.now();
    const message: ChatMessage = {
      key: `${conversationId}/${core.session.account}/${clientId}`,
      conversation: conversationId,
      order: NOT_YET_ORDERED,
      at: now,
      kind: attachment === null ? 'text' : 'picture',
      sender: core.session.account,
      mine: true,
      body,
      attachment,
      status: 'waiting',
      evidence: {
        content_b64: toBase64Url(frank.contentBytes),
        opening_key_b64: toBase64Url(frank.openingKey),
        context_b64: '',
        stamp_b64: '',
      },
    };
    const item: OutgoingItem = {
      conversation: conversationId,
      messageKey: message.key,
      clientId,
      mls_b64: toBase64Url(sealed.message),
      commitment_b64: toBase64Url(frank.commitment),
    };
    const lastLine = content.type === 'text' ? body : t.list.picture;
    await commit(core, [
      put('conversations', { ...conversation, state: sealed.state, lastAt: now, lastLine, firstContact: 'settled' }),
      put('messages', message),
      put('outbox', item),
    ]);
  });
}

export class Outbox {
  #running: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly core: Core) {}

  /** Sends what waits, oldest first. Calls while one is running join it. */
  flush(): Promise<void> {
    this.#running ??= this.#sendAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async #sendAll(): Promise<void> {
    clearTimeout(this.#timer);
    for (;;) {
      const item = (await this.core.vault.all('outbox'))[0];
      if (item?.order === undefined) return;
      try {
        await this.#sendOne(item, item.order);
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.#timer = setTimeout(() => void this.flush(), RETRY_MS);
        return;
      }
    }
  }

  async #sendOne(item: OutgoingItem, order: number): Promise<void> {
    const body = { client_id: item.clientId, mls_b64: item.mls_b64, commitment_b64: item.commitment_b64 };
    try {
      const accepted = await postMessage(item.conversation, body);
      await this.#settle(item, order, (message) => ({
        ...message,
        status: 'accepted',
        order: accepted.seq,
        at: accepted.accepted_ms,
        evidence: { ...message.evidence, context_b64: accepted.context_b64, stamp_b64: accepted.stamp_b64 },
      }));
    } catch (error) {
      if (isTransient(error)) throw error;
      await this.#settle(item, order, (message) => ({ ...message, status: 'failed' }));
    }
  }

  async #settle(item: OutgoingItem, order: number, change: (message: ChatMessage) => ChatMessage): Promise<void> {
    await this.core.serial.run(async () => {
      const message = await this.core.vault.get('messages', item.messageKey);
      const conversation = await this.core.vault.get('conversations', item.conversation);
      if (message === null || message.kind === 'notice' || conversation === null) {
        await this.core.vault.write([remove('outbox', order)]);
        return;
      }
      const next = change(message);
      const lastSeq = next.status === 'accepted' ? Math.max(conversation.lastSeq, next.order) : conversation.lastSeq;
      await commit(this.core, [
        remove('outbox', order),
        put('messages', next),
        put('conversations', { ...conversation, lastSeq }),
      ]);
    });
  }
}
