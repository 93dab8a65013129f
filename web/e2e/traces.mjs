// Searches stored files and recorded traffic for what must not be there, in the forms that it would be stored in.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Raw, reversed, hexadecimal, and base64 at each of its three alignments, in both alphabets. */
export function forms(bytes) {
  const reversed = Buffer.from(bytes).reverse();
  const out = new Map();
  for (const [order, value] of [['', bytes], ['reversed ', reversed]]) {
    out.set(`${order}raw`, value);
    out.set(`${order}hex`, Buffer.from(value.toString('hex')));
    out.set(`${order}HEX`, Buffer.from(value.toString('hex').toUpperCase()));
    for (const shift of [0, 1, 2]) {
      const shifted = Buffer.concat([Buffer.alloc(shift), value]).toString('base64').replaceAll('=', '');
      // Characters that depend on neighbours outside of the value are cut off at both ends.
      const inner = shifted.slice(shift === 0 ? 0 : shift + 1, -2);
      out.set(`${order}base64 +${shift}`, Buffer.from(inner));
      out.set(`${order}base64url +${shift}`, Buffer.from(inner.replaceAll('+', '-').replaceAll('/', '_')));
    }
  }
  return out;
}

/** Evenly spread 24-byte pieces: a picture that is stored shifted or in part is found as well. */
export function pieces(bytes, count = 12, size = 24) {
  const step = Math.max(1, Math.floor((bytes.length - size) / count));
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * step, at * step + size));
}

/** needles: [{name, bytes}]; haystacks: [{name, bytes}]. Gives a line for each find; an empty list is a pass. */
export function findTraces(needles, haystacks) {
  const finds = [];
  for (const needle of needles) {
    for (const [form, value] of forms(needle.bytes)) {
      if (value.length < 8) continue;
      for (const haystack of haystacks) {
        if (haystack.bytes.includes(value)) finds.push(`${needle.name} (${form}) in ${haystack.name}`);
      }
    }
  }
  return finds;
}

export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ name: path, bytes: readFileSync(path) }));
}
