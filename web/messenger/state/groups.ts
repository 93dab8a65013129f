// Starting conversations, and every change of who is in one: people, their devices, and renewed keys. What was prepared
// is stored before it is posted; the same client id makes a second posting after a crash harmless.
import { claimKeyPackages, claimOwnKeyPackage, createConversation, postCommit, postLeave } from '../../shared/api/messenger_api.ts';
import { isTransient, ServiceError } from '../../shared/api/http.ts';
import type { Id, Person } from '../../shared/api/types.ts';
import { newId, toBase64Url } from '../../shared/bytes.ts';
import { includesKey } from '../e2ee/credential_check.ts';
import type { Member } from '../e2ee/provider.ts';
import { commit, refresh, type Core } from './core.ts';
import { notice } from './inbox.ts';
import type { Conversation, ConversationMember, Notice, PendingCommit, PendingConversation } from './model.ts';
import { refreshOwnDevices } from './own_devices.ts';
import { contactChanges } from './people.ts';
import { put, remove } from './vault.ts';

/** This device renews its keys in a conversation after so many messages of its own, or after a day. */
export const RENEW_AFTER_MESSAGES = 50;
export const RENEW_AFTER_MS = 24 * 60 * 60_000;

/** Leaves by person: the others with their names, and one's own keys. */
export function byPerson(
  leaves: readonly Member[],
  people: readonly Person[],
  self: Id,
): { members: ConversationMember[]; ownKeys: Uint8Array[] } {
  const members = new Map<Id, ConversationMember>();
  const ownKeys: Uint8Array[] = [];
  for (const { account, signatureKey } of leaves) {
    if (account === self) {
      ownKeys.push(signatureKey);
      continue;
    }
    const name = people.find((person) => person.account === account)?.name ?? '';
    const member = members.get(account) ?? { account, name, signatureKeys: [] };
    member.signatureKeys.push(signatureKey);
    members.set(account, member);
  }
  return { members: [...members.values()], ownKeys };
}

/** The direct conversation with this person that is open and readable for their present devices, if there is one. */
export function existingDirect(conversations: Conversation[], person: Person, usable: (c: Conversation) => boolean): Id | null {
  const found = conversations.find(
    (one) => one.kind === 'direct' && one.members[0]?.account === person.account && one.state !== null && usable(one),
  );
  return found?.id ?? null;
}

const strangerWasGiven = (): ServiceError =>
  new ServiceError({ status: 403, code: 'credential_mismatch', title: 'a key package of another person' });

/** Of one's own other devices that the person confirmed. One that has none left is taken in later. */
async function ownPackages(core: Core): Promise<Uint8Array[]> {
  const devices = core.screen.devices.value ?? [];
  const wanted = devices.filter((one) => !one.current && one.state === 'confirmed');
  const packages = await Promise.all(wanted.map((one) => claimOwnKeyPackage(one.device).catch(() => null)));
  return packages.filter((one) => one !== null);
}

export async function startConversation(core: Core, people: Person[]): Promise<Id> {
  const claimed = await Promise.all(people.map((person) => claimKeyPackages(person.account)));
  const packages = [...claimed.flat(), ...(await ownPackages(core))];
  return core.serial.run(async () => {
    const id = newId();
    const created = await core.provider.create(core.identity, id, packages);
    const { members, ownKeys } = byPerson(created.members, people, core.session.account);
    // The service must not hand out a key package of somebody who was not asked for.
    if (members.length !== people.length || members.some((member) => member.name === '')) throw strangerWasGiven();
    const kind = people.length === 1 ? ('direct' as const) : ('group' as const);
    const conversation: Conversation = {
      id,
      kind,
      members,
      ownKeys,
      state: created.state,
      ended: null,
      epoch: 0,
      founder: core.session.account,
      leaving: [],
      lastAt: Date.now(),
      lastLine: '',
      unread: 0,
      hidden: 0,
      lastSeq: 0,
      firstSeq: 1,
      timer: 0,
      renewedAt: Date.now(),
      sentSince: 0,
      firstContact: 'settled',
    };
    const pending: PendingConversation = {
      conversation: id,
      clientId: newId(),
      kind,
      members: people.map((person) => person.account),
      welcome_b64: toBase64Url(created.welcome),
    };
    const names = members.map((member) => member.name);
    await core.vault.write([
      put('conversations', conversation),
      put('creations', pending),
      put('messages', notice(conversation, 'started', 0, names, 'own')),
      ...(await contactChanges(core, members)),
    ]);
    await postCreation(core, pending);
    await refresh(core);
    return id;
  });
}

