// Sixty digits that two people compare: a digest of both accounts with the keys of all their devices, the same on both
// sides. A device more or less gives other digits.
//
//   person = id 16 || u8 number of keys || the keys in ascending order, 32 bytes each
//   digest = SHA-512("lightkeeper safety number v2" || 0x00 || person with the lower id || person with the higher id)
//   twelve groups: each five bytes big-endian, modulo 100,000, as five digits
//
// The code of one device, compared on two screens of one person, has four groups of
//   SHA-512("lightkeeper device code v1" || 0x00 || id || key).
import { fromHex, toHex } from '../../shared/bytes.ts';
import type { Member } from './provider.ts';

const encoder = new TextEncoder();

export interface PersonKeys {
  account: string;
  keys: readonly Uint8Array[];
}

async function groups(count: number, parts: Uint8Array[]): Promise<string[]> {
  const input = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    input.set(part, at);
    at += part.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-512', input));
  return Array.from({ length: count }, (_, group) => {
    let value = 0;
    for (const byte of digest.subarray(group * 5, group * 5 + 5)) value = value * 256 + byte;
    return String(value % 100_000).padStart(5, '0');
  });
}

function partsOf(person: PersonKeys): Uint8Array[] {
  const keys = [...person.keys].sort((x, y) => (toHex(x) < toHex(y) ? -1 : 1));
  return [fromHex(person.account), Uint8Array.of(keys.length), ...keys];
}

export function safetyNumber(a: PersonKeys, b: PersonKeys): Promise<string[]> {
  const [low, high] = [a, b].sort((x, y) => (x.account < y.account ? -1 : 1)) as [PersonKeys, PersonKeys];
  return groups(12, [encoder.encode('lightkeeper safety number v2\0'), ...partsOf(low), ...partsOf(high)]);
}

export function deviceCode(device: Member): Promise<string[]> {
  return groups(4, [encoder.encode('lightkeeper device code v1\0'), fromHex(device.account), device.signatureKey]);
}
