// Writes vectors/hash_list.json: a second implementation of docs/reference/hash-list.md with Node's own crypto, so that
// the vectors do not come from the code that they test. `--check` compares instead of writing.
import { createHash, createHmac, createPrivateKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const target = new URL('../vectors/hash_list.json', import.meta.url);
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();
const u8 = (n) => Buffer.from([n]);
const u16 = (n) => { const b = Buffer.alloc(2); b.writeUInt16BE(n); return b; };
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const sized = (bytes) => Buffer.concat([u32(Buffer.byteLength(bytes)), Buffer.from(bytes)]);

// RFC 9162 section 2.1.1, word for word: the left tree takes the largest power of two below n.
function merkleRoot(leaves) {
  if (leaves.length === 0) return sha256('');
  if (leaves.length === 1) return leaves[0];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return sha256(u8(1), merkleRoot(leaves.slice(0, k)), merkleRoot(leaves.slice(k)));
}

function keyFromSeed(seed) {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return { key, publicKey: Buffer.from(key.export({ format: 'jwk' }).x, 'base64url') };
}

const classes = { test: 3 };
const variants = { full: 1, via512: 2 };

function makeList({ name, epoch, created, variant, categories, entries }, seed, nonceKey) {
  const rows = entries.map(({ hash, category }) => {
    const wire = Buffer.from(hash, 'hex').reverse();  // text: most significant digit first; wire: least significant byte first
    const nonce = createHmac('sha256', nonceKey).update(wire).digest();
    const leaf = sha256(u8(0), 'lightkeeper leaf v1', nonce, wire, u8(classes.test), u16(category));
    return { hash, wire, category, nonce, leaf };
  });
  rows.sort((a, b) => Buffer.compare(a.leaf, b.leaf));
  const unique = rows.filter((row, i) => i === 0 || !row.leaf.equals(rows[i - 1].leaf));
  const body = Buffer.concat([
    u8(variants[variant]), u32(epoch), u64(created), sized(name), u16(Object.keys(categories).length),
    ...Object.entries(categories).sort(([a], [b]) => a - b).flatMap(([n, text]) => [u16(Number(n)), sized(text)]),
    u32(unique.length),
    ...unique.flatMap((row) => [row.wire, u8(classes.test), u16(row.category), row.nonce]),
  ]);
  const { key, publicKey } = keyFromSeed(seed);
  const signedPart = Buffer.concat([Buffer.from('LKLIST1\n'), sized(body)]);
  const file = Buffer.concat([signedPart, publicKey, sign(null, signedPart, key)]);
  return {
    name, epoch, created, variant, categories,
    given: entries,
    entries: unique.map(({ hash, category, nonce, leaf }) => ({
      hash, class: 'test', category, nonce: nonce.toString('hex'), leaf: leaf.toString('hex'),
    })),
    root: merkleRoot(unique.map((row) => row.leaf)).toString('hex'),
    draft: Buffer.concat([Buffer.from('LKDRFT1\n'), sized(body)]).toString('hex'),
    file: file.toString('hex'),
  };
}

const seed = sha256('lightkeeper vector: signing seed');
const nonceKey = sha256('lightkeeper vector: nonce key');
const hash = (i) => sha256(`lightkeeper vector: hash ${i}`).toString('hex');
const { publicKey } = keyFromSeed(seed);

const vectors = {
  format: 'docs/reference/hash-list.md',
  made_by: 'tools/generate_list_vectors.mjs',
  keys: {
    signing_seed: seed.toString('hex'),
    verifying_key: publicKey.toString('hex'),
    nonce_key: nonceKey.toString('hex'),
    signing_key_file: `lightkeeper-signing-key-v1 ${seed.toString('base64url')}\n`,
    verifying_key_file: `lightkeeper-verifying-key-v1 ${publicKey.toString('base64url')}\n`,
    nonce_key_file: `lightkeeper-nonce-key-v1 ${nonceKey.toString('base64url')}\n`,
  },
  merkle: [0, 1, 2, 3, 4, 5, 7, 8, 13, 64, 100].map((n) => ({
    leaves: n,  // leaf i = SHA-256 of the decimal digits of i
    root: merkleRoot(Array.from({ length: n }, (_, i) => sha256(String(i)))).toString('hex'),
  })),
  lists: [
    makeList({ name: 'empty', epoch: 0, created: 0, variant: 'full', categories: {}, entries: [] }, seed, nonceKey),
    makeList({ name: 'one', epoch: 1, created: 0, variant: 'via512', categories: {},
               entries: [{ hash: hash(0), category: 0 }] }, seed, nonceKey),
    makeList({ name: 'Drawn pictures', epoch: 7, created: 1795000000000, variant: 'full',
               categories: { 1: 'rectangles', 300: 'stripes' },
               entries: [1, 2, 3, 4, 5, 2].map((i) => ({ hash: hash(i), category: [0, 1, 300][i % 3] })) },
             seed, nonceKey),
  ],
};

const text = JSON.stringify(vectors, null, 1) + '\n';
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('vectors/hash_list.json is not what tools/generate_list_vectors.mjs writes');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
