// What leaves. A message is sealed once and stored with the advanced encryption state before it is sent; sending is
// repeated with the same client id until the service has it, so it arrives once even if the tab is closed in between.
// Only when the service says that the group has moved on too far is it sealed anew, under the same client id: the
// service has not taken the first one, and nobody could have read it.
import { postMessage } from '../../shared/api/messenger_api.ts';
import { isTransient, ServiceError } from '../../shared/api/http.ts';
import type { Id } from '../../shared/api/types.ts';
import { fromBase64Url, newId, toBase64Url } from '../../shared/bytes.ts';
import { t } from '../../shared/strings/index.ts';
import type { AttachmentDescriptor, Content } from '../guard/client.ts';
import { commit, type Core } from './core.ts';
import { applyEdit, commitmentOf } from './edits.ts';
import { expiryOf } from './expiry.ts';
import type { ChatMessage, Conversation, FrankEvidence, OutgoingItem, PendingEdit } from './model.ts';
import { put, remove, UNKNOWN_EPOCH, type Change } from './vault.ts';

const RETRY_MS = 3000;
const NOT_YET_ORDERED = Number.MAX_SAFE_INTEGER;

export const enqueueText = (core: Core, conversation: Id, body: string): Promise<void> =>
  enqueue(core, conversation, (now) => ({ type: 'text', body, attachments: [], refs: [], expiresAfter: now.timer }));

export const enqueuePicture = (core: Core, conversation: Id, body: string, attachment: AttachmentDescriptor): Promise<void> =>
  enqueue(core, conversation, (now) => ({ type: 'picture', body, attachments: [attachment], refs: [], expiresAfter: now.timer }));

/** For messages from now on; a line in the conversation says who set what. */
export const enqueueTimer = (core: Core, conversation: Id, seconds: number): Promise<void> =>
  enqueue(core, conversation, () => ({ type: 'timer', body: '', attachments: [], refs: [], expiresAfter: seconds }));

/** A new version; the first one stays with everybody as evidence. */
export async function enqueueEdit(core: Core, message: ChatMessage, body: string): Promise<void> {
  const original = await commitmentOf(message);
  await core.serial.run(async () => {
    const conversation = await writable(core, message.conversation);
    const content: Draft = { type: 'edit', body, attachments: [], refs: [original], expiresAfter: message.expiresAfter };
    const { item, conversation: next, evidence, key } = await seal(core, conversation, content);
    const edit: PendingEdit = { key, conversation: conversation.id, target: message.key, body, at: Date.now(), evidence };
    await commit(core, [put('conversations', next), put('edits', edit), put('outbox', item)]);
  });
}

type Draft = Omit<Content, 'sender' | 'conversation'>;

async function writable(core: Core, id: Id): Promise<Conversation> {
  const conversation = await core.vault.get('conversations', id);
  if (conversation?.state == null) throw new Error('this conversation cannot be written to');
  return conversation;
}

interface SealedDraft {
  key: string;
  item: OutgoingItem;
  conversation: Conversation;
  evidence: FrankEvidence;
}

async function seal(core: Core, conversation: Conversation, draft: Draft): Promise<SealedDraft> {
  if (conversation.state === null) throw new Error('this conversation cannot be written to');
  const content: Content = { ...draft, sender: core.session.account, conversation: conversation.id };
  const frank = await core.guard.frank(content);
  const sealed = await core.provider.seal(conversation.state, frank.payload, frank.commitment);
  const clientId = newId();
  const key = `${conversation.id}/${core.session.account}/${clientId}`;
  return {
    key,
    evidence: {
      content_b64: toBase64Url(frank.contentBytes),
      opening_key_b64: toBase64Url(frank.openingKey),
      context_b64: '',
      stamp_b64: '',
    },
    item: {
      conversation: conversation.id,
      messageKey: key,
      clientId,
      mls_b64: toBase64Url(sealed.message),
      commitment_b64: toBase64Url(frank.commitment),
      payload: frank.payload,
      epoch: conversation.epoch,
    },
    conversation: { ...conversation, state: sealed.state, sentSince: conversation.sentSince + 1 },
  };
}

