// Whom this device knows, by which key, and how sure it is of it.
import { equalBytes } from '../../shared/bytes.ts';
import type { Person } from '../../shared/api/types.ts';
import { pinAfter } from '../e2ee/credential_check.ts';
import type { Core } from './core.ts';
import { commit } from './core.ts';
import type { Contact, Conversation, ConversationMember } from './model.ts';
import { put, type Change } from './vault.ts';

/** The contact after this key was seen for the person; unchanged when it is the pinned one. */
export function contactAfter(known: Contact | null, person: Person, seen: Uint8Array): Contact {
  const pin = pinAfter(known === null ? null : { key: known.pinnedKey, trust: known.trust }, seen);
  return { ...person, pinnedKey: pin.key, trust: pin.trust, seenKey: seen, blocked: known?.blocked ?? false };
}

export async function contactChanges(core: Core, members: ConversationMember[]): Promise<Change[]> {
  const known = await Promise.all(members.map((member) => core.vault.get('contacts', member.account)));
  return members.map((member, at) =>
    put('contacts', contactAfter(known[at] ?? null, { account: member.account, name: member.name }, member.signatureKey)),
  );
}

/** Asks the directory for everyone's current key, so that a change shows when the conversation is opened. */
export async function refreshTrust(core: Core, conversation: Conversation): Promise<void> {
  const changes: Change[] = [];
  for (const member of conversation.members) {
    const known = await core.vault.get('contacts', member.account);
    const keys = await core.directory.keysOf(member.account);
    const current = keys.at(-1);
    if (current === undefined) continue;
    const next = contactAfter(known, { account: member.account, name: member.name }, current);
    if (known === null || next.trust !== known.trust || !equalBytes(next.seenKey, known.seenKey)) {
      changes.push(put('contacts', next));
    }
  }
  if (changes.length > 0) await commit(core, changes);
}

/** The two people compared numbers, or take note of the change: from here on the key seen last is the pinned one. */
export async function trustSeenKey(core: Core, contact: Contact, compared: boolean): Promise<void> {
  const trust = compared ? 'verified' : 'pinned';
  await commit(core, [put('contacts', { ...contact, pinnedKey: contact.seenKey, trust })]);
}

export async function setBlocked(core: Core, contact: Contact, blocked: boolean): Promise<void> {
  await commit(core, [put('contacts', { ...contact, blocked })]);
}

export type LockState = 'encrypted' | 'unverified';

/** Encrypted means: every other leaf in the group has the key that is pinned for its person, and no change is open. */
export function lockState(conversation: Conversation, contacts: ReadonlyMap<string, Contact>): LockState {
  const sure = conversation.members.every((member) => {
    const contact = contacts.get(member.account);
    return (
      contact !== undefined && contact.trust !== 'changed' && equalBytes(contact.pinnedKey, member.signatureKey)
    );
  });
  return sure && conversation.state !== null ? 'encrypted' : 'unverified';
}

/** Members whose key in the group is not the one they use now. They cannot read what is written here. */
export function staleMembers(conversation: Conversation, contacts: ReadonlyMap<string, Contact>): ConversationMember[] {
  return conversation.members.filter((member) => {
    const contact = contacts.get(member.account);
    return contact !== undefined && !equalBytes(contact.seenKey, member.signatureKey);
  });
}
