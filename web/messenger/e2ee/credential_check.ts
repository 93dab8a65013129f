// Our own authentication service for MLS: a key may speak for an account only if the account directory lists it.
// Trust on first use on top of that: the devices first seen for a person are pinned. A further one is taken over when a
// pinned one vouches for it with a signature; any other makes the person "not verified" until safety numbers are
// compared or the change is taken note of.
//
// What this cannot see: a directory that gives a false key from the very first contact on. Comparing safety numbers can.
import { readPerson } from '../../shared/api/messenger_api.ts';
import type { DeviceRecord } from '../../shared/api/types.ts';
import { equalBytes, fromBase64Url, fromHex } from '../../shared/bytes.ts';
import type { AccountId, CredentialCheck, E2eeProvider, Member } from './provider.ts';

export type Trust = 'pinned' | 'verified' | 'changed';

export interface Pin {
  keys: Uint8Array[];
  trust: Trust;
}

/** A device as the directory shows it now. */
export interface SeenDevice {
  device: string;
  key: Uint8Array;
  since: number;
  /** The key of the earlier device whose signature over this one was checked here; null without. */
  vouchedBy: Uint8Array | null;
}

export const includesKey = (keys: readonly Uint8Array[], key: Uint8Array): boolean => keys.some((one) => equalBytes(one, key));

/** `trusted` and all that they vouch for, directly or by way of one another. */
export function vouchedFor(trusted: readonly Uint8Array[], seen: readonly SeenDevice[]): Uint8Array[] {
  const known = [...trusted];
  for (let grown = true; grown; ) {
    grown = false;
    for (const one of seen) {
      if (includesKey(known, one.key) || one.vouchedBy === null || !includesKey(known, one.vouchedBy)) continue;
      known.push(one.key);
      grown = true;
    }
  }
  return known;
}

/** What becomes of a pin when the directory shows these devices for the person. */
export function pinAfter(pin: Pin | null, seen: readonly SeenDevice[]): Pin {
  const keys = seen.map((one) => one.key);
  if (pin === null) return { keys, trust: 'pinned' };
  const known = vouchedFor(pin.keys, seen);
  if (keys.length === 0 || !keys.every((key) => includesKey(known, key))) return { keys: pin.keys, trust: 'changed' };
  return { keys, trust: pin.trust === 'changed' ? 'pinned' : pin.trust };
}

/** What an earlier device signs for a new one: text "lightkeeper device v1", account 16, bytes key. */
export function vouchStatement(account: AccountId, key: Uint8Array): Uint8Array<ArrayBuffer> {
  const label = new TextEncoder().encode('lightkeeper device v1');
  const out = new Uint8Array(4 + label.length + 16 + 4 + key.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, label.length);
  out.set(label, 4);
  out.set(fromHex(account), 4 + label.length);
  view.setUint32(20 + label.length, key.length);
  out.set(key, 24 + label.length);
  return out;
}

export class DirectoryCheck implements CredentialCheck {
  readonly #known = new Map<AccountId, Uint8Array[]>();
  /** Checks signatures; given once the encryption is ready. */
  provider: Pick<E2eeProvider, 'verify'> | null = null;

  constructor(private readonly self: Member) {}

  async mayUse(account: AccountId, signatureKey: Uint8Array): Promise<boolean> {
    if (account === this.self.account && equalBytes(signatureKey, this.self.signatureKey)) return true;
    const cached = this.#known.get(account);
    if (cached !== undefined && includesKey(cached, signatureKey)) return true;
    // An unknown key may be a new device: ask again before refusing.
    return includesKey((await readPerson(account)).signature_keys_b64.map(fromBase64Url), signatureKey);
  }

  /** Fresh from the directory, every time, oldest first. */
  async devicesOf(account: AccountId): Promise<SeenDevice[]> {
    const seen = await this.checked(account, (await readPerson(account)).devices);
    this.#known.set(
      account,
      seen.map((one) => one.key),
    );
    return seen;
  }

  /** A vouch that does not verify counts as none. */
  async checked(account: AccountId, devices: readonly DeviceRecord[]): Promise<SeenDevice[]> {
    const keyOf = (id: string | null): Uint8Array | null => {
      const found = devices.find((one) => one.device === id);
      return found === undefined ? null : fromBase64Url(found.signature_key_b64);
    };
    return Promise.all(
      devices.map(async (one) => {
        const key = fromBase64Url(one.signature_key_b64);
        const by = keyOf(one.vouched_by);
        const holds =
          by !== null &&
          one.vouch_b64 !== null &&
          (await this.provider?.verify(by, vouchStatement(account, key), fromBase64Url(one.vouch_b64))) === true;
        return { device: one.device, key, since: one.created_ms, vouchedBy: holds ? by : null };
      }),
    );
  }
}
