// "Invisible salamanders" (Dodis et al., CRYPTO 2018) for real: one ciphertext, two keys, two plaintexts, both tags valid.
// Without the plaintext root a dishonest sender could show one picture and have another one reported.
import assert from 'node:assert/strict';
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Guard, codeOf, guardWasm } from './modules.mjs';

const kPrime = 2n ** 130n - 5n;
const k128 = 2n ** 128n;
const mod = (n) => ((n % kPrime) + kPrime) % kPrime;
const fromLittleEndian = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);
const toLittleEndian = (n, size) => Buffer.from(n.toString(16).padStart(2 * size, '0'), 'hex').reverse();
function power(base, exponent) {
  let out = 1n;
  for (let b = mod(base), e = exponent; e > 0n; e >>= 1n, b = mod(b * b)) if (e & 1n) out = mod(out * b);
  return out;
}

const size = 96;
const nonce = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]); // the first and last chunk
const associated = Buffer.concat([Buffer.from('lightkeeper attachment chunk v1'), Buffer.from([0, 0, 0, 0, 0, 0, 0, size])]);
const pad = (bytes) => Buffer.concat([bytes, Buffer.alloc((16 - (bytes.length % 16)) % 16)]);

/** r, s of Poly1305 for this key and our nonce (RFC 8439 section 2.6). */
function oneTimeKey(key) {
  const block = createCipheriv('chacha20', key, Buffer.concat([Buffer.alloc(4), nonce])).update(Buffer.alloc(32));
  return { r: fromLittleEndian(block.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn, s: fromLittleEndian(block.subarray(16)) };
}
function blocksOf(ciphertext) {
  const lengths = Buffer.alloc(16);
  lengths.writeBigUInt64LE(BigInt(associated.length));
  lengths.writeBigUInt64LE(BigInt(ciphertext.length), 8);
  const all = Buffer.concat([pad(associated), pad(ciphertext), lengths]);
  return Array.from({ length: all.length / 16 }, (_, i) => fromLittleEndian(all.subarray(16 * i, 16 * i + 16)) + k128);
}
const polynomial = (blocks, r) => blocks.reduce((sum, block) => mod((sum + block) * r), 0n);
const tagOf = (ciphertext, { r, s }) => (polynomial(blocksOf(ciphertext), r) + s) % k128;

/** Chooses the last block of the ciphertext so that the tags under both keys are equal. */
function twoKeysOneCiphertext() {
  for (;;) {
    const keys = [randomBytes(32), randomBytes(32)];
    const [a, b] = keys.map(oneTimeKey);
    const ciphertext = randomBytes(size);
    ciphertext.fill(0, size - 16);
    const exponent = 2n; // the last block of the ciphertext is followed by the lengths only
    const difference = mod(power(a.r, exponent) - power(b.r, exponent));
    const rest = mod(polynomial(blocksOf(ciphertext), b.r) - polynomial(blocksOf(ciphertext), a.r) + b.s - a.s);
    for (let wrap = -4n; wrap <= 4n; wrap++) {
      const block = mod((rest + wrap * k128) * power(difference, kPrime - 2n));
      if (block >= k128) continue;
      const whole = Buffer.concat([ciphertext.subarray(0, size - 16), toLittleEndian(block, 16)]);
      if (tagOf(whole, a) === tagOf(whole, b)) return { keys, sealed: Buffer.concat([whole, toLittleEndian(tagOf(whole, a), 16)]) };
    }
  }
}

function openWithoutRoots(key, sealed) {
  const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  decipher.setAAD(associated, { plaintextLength: size });
  decipher.setAuthTag(sealed.subarray(size));
  return Buffer.concat([decipher.update(sealed.subarray(0, size)), decipher.final()]);
}
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
function root(kind, bytes) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(bytes.length));
  return sha256(Buffer.from('lightkeeper attachment v1'), Buffer.from([kind]), length, sha256(bytes)).toString('hex');
}

test('a ciphertext made for two keys opens to the committed picture only', async () => {
  const { keys, sealed } = twoKeysOneCiphertext();
  const [shown, reported] = keys.map((key) => openWithoutRoots(key, sealed));
  // The planted violation: encryption alone accepts both.
  assert.notDeepEqual(shown, reported);
  const guard = await Guard.load(guardWasm);
  const descriptor = (key, plaintext) => ({ id: '00'.repeat(16), mediaType: 'image/png', plaintextSize: size, fileKey: key.toString('hex'),
    ciphertextRoot: root(2, sealed), plaintextRoot: root(1, plaintext) });
  assert.deepEqual(Buffer.from(guard.openAttachment(descriptor(keys[0], shown), sealed)), shown);
  assert.equal(codeOf(() => guard.openAttachment(descriptor(keys[1], shown), sealed)), 'frank_invalid');
  assert.equal(codeOf(() => guard.openAttachment(descriptor(keys[0], reported), sealed)), 'frank_invalid');
});
