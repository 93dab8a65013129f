// Whom this device knows, by the keys of which devices, and how sure it is of them.
import { equalBytes } from '../../shared/bytes.ts';
import type { Id, Person } from '../../shared/api/types.ts';
import { includesKey, pinAfter, type SeenDevice } from '../e2ee/credential_check.ts';
import type { Core } from './core.ts';
import { commit } from './core.ts';
import type { Contact, Conversation, ConversationMember } from './model.ts';
import { put, type Change } from './vault.ts';

/** The contact after the directory showed these devices of the person. */
export function contactAfter(known: Contact | null, person: Person, seen: readonly SeenDevice[]): Contact {
  const pin = pinAfter(known === null ? null : { keys: known.pinnedKeys, trust: known.trust }, seen);
  return {
    ...person,
    pinnedKeys: pin.keys,
    trust: pin.trust,
    seenKeys: seen.map((one) => one.key),
    blocked: known?.blocked ?? false,
  };
}

/** Asks the directory for everyone's devices and gives what that changes. */
export async function contactChanges(core: Core, people: readonly Person[]): Promise<Change[]> {
  return Promise.all(
    people.map(async ({ account, name }) => {
      const [known, seen] = await Promise.all([core.vault.get('contacts', account), core.directory.devicesOf(account)]);
      return put('contacts', contactAfter(known, { account, name }, seen));
    }),
  );
}

const sameKeys = (a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean =>
  a.length === b.length && a.every((key, at) => equalBytes(key, b[at] ?? new Uint8Array()));

/** Asks the directory for everyone's current devices, so that a change shows when the conversation is opened. */
export async function refreshTrust(core: Core, conversation: Conversation): Promise<void> {
  const changes: Change[] = [];
  for (const member of conversation.members) {
    const known = await core.vault.get('contacts', member.account);
    const seen = await core.directory.devicesOf(member.account);
    if (seen.length === 0) continue;
    const next = contactAfter(known, { account: member.account, name: member.name }, seen);
    if (
      known === null ||
      next.trust !== known.trust ||
      !sameKeys(next.seenKeys, known.seenKeys) ||
      !sameKeys(next.pinnedKeys, known.pinnedKeys)
    ) {
      changes.push(put('contacts', next));
    }
  }
  if (changes.length > 0) await commit(core, changes);
}

/** The two people compared numbers, or take note of the change: from here on the devices seen last are the pinned ones. */
export async function trustSeenKeys(core: Core, contact: Contact, compared: boolean): Promise<void> {
  const trust = compared ? 'verified' : 'pinned';
  await commit(core, [put('contacts', { ...contact, pinnedKeys: contact.seenKeys, trust })]);
}

export async function setBlocked(core: Core, contact: Contact, blocked: boolean): Promise<void> {
  await commit(core, [put('contacts', { ...contact, blocked })]);
}

export type LockState = 'encrypted' | 'unverified';

/**
 * Encrypted means: every leaf in the group is a device that is pinned for its person, no change is open, and every one of
 * our own leaves is a device that we confirmed. There is no leaf that is not shown: `members` and `ownKeys` are all.
 */
export function lockState(
  conversation: Conversation,
  contacts: ReadonlyMap<Id, Contact>,
  ownConfirmed: readonly Uint8Array[] | null,
): LockState {
  const sure = conversation.members.every((member) => {
    const contact = contacts.get(member.account);
    return (
      contact !== undefined &&
      contact.trust !== 'changed' &&
      member.signatureKeys.every((key) => includesKey(contact.pinnedKeys, key))
    );
  });
  const own = ownConfirmed === null || conversation.ownKeys.every((key) => includesKey(ownConfirmed, key));
  return sure && own && conversation.state !== null ? 'encrypted' : 'unverified';
}

/** Members none of whose devices in the group is in use any more. They cannot read what is written here. */
export function staleMembers(conversation: Conversation, contacts: ReadonlyMap<Id, Contact>): ConversationMember[] {
  return conversation.members.filter((member) => {
    const contact = contacts.get(member.account);
    return contact !== undefined && !member.signatureKeys.some((key) => includesKey(contact.seenKeys, key));
  });
}