async function postCreation(core: Core, pending: PendingConversation): Promise<void> {
  try {
    await createConversation({
      conversation: pending.conversation,
      kind: pending.kind,
      members: pending.members,
      client_id: pending.clientId,
      epoch: 0,
      welcome_b64: pending.welcome_b64,
    });
    await core.vault.write([remove('creations', pending.conversation)]);
  } catch (error) {
    // Not known to have failed: it is posted again at the next start.
    if (!isTransient(error)) {
      const lines = await core.vault.messagesOf(pending.conversation);
      await core.vault.write([
        remove('creations', pending.conversation),
        remove('conversations', pending.conversation),
        ...lines.map((line) => remove('messages', line.key)),
      ]);
    }
    throw error;
  }
}

interface Wanted {
  packages: Uint8Array[];
  goneKeys: Uint8Array[];
  newPeople: Person[];
  newDevices: Id[];
  removedMembers: Id[];
}
const nothing: Wanted = { packages: [], goneKeys: [], newPeople: [], newDevices: [], removedMembers: [] };

/** One step of the group, on behalf of the caller inside `serial`. */
async function changeGroup(core: Core, conversation: Conversation, wanted: Wanted): Promise<void> {
  if (conversation.state === null) throw new Error('this conversation cannot be changed');
  if ((await core.vault.get('commits', conversation.id)) !== null) throw new Error('another change is on its way');
  const committed = await core.provider.change(conversation.state, { add: wanted.packages, remove: wanted.goneKeys });
  const known = [...conversation.members.map(({ account, name }) => ({ account, name })), ...wanted.newPeople];
  const { members, ownKeys } = byPerson(committed.members, known, core.session.account);
  const newMembers = members.filter((member) => wanted.newPeople.some((one) => one.account === member.account));
  if (newMembers.length !== wanted.newPeople.length || members.some((member) => member.name === '')) throw strangerWasGiven();
  const pending: PendingCommit = {
    conversation: conversation.id,
    clientId: newId(),
    epoch: conversation.epoch,
    mls_b64: toBase64Url(committed.commit),
    welcome_b64: toBase64Url(committed.welcome),
    newMembers,
    newDevices: wanted.newDevices,
    removedMembers: wanted.removedMembers,
    nextState: committed.state,
    members,
    ownKeys,
  };
  await core.vault.write([put('commits', pending)]);
  await postPendingCommit(core, pending);
}

const keysOf = (conversation: Conversation, account: Id): Uint8Array[] =>
  conversation.members.find((member) => member.account === account)?.signatureKeys ?? [];

async function open(core: Core, id: Id): Promise<Conversation> {
  const conversation = await core.vault.get('conversations', id);
  if (conversation === null) throw new Error('this conversation is gone');
  return conversation;
}

export async function addPerson(core: Core, conversationId: Id, person: Person): Promise<void> {
  const packages = await claimKeyPackages(person.account);
  await core.serial.run(async () => changeGroup(core, await open(core, conversationId), { ...nothing, packages, newPeople: [person] }));
}

/** Only for who started the group; everybody sees it. */
export async function removePerson(core: Core, conversationId: Id, account: Id): Promise<void> {
  await core.serial.run(async () => {
    const conversation = await open(core, conversationId);
    await changeGroup(core, conversation, {
      ...nothing,
      goneKeys: keysOf(conversation, account),
      removedMembers: [account],
    });
  });
}

/** Out, with a word to the others, whose devices then take ours out of the encryption. */
export async function leaveGroup(core: Core, conversationId: Id): Promise<void> {
  await core.serial.run(async () => {
    const conversation = await open(core, conversationId);
    if (conversation.state === null) return;
    const statement = await core.provider.leave(conversation.state);
    await postLeave(conversationId, { client_id: newId(), mls_b64: toBase64Url(statement) });
    const ended: Conversation = { ...conversation, state: null, ended: 'left' };
    await commit(core, [
      put('conversations', ended),
      put('messages', notice(ended, 'you-left', conversation.lastSeq + 0.5, [], 'own')),
    ]);
  });
}

/**
 * What every device does for the group by itself: takes in own devices that were confirmed, takes out own ones that were
 * removed and everybody who has left, and renews its keys from time to time. One commit does all of it.
 */
