// What arrives. Each event ends in one database write: encryption state, message and the event's number together.
// Only then is it acknowledged, so an event that comes twice is recognised by its number and changes nothing.
import { isTransient, ServiceError } from '../../shared/api/http.ts';
import { listConversations, readPerson } from '../../shared/api/messenger_api.ts';
import type { Person } from '../../shared/api/types.ts';
import { equalBytes, fromBase64Url, toBase64Url } from '../../shared/bytes.ts';
import { t } from '../../shared/strings/index.ts';
import { E2eeError, type Member } from '../e2ee/provider.ts';
import { LightkeeperError } from '../guard/client.ts';
import { commit, self, type Core } from './core.ts';
import type { ChatMessage, Conversation, ConversationMember, Notice, NoticeKind } from './model.ts';
import { contactChanges } from './people.ts';
import type { CommitEvent, RelayEvent, RelayMessageEvent, WelcomeEvent } from './relay.ts';
import { put, remove, type Change } from './vault.ts';

/** The guard could not work, which says nothing about the message. */
const guardTroubles = new Set(['internal', 'unavailable']);

/**
 * Errors after which the same event would fail again: it is noted for the person and not asked for once more. Whatever a
 * sender can cause must be among them, or one malformed message would hold up all that come after it.
 */
function isFinal(error: unknown): boolean {
  if (error instanceof E2eeError || error instanceof TypeError || error instanceof RangeError) return true;
  if (error instanceof LightkeeperError) return !guardTroubles.has(error.code);
  return error instanceof ServiceError && !isTransient(error);
}

export function receive(core: Core, event: RelayEvent): Promise<void> {
  return core.serial.run(async () => {
    const record = await self(core);
    if (event.event <= record.lastEvent) return;
    const changes = await changesOf(core, event);
    await commit(core, [...changes, put('self', { ...(await self(core)), lastEvent: event.event })]);
  });
}

function changesOf(core: Core, event: RelayEvent): Promise<Change[]> {
  switch (event.kind) {
    case 'welcome':
      return welcomed(core, event);
    case 'commit':
      return committed(core, event);
    case 'message':
      return arrived(core, event);
  }
}

export function notice(
  conversation: Conversation,
  kind: NoticeKind,
  order: number,
  names: string[],
  uniquePart: string,
): Notice {
  const key = `${conversation.id}/notice/${kind}/${uniquePart}`;
  return { key, conversation: conversation.id, order, at: Date.now(), kind: 'notice', notice: kind, names };
}

async function named(core: Core, members: Member[], people: Person[]): Promise<ConversationMember[]> {
  const names = new Map(people.map((person) => [person.account, person.name]));
  const others = members.filter((member) => member.account !== core.session.account);
  return Promise.all(
    others.map(async (member) => ({
      account: member.account,
      name: names.get(member.account) ?? (await readPerson(member.account)).name,
      signatureKey: member.signatureKey,
    })),
  );
}

async function welcomed(core: Core, event: WelcomeEvent): Promise<Change[]> {
  const onService = (await listConversations()).find((one) => one.conversation === event.conversation);
  if (onService === undefined) return []; // taken back meanwhile
  const packages = await core.vault.all('keyPackages');
  const base = {
    id: event.conversation,
    kind: onService.kind,
    epoch: onService.epoch,
    lastAt: Date.now(),
    lastLine: '',
    unread: 1,
    hidden: 0,
    lastSeq: 0,
  };
  try {
    const joined = await core.provider.join(
      fromBase64Url(event.welcome_b64),
      packages.map((record) => record.stored),
    );
    if (joined.conversation !== event.conversation) throw new E2eeError('bad_format', 'a welcome to another group');
    const members = await named(core, joined.members, onService.members);
    const strangers = await areStrangers(core, members);
    const conversation: Conversation = {
      ...base,
      members,
      state: joined.state,
      firstContact: strangers ? 'ask' : 'settled',
    };
    const names = members.map((member) => member.name);
    return [
      put('conversations', conversation),
      remove('keyPackages', joined.usedReference),
      put('messages', notice(conversation, 'started', 0, names, String(event.event))),
      ...(await contactChanges(core, members)),
    ];
  } catch (error) {
    if (!isFinal(error)) throw error;
    const members = onService.members
      .filter((person) => person.account !== core.session.account)
      .map((person) => ({ ...person, signatureKey: new Uint8Array() }));
    const conversation: Conversation = { ...base, members, state: null, firstContact: 'settled' };
    return [
      put('conversations', conversation),
      put('messages', notice(conversation, 'mismatch', 0, [], String(event.event))),
    ];
  }
}

