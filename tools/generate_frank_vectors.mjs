// Writes vectors/frank_v1.json from docs/reference/franking.md with Node's own crypto: a second implementation,
// so that a mistake in the C++ one cannot hide in its own vectors.   node tools/generate_frank_vectors.mjs
import { createCipheriv, createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const u8 = (n) => Buffer.from([n]);
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const lp = (bytes) => Buffer.concat([u32(bytes.length), bytes]);
const hex = (text) => Buffer.from(text, 'hex');
const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const hmac = (key, bytes) => createHmac('sha256', key).update(bytes).digest();
const run = (start, size) => Buffer.from(Array.from({ length: size }, (_, i) => (start + i) & 255));

const CHUNK = 65536;
function sealAttachment(plaintext, fileKey) {
  const chunks = [];
  const count = Math.ceil(plaintext.length / CHUNK);
  const aad = Buffer.concat([Buffer.from('lightkeeper attachment chunk v1'), u64(plaintext.length)]);
  for (let i = 0; i < count; i++) {
    const nonce = Buffer.concat([u64(i), Buffer.from([0, 0, 0, i + 1 === count ? 1 : 0])]);
    const cipher = createCipheriv('chacha20-poly1305', fileKey, nonce, { authTagLength: 16 });
    cipher.setAAD(aad);
    const sealed = cipher.update(plaintext.subarray(i * CHUNK, (i + 1) * CHUNK));
    chunks.push(Buffer.concat([sealed, cipher.final(), cipher.getAuthTag()]));
  }
  return Buffer.concat(chunks);
}
function root(kind, bytes, chunkSize) {
  const hashes = [];
  for (let at = 0; at < bytes.length; at += chunkSize) hashes.push(sha256(bytes.subarray(at, at + chunkSize)));
  return sha256(Buffer.concat([Buffer.from('lightkeeper attachment v1'), u8(kind), u64(bytes.length), ...hashes]));
}
const descriptor = (a) => Buffer.concat([hex(a.id), lp(Buffer.from(a.media_type)), u64(a.plaintext_size), hex(a.file_key),
  hex(a.ciphertext_root), hex(a.plaintext_root)]);
const TYPES = { text: 1, picture: 2, edit: 3, timer: 4 };
const content = (c) => {
  const second = TYPES[c.type] > 2 || c.expires_after > 0;
  return Buffer.concat([u8(second ? 2 : 1), u8(TYPES[c.type]), hex(c.sender), hex(c.conversation), lp(Buffer.from(c.body)),
    u8(c.attachments.length), ...c.attachments.map(descriptor), u8(c.refs.length), ...c.refs.map(hex),
    ...(second ? [u32(c.expires_after)] : [])]);
};
const context = (c) => Buffer.concat([u8(1), u32(c.key_id), hex(c.sender), hex(c.conversation), u64(c.seq), u64(c.accepted_ms),
  u8(c.mode === 'end_to_end_encrypted' ? 1 : 2)]);

const attachments = [1, 1000, CHUNK, CHUNK + 1, 3 * CHUNK - 7].map((size, i) => {
  const fileKey = run(16 * i + 3, 32);
  const plaintext = Buffer.from(Array.from({ length: size }, (_, k) => (k * 31 + (k >> 8) + i) & 255));
  const sealed = sealAttachment(plaintext, fileKey);
  return { plaintext_rule: `byte k = (31 k + floor(k / 256) + ${i}) mod 256`, start: i, plaintext_size: size,
    media_type: ['image/jpeg', 'image/png', 'image/webp'][i % 3], file_key: fileKey.toString('hex'),
    ciphertext_size: sealed.length, ciphertext_sha256: sha256(sealed).toString('hex'),
    ciphertext_root: root(2, sealed, CHUNK + 16).toString('hex'), plaintext_root: root(1, plaintext, CHUNK).toString('hex') };
});
const stampKey = run(200, 32);
const cases = [
  { name: 'a short text', content: { type: 'text', body: 'See you at the lighthouse at six.', attachments: [], refs: [] }, seq: 1 },
  { name: 'an empty text', content: { type: 'text', body: '', attachments: [], refs: [] }, seq: 2 },
  { name: 'text beyond ASCII, answering two messages',
    content: { type: 'text', body: 'Grüße vom Leuchtturm – 灯台 🗼', attachments: [], refs: [run(1, 32).toString('hex'), run(90, 32).toString('hex')] },
    seq: 4294967296, mode: 'service_protected' },
  { name: 'two pictures with words', content: { type: 'picture', body: 'Drawn today', refs: [],
    attachments: [attachments[1], attachments[3]].map((a, i) => ({ id: run(0x60 + i, 16).toString('hex'), media_type: a.media_type,
      plaintext_size: a.plaintext_size, file_key: a.file_key, ciphertext_root: a.ciphertext_root, plaintext_root: a.plaintext_root })) },
    seq: 77 },
  { name: 'a text that disappears after an hour', content: { type: 'text', body: 'The key is under the lamp.', attachments: [], refs: [], expires_after: 3600 }, seq: 78 },
  { name: 'an edit of an earlier message',
    content: { type: 'edit', body: 'See you at the lighthouse at seven.', attachments: [], refs: [run(7, 32).toString('hex')] }, seq: 79 },
  { name: 'a timer of four weeks', content: { type: 'timer', body: '', attachments: [], refs: [], expires_after: 2419200 }, seq: 80 },
  { name: 'a timer that ends disappearing', content: { type: 'timer', body: '', attachments: [], refs: [], expires_after: 0 }, seq: 81 },
].map((test, i) => {
  const sender = run(0x10 + i, 16).toString('hex');
  const conversation = run(0x80 + i, 16).toString('hex');
  const full = { expires_after: 0, ...test.content, sender, conversation };
  const openingKey = run(0x30 + 7 * i, 32);
  const bytes = content(full);
  const commitment = hmac(openingKey, bytes);
  const ctx = { key_id: 20000 + i, sender, conversation, seq: test.seq, accepted_ms: 1790000000000 + i, mode: test.mode ?? 'end_to_end_encrypted' };
  const ctxBytes = context(ctx);
  return { name: test.name, content: full, content_bytes: bytes.toString('hex'), opening_key: openingKey.toString('hex'),
    commitment: commitment.toString('hex'),
    payload: Buffer.concat([u8(1), openingKey, lp(bytes)]).toString('hex'), context: ctx, context_bytes: ctxBytes.toString('hex'),
    stamp_key: stampKey.toString('hex'), stamp: hmac(stampKey, Buffer.concat([commitment, ctxBytes])).toString('hex') };
});

const out = { about: 'Frank v1: fixed inputs and the bytes that follow. Formats: docs/reference/franking.md. Made by tools/generate_frank_vectors.mjs.',
  cases, attachments };
writeFileSync(new URL('../vectors/frank_v1.json', import.meta.url), JSON.stringify(out, null, 1) + '\n');