async function enqueue(core: Core, conversationId: Id, draftFor: (now: Conversation) => Draft): Promise<void> {
  await core.serial.run(async () => {
    const conversation = await writable(core, conversationId);
    const draft = draftFor(conversation);
    if (draft.type === 'edit') throw new Error('edits go their own way');
    const { key, item, conversation: next, evidence } = await seal(core, conversation, draft);
    const now = Date.now();
    const message: ChatMessage = {
      key,
      conversation: conversationId,
      order: NOT_YET_ORDERED,
      at: now,
      kind: draft.type,
      sender: core.session.account,
      mine: true,
      body: draft.body,
      attachment: draft.attachments[0] ?? null,
      status: 'waiting',
      evidence,
      commitment_b64: item.commitment_b64,
      firstBody: null,
      versions: [],
      expiresAfter: draft.expiresAfter,
      expiresAt: null,
    };
    const quiet = draft.type === 'timer';
    await commit(core, [
      put('conversations', {
        ...next,
        timer: quiet ? draft.expiresAfter : next.timer,
        lastAt: now,
        lastLine: quiet ? next.lastLine : draft.type === 'text' ? draft.body : t.list.picture,
        firstContact: 'settled',
      }),
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
        if (!isTransient(error) && !isGone(error)) throw error;
        this.#timer = setTimeout(() => void this.flush(), RETRY_MS);
        return;
      }
    }
  }

  async #sendOne(item: OutgoingItem, order: number): Promise<void> {
    const body = {
      client_id: item.clientId,
      mls_b64: item.mls_b64,
      commitment_b64: item.commitment_b64,
      ...(item.epoch === UNKNOWN_EPOCH ? {} : { epoch: item.epoch }),
    };
    try {
      const accepted = await postMessage(item.conversation, body);
      const stamps = { context_b64: accepted.context_b64, stamp_b64: accepted.stamp_b64 };
      await this.#settle(item, order, (message) => ({
        ...message,
        status: 'accepted',
        order: accepted.seq,
        at: accepted.accepted_ms,
        evidence: { ...message.evidence, ...stamps },
        expiresAt: expiryOf(message, accepted.accepted_ms),
      }), { seq: accepted.seq, at: accepted.accepted_ms, ...stamps });
    } catch (error) {
      if (isTransient(error)) throw error;
      if (isGone(error) && item.payload.length > 0) {
        const done = await this.#sealAnew(item, order);
        if (done === 'behind') throw error; // what came meanwhile is not read yet
        if (done === 'sealed') return;
      }
      await this.#settle(item, order, (message) => ({ ...message, status: 'failed' }), null);
    }
  }

  /** 'behind' while this device has not caught up with the group, 'ended' when it is not in the group any more. */
  async #sealAnew(item: OutgoingItem, order: number): Promise<'sealed' | 'behind' | 'ended'> {
    return this.core.serial.run(async () => {
      const conversation = await this.core.vault.get('conversations', item.conversation);
      if (conversation?.state == null) return 'ended';
      if (conversation.epoch <= item.epoch) return 'behind';
      const commitment = fromBase64Url(item.commitment_b64);
      const sealed = await this.core.provider.seal(conversation.state, item.payload, commitment);
      await this.core.vault.write([
        put('conversations', { ...conversation, state: sealed.state }),
        put('outbox', { ...item, order, mls_b64: toBase64Url(sealed.message), epoch: conversation.epoch }),
      ]);
      return 'sealed';
    });
  }

  async #settle(
    item: OutgoingItem,
    order: number,
    change: (message: ChatMessage) => ChatMessage,
    accepted: { seq: number; at: number; context_b64: string; stamp_b64: string } | null,
  ): Promise<void> {
    await this.core.serial.run(async () => {
      const { vault } = this.core;
      const conversation = await vault.get('conversations', item.conversation);
      const changes: Change[] = [remove('outbox', order)];
      if (conversation !== null && accepted !== null) {
        changes.push(put('conversations', { ...conversation, lastSeq: Math.max(conversation.lastSeq, accepted.seq) }));
      }
      const message = await vault.get('messages', item.messageKey);
      const edit = await vault.get('edits', item.messageKey);
      if (message !== null && message.kind !== 'notice') changes.push(put('messages', change(message)));
      if (edit !== null) {
        changes.push(remove('edits', edit.key));
        const target = await vault.get('messages', edit.target);
        if (accepted !== null && target !== null && target.kind !== 'notice') {
          const evidence = { ...edit.evidence, context_b64: accepted.context_b64, stamp_b64: accepted.stamp_b64 };
          const version = { seq: accepted.seq, at: accepted.at, body: edit.body, evidence };
          changes.push(put('messages', applyEdit(target, version)));
        } else if (accepted === null) {
          this.core.screen.announce(t.conversation.editFailed);
        }
      }
      await commit(this.core, changes);
    });
  }
}

const isGone = (error: unknown): boolean => error instanceof ServiceError && error.code === 'epoch_gone';