async function areStrangers(core: Core, members: ConversationMember[]): Promise<boolean> {
  const known = await Promise.all(members.map((member) => core.vault.get('contacts', member.account)));
  return known.every((contact) => contact === null);
}

const noKey = new Uint8Array();

async function committed(core: Core, event: CommitEvent): Promise<Change[]> {
  const conversation = await core.vault.get('conversations', event.conversation);
  if (conversation?.state == null) return [];
  const order = conversation.lastSeq + 0.5;
  try {
    const opened = await core.provider.open(conversation.state, fromBase64Url(event.mls_b64));
    if (opened.kind !== 'commit') throw new E2eeError('bad_format', 'not a commit');
    const onService = (await listConversations()).find((one) => one.conversation === event.conversation);
    const members = await named(core, opened.members, onService?.members ?? []);
    const before = new Map(conversation.members.map((member) => [member.account, member.signatureKey]));
    const added = members.filter((member) => !before.has(member.account));
    const newKeys = members.filter((member) => !equalBytes(before.get(member.account) ?? noKey, member.signatureKey));
    const next: Conversation = {
      ...conversation,
      members,
      state: opened.state,
      epoch: conversation.epoch + 1,
    };
    const names = added.map((member) => member.name);
    return [
      put('conversations', next),
      ...(names.length === 0 ? [] : [put('messages', notice(next, 'added', order, names, String(event.event)))]),
      ...(await contactChanges(core, newKeys)),
    ];
  } catch (error) {
    if (!isFinal(error)) throw error;
    return [put('messages', notice(conversation, 'unreadable', order, [], String(event.event)))];
  }
}

async function arrived(core: Core, event: RelayMessageEvent): Promise<Change[]> {
  const conversation = await core.vault.get('conversations', event.conversation);
  if (conversation?.state == null) return [];
  const order = event.seq;
  const lastSeq = Math.max(conversation.lastSeq, event.seq);
  let opened;
  try {
    opened = await core.provider.open(conversation.state, fromBase64Url(event.mls_b64));
    if (opened.kind !== 'message') throw new E2eeError('bad_format', 'not a message');
  } catch (error) {
    if (!isFinal(error)) throw error;
    const line = notice(conversation, 'unreadable', order, [], String(event.event));
    return [put('conversations', { ...conversation, lastSeq }), put('messages', line)];
  }
  const advanced: Conversation = { ...conversation, state: opened.state, lastSeq };
  let frank;
  try {
    // What the service stamped must be what the encryption authenticated. A sender who gives the service another
    // commitment could otherwise deliver a message that is shown and can never be reported.
    if (!equalBytes(fromBase64Url(event.commitment_b64), opened.authenticatedData)) {
      throw new E2eeError('bad_format', 'another commitment was stamped');
    }
    frank = await core.guard.openMessage(
      opened.plaintext,
      opened.authenticatedData,
      fromBase64Url(event.context_b64),
      opened.sender.account,
      conversation.id,
    );
  } catch (error) {
    if (!isFinal(error)) throw error;
    const line = notice(conversation, 'unverifiable', order, [], String(event.event));
    return [put('conversations', advanced), put('messages', line)];
  }
  const contact = await core.vault.get('contacts', opened.sender.account);
  const { content } = frank;
  const message: ChatMessage = {
    key: `${conversation.id}/${opened.sender.account}/${event.client_id}`,
    conversation: conversation.id,
    order,
    at: event.accepted_ms,
    kind: content.type === 'picture' ? 'picture' : 'text',
    sender: opened.sender.account,
    mine: false,
    body: content.body,
    attachment: content.attachments[0] ?? null,
    status: 'accepted',
    evidence: {
      content_b64: toBase64Url(frank.contentBytes),
      opening_key_b64: toBase64Url(frank.openingKey),
      context_b64: event.context_b64,
      stamp_b64: event.stamp_b64,
    },
  };
  if (contact?.blocked === true) {
    return [put('conversations', { ...advanced, hidden: advanced.hidden + 1 })];
  }
  const name = contact?.name ?? '';
  const isOpen = core.screen.openConversation.value === conversation.id && document.visibilityState === 'visible';
  core.screen.announce(
    content.type === 'text' ? t.conversation.newMessage(name, content.body) : t.conversation.newPicture(name),
  );
  const next: Conversation = {
    ...advanced,
    unread: isOpen ? 0 : conversation.unread + 1,
    lastAt: event.accepted_ms,
    lastLine: content.type === 'text' ? content.body : t.list.picture,
  };
  return [put('conversations', next), put('messages', message)];
}
