// Starting conversations and adding people. What was prepared is stored before it is posted; the same client id makes
// a second posting after a crash harmless.
import { claimKeyPackage, createConversation, postCommit } from '../../shared/api/messenger_api.ts';
import { isTransient, ServiceError } from '../../shared/api/http.ts';
import type { Id, Person } from '../../shared/api/types.ts';
import { newId, toBase64Url } from '../../shared/bytes.ts';
import type { Member } from '../e2ee/provider.ts';
import { commit, refresh, type Core } from './core.ts';
import { notice } from './inbox.ts';
import type { Conversation, ConversationMember, PendingCommit, PendingConversation } from './model.ts';
import { contactChanges } from './people.ts';
import { put, remove } from './vault.ts';

function withNames(members: Member[], people: Person[], self: Id): ConversationMember[] {
  return members
    .filter((member) => member.account !== self)
    .map((member) => ({
      account: member.account,
      name: people.find((person) => person.account === member.account)?.name ?? '',
      signatureKey: member.signatureKey,
    }));
}

/** The direct conversation with this person that is open and readable for their present key, if there is one. */
export function existingDirect(conversations: Conversation[], person: Person, usable: (c: Conversation) => boolean): Id | null {
  const found = conversations.find(
    (one) => one.kind === 'direct' && one.members[0]?.account === person.account && one.state !== null && usable(one),
  );
  return found?.id ?? null;
}

export async function startConversation(core: Core, people: Person[]): Promise<Id> {
  const packages = await Promise.all(people.map((person) => claimKeyPackage(person.account)));
  return core.serial.run(async () => {
    const id = newId();
    const created = await core.provider.create(core.identity, id, packages);
    const members = withNames(created.members, people, core.session.account);
    if (members.length !== people.length || members.some((member) => member.name === '')) {
      // The service handed out a key package of somebody who was not asked for.
      throw new ServiceError({ status: 403, code: 'credential_mismatch', title: 'a key package of another person' });
    }
    const kind = people.length === 1 ? ('direct' as const) : ('group' as const);
    const conversation: Conversation = {
      id,
      kind,
      members,
      state: created.state,
      epoch: 0,
      lastAt: Date.now(),
      lastLine: '',
      unread: 0,
      hidden: 0,
      lastSeq: 0,
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

export async function addPerson(core: Core, conversationId: Id, person: Person): Promise<void> {
  const keyPackage = await claimKeyPackage(person.account);
  await core.serial.run(async () => {
    const conversation = await core.vault.get('conversations', conversationId);
    if (conversation?.state == null) throw new Error('this conversation cannot be changed');
    const committed = await core.provider.add(conversation.state, [keyPackage]);
    const known = [...conversation.members.map(({ account, name }) => ({ account, name })), person];
    const members = withNames(committed.members, known, core.session.account);
    const newMembers = members.filter((member) => member.account === person.account);
    if (newMembers.length !== 1) {
      throw new ServiceError({ status: 403, code: 'credential_mismatch', title: 'a key package of another person' });
    }
    const pending: PendingCommit = {
      conversation: conversationId,
      clientId: newId(),
      epoch: conversation.epoch,
      mls_b64: toBase64Url(committed.commit),
      welcome_b64: toBase64Url(committed.welcome),
      newMembers,
      nextState: committed.state,
      members,
    };
    await core.vault.write([put('commits', pending)]);
    await postPendingCommit(core, pending);
  });
}

async function postPendingCommit(core: Core, pending: PendingCommit): Promise<void> {
  try {
    const accepted = await postCommit(pending.conversation, {
      client_id: pending.clientId,
      epoch: pending.epoch,
      mls_b64: pending.mls_b64,
      welcome_b64: pending.welcome_b64,
      new_members: pending.newMembers.map((member) => member.account),
    });
    const conversation = await core.vault.get('conversations', pending.conversation);
    if (conversation === null) return;
    const next: Conversation = {
      ...conversation,
      state: pending.nextState,
      members: pending.members,
      epoch: accepted.epoch,
    };
    const names = pending.newMembers.map((member) => member.name);
    await commit(core, [
      remove('commits', pending.conversation),
      put('conversations', next),
      put('messages', notice(next, 'added', conversation.lastSeq + 0.5, names, pending.clientId)),
      ...(await contactChanges(core, pending.newMembers)),
    ]);
  } catch (error) {
    // Somebody else changed the group first, or the service refused: our change never took place.
    if (!isTransient(error)) await core.vault.write([remove('commits', pending.conversation)]);
    throw error;
  }
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
