// What arrives. Each event ends in one database write: encryption state, message and the event's number together.
// Only then is it acknowledged, so an event that comes twice is recognised by its number and changes nothing.
import { isTransient, ServiceError } from '../../shared/api/http.ts';
import { listConversations, readPerson } from '../../shared/api/messenger_api.ts';
import type { Person } from '../../shared/api/types.ts';
import { equalBytes, fromBase64Url, toBase64Url } from '../../shared/bytes.ts';
import { t } from '../../shared/strings/index.ts';
import { includesKey } from '../e2ee/credential_check.ts';
import { E2eeError, type Member } from '../e2ee/provider.ts';
import { LightkeeperError } from '../guard/client.ts';
import { commit, self, type Core } from './core.ts';
import { applyEdit, commitmentOf } from './edits.ts';
import { expiryOf } from './expiry.ts';
import { byPerson, noticesOf } from './groups.ts';
import type { ChatMessage, Conversation, ConversationMember, Notice, NoticeKind } from './model.ts';
import { refreshOwnDevices } from './own_devices.ts';
import { contactChanges } from './people.ts';
import type { CommitEvent, DevicesEvent, LeftEvent, RelayEvent, RelayMessageEvent, WelcomeEvent } from './relay.ts';
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
    case 'left':
      return somebodyLeft(core, event);
    case 'devices':
      return devicesChanged(core, event);
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

async function peopleIn(core: Core, members: readonly Member[], known: readonly Person[]): Promise<Person[]> {
  const people = [...known];
  for (const { account } of members) {
    if (account === core.session.account || people.some((person) => person.account === account)) continue;
    people.push({ account, name: (await readPerson(account)).name });
  }
  return people;
}

