// The WebAssembly build gives the bytes of the vectors, like the native build.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guard, Testing, Writer, guardWasm, hex, toHex, vectors } from './modules.mjs';

const testing = await Testing.load();

test('cryptography gives the published values', () => {
  const v = vectors('crypto');
  for (const c of v.sha256.cases) assert.equal(toHex(testing.call(1, (w) => w.bytes(hex(c.data))).rest()), c.digest);
  for (const c of v.hmac_sha256.cases) {
    assert.equal(toHex(testing.call(2, (w) => w.bytes(hex(c.key)).bytes(hex(c.data))).rest()), c.mac);
  }
  for (const c of v.hkdf_sha256.cases) {
    const okm = testing.call(3, (w) => w.bytes(hex(c.ikm)).bytes(hex(c.salt)).bytes(hex(c.info)).u16(c.okm.length / 2)).rest();
    assert.equal(toHex(okm), c.okm);
  }
  for (const c of v.chacha20_poly1305.cases) {
    const sealed = testing.call(4, (w) => w.bytes(hex(c.key)).fixed(hex(c.nonce)).bytes(hex(c.aad)).bytes(hex(c.plaintext))).rest();
    assert.equal(toHex(sealed), c.sealed);
  }
  for (const c of v.ed25519.cases) {
    assert.equal(toHex(testing.call(5, (w) => w.fixed(hex(c.seed)).bytes(hex(c.message))).rest()), c.public + c.signature);
  }
  for (const c of v.x25519.cases) {
    assert.equal(toHex(testing.call(6, (w) => w.fixed(hex(c.secret)).fixed(hex(c.peer))).rest()), c.shared);
  }
  for (const c of v.hpke_base.cases) {
    for (const e of c.exports) {
      const opened = testing.call(7, (w) => w.fixed(hex(c.recipient_secret)).bytes(hex(c.info)).bytes(hex(c.aad))
        .bytes(hex(c.enc + c.ciphertext)).bytes(hex(e.context)).u16(e.value.length / 2));
      assert.equal(toHex(opened.bytes()), c.plaintext);
      assert.equal(toHex(opened.bytes()), e.value);
    }
  }
});

test('every drawn picture has the reference hashes, both variants, all eight turns', () => {
  const { cases } = vectors('pdq_drawn');
  assert.ok(cases.length >= 16);
  for (const c of cases) {
    const answer = testing.call(8, (w) => w.u32(c.width).u32(c.height).u32(c.seed));
    const pixels = toHex(answer.fixed(8));
    const full = { quality: answer.u8(), hashes: Array.from({ length: 8 }, () => answer.text()) };
    const via512 = { quality: answer.u8(), hashes: Array.from({ length: 8 }, () => answer.text()) };
    answer.finish();
    assert.equal(pixels, c.pixels_fnv1a64);
    assert.deepEqual(full, { quality: c.full_quality, hashes: c.dihedral });
    assert.equal(via512.hashes[0], c.via512);
    assert.equal(via512.quality, c.via512_quality);
  }
});

const contentOf = (c) => ({ type: c.type, sender: c.sender, conversation: c.conversation, body: c.body, refs: c.refs,
  expiresAfter: c.expires_after,
  attachments: c.attachments.map((a) => ({ id: a.id, mediaType: a.media_type, plaintextSize: a.plaintext_size, fileKey: a.file_key,
    ciphertextRoot: a.ciphertext_root, plaintextRoot: a.plaintext_root })) });

test('every message of the frank vectors comes out of the public interface', async () => {
  for (const c of vectors('frank_v1').cases) {
    const guard = await Guard.loadWithRandom(guardWasm, (target) => target.set(hex(c.opening_key).subarray(0, target.length)));
    const franked = guard.frank(contentOf(c.content));
    assert.equal(toHex(franked.contentBytes), c.content_bytes);
    assert.equal(toHex(franked.openingKey), c.opening_key);
    assert.equal(toHex(franked.commitment), c.commitment);
    assert.equal(toHex(franked.payload), c.payload);
    const opened = guard.openMessage(hex(c.payload), hex(c.commitment), hex(c.context_bytes), c.content.sender, c.content.conversation);
    assert.deepEqual(opened.content, contentOf(c.content));
    assert.equal(toHex(opened.openingKey), c.opening_key);
  }
});

test('every attachment of the frank vectors has the same roots', async () => {
  for (const a of vectors('frank_v1').attachments) {
    const plaintext = Uint8Array.from({ length: a.plaintext_size }, (_, k) => k * 31 + (k >> 8) + a.start);
    const guard = await Guard.loadWithRandom(guardWasm, (target) => target.set(hex(a.file_key).subarray(0, target.length)));
    const { ciphertext, descriptor } = guard.sealAttachment(plaintext, a.media_type);
    assert.equal(ciphertext.length, a.ciphertext_size);
    assert.equal(descriptor.ciphertextRoot, a.ciphertext_root);
    assert.equal(descriptor.plaintextRoot, a.plaintext_root);
    assert.equal(toHex(testing.call(1, (w) => w.bytes(ciphertext)).rest()), a.ciphertext_sha256);
    assert.deepEqual(guard.openAttachment(descriptor, ciphertext), plaintext);
  }
});

test('the codec writes what it reads and refuses what does not fit', () => {
  const bytes = new Writer().u8(1).u16(2).u32(0xffffffff).u64(Number.MAX_SAFE_INTEGER).text('灯台').take();
  assert.equal(toHex(bytes), '010002ffffffff001fffffffffffff00000006e781afe58fb0');
  assert.throws(() => new Writer().u8(256), RangeError);
  assert.throws(() => new Writer().u32(-1), RangeError);
  assert.throws(() => new Writer().u64(2 ** 60), RangeError);
});
