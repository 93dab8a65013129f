// Sixty digits that two people compare: a digest of both accounts with their signature keys, the same on both sides.
//
//   digest = SHA-512("lightkeeper safety number v1" || 0x00 || lower (id || key) || higher (id || key))
//   twelve groups: each five bytes big-endian, modulo 100,000, as five digits
import { fromHex } from '../../shared/bytes.ts';
import type { Member } from './provider.ts';

const label = new TextEncoder().encode('lightkeeper safety number v1\0');

export async function safetyNumber(a: Member, b: Member): Promise<string[]> {
  const [low, high] = [a, b].sort((x, y) => (x.account < y.account ? -1 : 1)) as [Member, Member];
  const parts = [label, fromHex(low.account), low.signatureKey, fromHex(high.account), high.signatureKey];
  const input = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    input.set(part, at);
    at += part.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-512', input));
  return Array.from({ length: 12 }, (_, group) => {
    let value = 0;
    for (const byte of digest.subarray(group * 5, group * 5 + 5)) value = value * 256 + byte;
    return String(value % 100_000).padStart(5, '0');
  });
}