async function welcomed(core: Core, event: WelcomeEvent): Promise<Change[]> {
  const onService = (await listConversations()).find((one) => one.conversation === event.conversation);
  if (onService === undefined) return []; // taken back meanwhile
  const packages = await core.vault.all('keyPackages');
  const known = await core.vault.get('conversations', event.conversation);
  if (known?.state != null) return []; // this device is in it already
  const byMyself = event.sender === core.session.account;
  const base = {
    id: event.conversation,
    kind: onService.kind,
    epoch: onService.epoch,
    founder: onService.founder,
    leaving: [],
    ended: null,
    lastAt: Date.now(),
    lastLine: '',
    unread: byMyself ? 0 : 1,
    hidden: 0,
    lastSeq: 0,
    firstSeq: 0,
    timer: 0,
    renewedAt: Date.now(),
    sentSince: 0,
  };
  try {
    const joined = await core.provider.join(
      fromBase64Url(event.welcome_b64),
      packages.map((record) => record.stored),
    );
    if (joined.conversation !== event.conversation) throw new E2eeError('bad_format', 'a welcome to another group');
    const people = await peopleIn(core, joined.members, onService.members);
    const { members, ownKeys } = byPerson(joined.members, people, core.session.account);
    const strangers = !byMyself && (await areStrangers(core, members));
    const conversation: Conversation = {
      ...base,
      members,
      ownKeys,
      epoch: joined.epoch - 1, // the service counts the commits after the creation
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
    // For another one of this person's devices. This one is taken in by them later.
    if (error instanceof E2eeError && error.code === 'not_for_this_device') return [];
    if (!isFinal(error)) throw error;
    const members = onService.members
      .filter((person) => person.account !== core.session.account)
      .map((person) => ({ ...person, signatureKeys: [] }));
    const conversation: Conversation = { ...base, members, ownKeys: [], state: null, firstContact: 'settled' };
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

/**
 * Why a change of the group is not taken over; null if it may. The service asks the same, but does not decide it: nobody
 * comes into a direct conversation, and a person's further devices come by a device of that person only.
 */
export function objection(before: Conversation, leaves: readonly Member[], by: Member, self: string): string | null {
  const keysBefore = new Map(before.members.map((member) => [member.account, member.signatureKeys]));
  keysBefore.set(self, before.ownKeys);
  for (const leaf of leaves) {
    const keys = keysBefore.get(leaf.account);
    if (keys === undefined) {
      if (before.kind === 'direct') return 'somebody came into a conversation of two';
    } else if (!includesKey(keys, leaf.signatureKey) && by.account !== leaf.account) {
      return 'a device came in somebody else\'s name';
    }
  }
  return null;
}

async function committed(core: Core, event: CommitEvent): Promise<Change[]> {
  const conversation = await core.vault.get('conversations', event.conversation);
  if (conversation?.state == null) return [];
  const order = conversation.lastSeq + 0.5;
  try {
    const opened = await core.provider.open(conversation.state, fromBase64Url(event.mls_b64));
    if (opened.kind !== 'commit') throw new E2eeError('bad_format', 'not a commit');
    if (opened.out) {
      const ended: Conversation = { ...conversation, state: null, ended: 'removed' };
      return [
        put('conversations', ended),
        put('messages', notice(ended, 'you-were-removed', order, [], String(event.event))),
      ];
    }
    if (objection(conversation, opened.members, opened.by, core.session.account) !== null) {
      return [put('messages', notice(conversation, 'refused', order, [], String(event.event)))];
    }
    const people = await peopleIn(core, opened.members, conversation.members);
    const { members, ownKeys } = byPerson(opened.members, people, core.session.account);
    const next: Conversation = {
      ...conversation,
      members,
      ownKeys,
      state: opened.state,
      epoch: conversation.epoch + 1,
      leaving: conversation.leaving.filter((account) => members.some((member) => member.account === account)),
    };
    const before = conversation.members.flatMap((member) => member.signatureKeys);
    const changed = members.filter((member) => member.signatureKeys.some((key) => !includesKey(before, key)));
    return [
      put('conversations', next),
      ...noticesOf(conversation, next, String(event.event)).map((line) => put('messages', line)),
      ...(await contactChanges(core, changed)),
    ];
  } catch (error) {
    if (!isFinal(error)) throw error;
    return [put('messages', notice(conversation, 'unreadable', order, [], String(event.event)))];
  }
}

async function somebodyLeft(core: Core, event: LeftEvent): Promise<Change[]> {
  const conversation = await core.vault.get('conversations', event.conversation);
  if (conversation?.state == null) return [];
  const order = conversation.lastSeq + 0.5;
  if (event.sender === core.session.account) {
    // By another one of this person's devices; the service has taken all of them out.
    const ended: Conversation = { ...conversation, state: null, ended: 'left' };
    return [put('conversations', ended), put('messages', notice(ended, 'you-left', order, [], String(event.event)))];
  }
  try {
    const opened = await core.provider.open(conversation.state, fromBase64Url(event.mls_b64));
    if (opened.kind !== 'leaving') throw new E2eeError('bad_format', 'not a statement of leaving');
    if (opened.sender.account !== event.sender) throw new E2eeError('bad_format', 'somebody else\'s statement');
    const name = conversation.members.find((member) => member.account === event.sender)?.name ?? '';
    const next: Conversation = { ...conversation, state: opened.state, leaving: [...conversation.leaving, event.sender] };
    return [put('conversations', next), put('messages', notice(next, 'left', order, [name], String(event.event)))];
  } catch (error) {
    if (!isFinal(error)) throw error;
    return [put('messages', notice(conversation, 'unreadable', order, [], String(event.event)))];
  }
}

/** A line in every conversation with the person, whatever else the change means: no device is silent. */
async function devicesChanged(core: Core, event: DevicesEvent): Promise<Change[]> {
  const conversation = await core.vault.get('conversations', event.conversation);
  if (conversation === null) return [];
  const mine = event.sender === core.session.account;
  const seen = mine ? await refreshOwnDevices(core) : await core.directory.devicesOf(event.sender);
  const device = seen.find((one) => one.device === event.client_id);
  const kind = device === undefined ? 'device-removed' : device.vouchedBy === null ? 'device-new' : 'device-confirmed';
  const name = conversation.members.find((member) => member.account === event.sender)?.name ?? '';
  const line = notice(conversation, kind, conversation.lastSeq + 0.5, mine ? [] : [name], event.client_id);
  core.screen.announce(t.conversation.devices[kind](mine ? null : name));
  return [put('messages', line), ...(mine ? [] : await contactChanges(core, [{ account: event.sender, name }]))];
}

async function arrived(core: Core, event: RelayMessageEvent): Promise<Change[]> {
  const conversation = await core.vault.get('conversations', event.conversation);
  if (conversation?.state == null) return [];
  const order = event.seq;
  const lastSeq = Math.max(conversation.lastSeq, event.seq);
  const firstSeq = conversation.firstSeq === 0 ? event.seq : conversation.firstSeq;
  let opened;
  try {
    opened = await core.provider.open(conversation.state, fromBase64Url(event.mls_b64));
    if (opened.kind !== 'message') throw new E2eeError('bad_format', 'not a message');
  } catch (error) {
    if (!isFinal(error)) throw error;
    const line = notice(conversation, 'unreadable', order, [], String(event.event));
    return [put('conversations', { ...conversation, lastSeq, firstSeq }), put('messages', line)];
  }
  const advanced: Conversation = { ...conversation, state: opened.state, lastSeq, firstSeq };
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
  const mine = opened.sender.account === core.session.account; // written on another one of this person's devices
  const contact = mine ? null : await core.vault.get('contacts', opened.sender.account);
  const { content } = frank;
  const evidence = {
    content_b64: toBase64Url(frank.contentBytes),
    opening_key_b64: toBase64Url(frank.openingKey),
    context_b64: event.context_b64,
    stamp_b64: event.stamp_b64,
  };
  if (contact?.blocked === true) {
    return [put('conversations', { ...advanced, hidden: advanced.hidden + 1 })];
  }
  const isOpen = core.screen.openConversation.value === conversation.id && document.visibilityState === 'visible';
  const name = contact?.name ?? '';
  if (content.type === 'edit') {
    const target = await findOriginal(core, conversation.id, opened.sender.account, content.refs[0] ?? '');
    if (target !== null) {
      const version = { seq: event.seq, at: event.accepted_ms, body: content.body, evidence };
      const edited = applyEdit(target, version);
      const newest = conversation.lastLine === target.body ? edited.body : conversation.lastLine;
      if (!mine) core.screen.announce(t.conversation.editedMessage(name, edited.body));
      return [put('conversations', { ...advanced, lastLine: newest }), put('messages', edited)];
    }
  }
  const message: ChatMessage = {
    key: `${conversation.id}/${opened.sender.account}/${event.client_id}`,
    conversation: conversation.id,
    order,
    at: event.accepted_ms,
    // An edit of what this device never saw stands for itself.
    kind: content.type === 'edit' ? 'text' : content.type,
    sender: opened.sender.account,
    mine,
    body: content.body,
    attachment: content.attachments[0] ?? null,
    status: 'accepted',
    evidence,
    commitment_b64: toBase64Url(opened.authenticatedData),
    firstBody: null,
    versions: [],
    expiresAfter: content.expiresAfter,
    expiresAt: null,
  };
  if (mine || isOpen) message.expiresAt = expiryOf(message, mine ? event.accepted_ms : Date.now());
  if (content.type === 'timer') {
    return [put('conversations', { ...advanced, timer: content.expiresAfter }), put('messages', message)];
  }
  if (!mine) {
    core.screen.announce(
      content.type === 'picture' ? t.conversation.newPicture(name) : t.conversation.newMessage(name, content.body),
    );
  }
  const next: Conversation = {
    ...advanced,
    unread: isOpen || mine ? 0 : conversation.unread + 1,
    lastAt: event.accepted_ms,
    lastLine: content.type === 'picture' ? t.list.picture : content.body,
  };
  return [put('conversations', next), put('messages', message)];
}

/** Only what the same account sent in the same conversation; null if it is not here, or not here any more. */
async function findOriginal(core: Core, conversation: string, sender: string, commitment: string): Promise<ChatMessage | null> {
  for (const message of await core.vault.messagesOf(conversation)) {
    if (message.kind === 'notice' || message.kind === 'timer' || message.sender !== sender) continue;
    if ((await commitmentOf(message)) === commitment) return message;
  }
  return null;
}
