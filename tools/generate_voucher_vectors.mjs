// Writes vectors/voucher_v1.json from docs/reference/voucher.md: a second implementation of the format.
//   node tools/generate_voucher_vectors.mjs [--check]
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const u8 = (n) => Buffer.from([n]);
const u16 = (n) => { const b = Buffer.alloc(2); b.writeUInt16BE(n); return b; };
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const bytes = (value) => Buffer.concat([u32(value.length), value]);
const hex = (text) => Buffer.from(text, 'hex');
const run = (start, size) => Buffer.from(Array.from({ length: size }, (_, i) => (start + i) & 255));

// The contents and contexts are those of the frank vectors: one format, one place.
const frank = JSON.parse(readFileSync(new URL('../vectors/frank_v1.json', import.meta.url), 'utf8'));
const withPicture = frank.cases.find((one) => one.content.attachments.length > 0);

const encode = (v) => Buffer.concat([u8(1), u8(v.side === 'sending' ? 1 : 2), hex(v.manifest), hex(v.nonce), hex(v.hash), u8(v.class),
  u16(v.category), u32(v.leaf_index), u8(v.hypothesis), u64(v.made_ms), bytes(hex(v.content)), u8(v.attachment), hex(v.opening_key),
  bytes(hex(v.context)), hex(v.stamp)]);
const leaf = (v) => createHash('sha256').update(Buffer.concat([u8(0), Buffer.from('lightkeeper leaf v1'), hex(v.nonce), hex(v.hash),
  u8(v.class), u16(v.category)])).digest();

const base = {
  manifest: run(1, 32).toString('hex'), nonce: run(65, 32).toString('hex'), hash: run(129, 32).toString('hex'), class: 3, category: 4,
  leaf_index: 70000, hypothesis: 5, made_ms: 1790000000123, content: withPicture.content_bytes, attachment: 0,
  opening_key: withPicture.opening_key,
};
const cases = [
  { ...base, side: 'receiving', context: withPicture.context_bytes, stamp: run(7, 32).toString('hex') },
  { ...base, side: 'sending', context: '', stamp: '00'.repeat(32), hypothesis: 0, class: 1, category: 65535 },
].map((one) => ({ ...one, leaf: leaf(one).toString('hex'), bytes: encode(one).toString('hex') }));
const text = `${JSON.stringify({ format: 'lightkeeper voucher v1', reference: 'docs/reference/voucher.md', cases }, null, 1)}\n`;
const file = new URL('../vectors/voucher_v1.json', import.meta.url);
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('vectors/voucher_v1.json is not what tools/generate_voucher_vectors.mjs writes');
    process.exit(1);
  }
} else {
  writeFileSync(file, text);
}