export async function tendGroups(core: Core): Promise<void> {
  const devices = await refreshOwnDevices(core);
  for (const { id } of await core.vault.all('conversations')) {
    await core.serial.run(async () => {
      const conversation = await open(core, id);
      if (conversation.state === null || (await core.vault.get('creations', id)) !== null) return;
      const goneKeys = [
        ...conversation.ownKeys.filter((key) => !devices.some((one) => includesKey([one.key], key))),
        ...conversation.leaving.flatMap((account) => keysOf(conversation, account)),
      ];
      const newDevices: Id[] = [];
      const packages: Uint8Array[] = [];
      const meIsConfirmed = devices.some((one) => one.current && one.state === 'confirmed');
      for (const device of meIsConfirmed ? devices : []) {
        if (device.current || device.state !== 'confirmed' || includesKey(conversation.ownKeys, device.key)) continue;
        try {
          packages.push(await claimOwnKeyPackage(device.device));
          newDevices.push(device.device);
        } catch (error) {
          if (isTransient(error)) throw error; // without a key package it comes in later
        }
      }
      const old = Date.now() - conversation.renewedAt > RENEW_AFTER_MS && conversation.sentSince > 0;
      const due = old || conversation.sentSince >= RENEW_AFTER_MESSAGES;
      if (goneKeys.length === 0 && packages.length === 0 && !due) return;
      try {
        await changeGroup(core, conversation, { ...nothing, packages, goneKeys, newDevices });
      } catch (error) {
        // Somebody was quicker: their commit is on its way to us, and what is still to do is done after it.
        if (!(error instanceof ServiceError) || error.code !== 'conflict') throw error;
      }
    });
  }
}

async function postPendingCommit(core: Core, pending: PendingCommit): Promise<void> {
  try {
    const accepted = await postCommit(pending.conversation, {
      client_id: pending.clientId,
      epoch: pending.epoch,
      mls_b64: pending.mls_b64,
      ...(pending.welcome_b64 === '' ? {} : { welcome_b64: pending.welcome_b64 }),
      new_members: pending.newMembers.map((member) => member.account),
      new_devices: pending.newDevices,
      removed_members: pending.removedMembers,
    });
    const conversation = await core.vault.get('conversations', pending.conversation);
    if (conversation === null) return;
    const next: Conversation = {
      ...conversation,
      state: pending.nextState,
      members: pending.members,
      ownKeys: pending.ownKeys,
      epoch: accepted.epoch,
      leaving: conversation.leaving.filter((account) => pending.members.some((member) => member.account === account)),
      renewedAt: Date.now(),
      sentSince: 0,
    };
    await commit(core, [
      remove('commits', pending.conversation),
      put('conversations', next),
      ...noticesOf(conversation, next, pending.clientId).map((line) => put('messages', line)),
      ...(await contactChanges(core, pending.newMembers)),
    ]);
  } catch (error) {
    // Somebody else changed the group first, or the service refused: our change never took place.
    if (!isTransient(error)) await core.vault.write([remove('commits', pending.conversation)]);
    throw error;
  }
}

/** A line for everybody and every device that came, and for everybody who went. None comes without one, whoever adds it. */
export function noticesOf(before: Conversation, after: Conversation, uniquePart: string): Notice[] {
  const namesNotIn = (one: Conversation, other: Conversation): ConversationMember[] =>
    one.members.filter((member) => !other.members.some((there) => there.account === member.account));
  const order = before.lastSeq + 0.5;
  const came = namesNotIn(after, before).map((member) => member.name);
  const went = namesNotIn(before, after).filter((member) => !before.leaving.includes(member.account));
  const lines: Notice[] = [];
  const newKeys = (keys: readonly Uint8Array[], old: readonly Uint8Array[]): boolean => keys.some((key) => !includesKey(old, key));
  if (newKeys(after.ownKeys, before.ownKeys)) lines.push(notice(after, 'device-joined', order, [], `${uniquePart}/own`));
  for (const member of after.members) {
    const old = before.members.find((one) => one.account === member.account);
    if (old === undefined || !newKeys(member.signatureKeys, old.signatureKeys)) continue;
    lines.push(notice(after, 'device-joined', order, [member.name], `${uniquePart}/${member.account}`));
  }
  if (came.length > 0) lines.push(notice(after, 'added', order, came, uniquePart));
  if (went.length > 0) lines.push(notice(after, 'removed', order, went.map((member) => member.name), uniquePart));
  return lines;
}

/** After a start: what was prepared and may or may not have reached the service. */
export async function finishPending(core: Core): Promise<void> {
  for (const pending of await core.vault.all('creations')) {
    await core.serial.run(() => postCreation(core, pending)).catch(() => undefined);
  }
  for (const pending of await core.vault.all('commits')) {
    await core.serial.run(() => postPendingCommit(core, pending)).catch(() => undefined);
  }
}
