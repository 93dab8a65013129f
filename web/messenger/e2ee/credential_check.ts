// Our own authentication service for MLS: a key may speak for an account only if the account directory lists it.
// Trust on first use on top of that: the first key seen for a person is pinned, and another one later is not silently
// accepted but makes the person "not verified" until safety numbers are compared or the change is taken note of.
//
// What this cannot see: a directory that gives a false key from the very first contact on. Comparing safety numbers can.
import { readPerson } from '../../shared/api/messenger_api.ts';
import { equalBytes, fromBase64Url } from '../../shared/bytes.ts';
import type { AccountId, CredentialCheck, Member } from './provider.ts';

export type Trust = 'pinned' | 'verified' | 'changed';

export interface Pin {
  key: Uint8Array;
  trust: Trust;
}

/** What becomes of a pin when the directory or a group shows `seen` for this person. */
export function pinAfter(pin: Pin | null, seen: Uint8Array): Pin {
  if (pin === null) return { key: seen, trust: 'pinned' };
  return equalBytes(pin.key, seen) ? pin : { key: pin.key, trust: 'changed' };
}

export class DirectoryCheck implements CredentialCheck {
  readonly #known = new Map<AccountId, Uint8Array[]>();

  constructor(private readonly self: Member) {}

  async mayUse(account: AccountId, signatureKey: Uint8Array): Promise<boolean> {
    if (account === this.self.account) return equalBytes(signatureKey, this.self.signatureKey);
    const cached = this.#known.get(account);
    if (cached?.some((key) => equalBytes(key, signatureKey))) return true;
    // An unknown key may be a new device: ask again before refusing.
    return (await this.keysOf(account)).some((key) => equalBytes(key, signatureKey));
  }

  /** Fresh from the directory, every time. */
  async keysOf(account: AccountId): Promise<Uint8Array[]> {
    const person = await readPerson(account);
    const keys = person.signature_keys_b64.map(fromBase64Url);
    this.#known.set(account, keys);
    return keys;
  }
}
