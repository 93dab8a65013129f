// Writes vectors/log_tree.json and vectors/log_note.json with Node's own crypto, from the text of RFC 9162 (section 2.1) and
// of the C2SP specifications signed-note, tlog-checkpoint and tlog-proof: a second implementation, so that a mistake in
// the C++ one cannot hide in its own vectors. The recursive definitions are followed word for word, slow as they are.
//   node tools/generate_log_vectors.mjs [--check]
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const sha256 = (...parts) => { const h = createHash('sha256'); parts.forEach((p) => h.update(p)); return h.digest(); };
const leafHash = (entry) => sha256(Buffer.from([0]), entry);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);
const split = (n) => { let k = 1; while (2 * k < n) k *= 2; return k; };

function root(entries) {  // MTH
  if (entries.length === 0) return sha256();
  if (entries.length === 1) return leafHash(entries[0]);
  const k = split(entries.length);
  return nodeHash(root(entries.slice(0, k)), root(entries.slice(k)));
}
function path(m, entries) {  // PATH
  if (entries.length === 1) return [];
  const k = split(entries.length);
  return m < k ? [...path(m, entries.slice(0, k)), root(entries.slice(k))] : [...path(m - k, entries.slice(k)), root(entries.slice(0, k))];
}
function subproof(m, entries, whole) {  // SUBPROOF
  if (m === entries.length) return whole ? [] : [root(entries)];
  const k = split(entries.length);
  return m <= k ? [...subproof(m, entries.slice(0, k), whole), root(entries.slice(k))]
    : [...subproof(m - k, entries.slice(k), false), root(entries.slice(0, k))];
}

// --- The tree ---------------------------------------------------------------------------------------------------------
// The first eight entries are those of the test tree that implementations of RFC 6962 share.
const classic = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const entries = [...classic.map((hex) => Buffer.from(hex, 'hex')),
  ...Array.from({ length: 65 }, (_, i) => Buffer.from(Array.from({ length: i }, (__, k) => (i * 7 + k) & 255)))];
const tree = {
  about: 'Roots, inclusion and consistency proofs by RFC 9162 section 2.1, hexadecimal. Made by tools/generate_log_vectors.mjs.',
  entries: entries.map((e) => e.toString('hex')),
  roots: Array.from({ length: entries.length + 1 }, (_, n) => root(entries.slice(0, n)).toString('hex')),
  inclusion: [], consistency: [],
};
const hexes = (hashes) => hashes.map((h) => h.toString('hex'));
for (const size of [1, 2, 3, 5, 7, 8, 13, 32, 33, 64, 73]) {
  for (const index of new Set([0, 1, size >> 1, size - 2, size - 1].filter((i) => i >= 0 && i < size))) {
    tree.inclusion.push({ index, size, proof: hexes(path(index, entries.slice(0, size))) });
  }
  for (const old of new Set([1, 2, 3, size >> 1, size - 1, size].filter((m) => m >= 1 && m <= size))) {
    tree.consistency.push({ old_size: old, new_size: size, proof: hexes(subproof(old, entries.slice(0, size), true)) });
  }
}

// --- Notes, checkpoints, proofs ---------------------------------------------------------------------------------------
const pkcs8 = (seed) => createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' });
function signer(name, seed) {
  const secret = pkcs8(seed);
  const raw = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
  const typed = Buffer.concat([Buffer.from([1]), raw]);
  const id = sha256(Buffer.from(name + '\n'), typed).subarray(0, 4);
  return { name, seed: seed.toString('hex'), verifier_key: `${name}+${id.toString('hex')}+${typed.toString('base64')}`,
    line: (text) => `\u2014 ${name} ${Buffer.concat([id, sign(null, Buffer.from(text), secret)]).toString('base64')}\n` };
}
const log = signer('log.example.org/audit', Buffer.alloc(32, 7));
const witness = signer('witness.example.net', Buffer.alloc(32, 9));
const plain = 'A note of two lines\n\nwith an empty one between. Grüße.\n';
const checkpointText = (size) => `${log.name}\n${size}\n${root(entries.slice(0, size)).toString('base64')}\n`;
const checkpoint = (size) => `${checkpointText(size)}\n${log.line(checkpointText(size))}`;
const proof = (index, size, extra) => 'c2sp.org/tlog-proof@v1\n' + (extra ? `extra ${Buffer.from(extra).toString('base64')}\n` : '') +
  `index ${index}\n` + path(index, entries.slice(0, size)).map((h) => h.toString('base64') + '\n').join('') + '\n' + checkpoint(size);
const note = {
  about: 'Signed notes, checkpoints and portable proofs of the log in log_tree.json, by the C2SP specifications signed-note, ' +
    'tlog-checkpoint and tlog-proof. Seeds are Ed25519 seeds. Made by tools/generate_log_vectors.mjs.',
  keys: [log, witness].map(({ name, seed, verifier_key }) => ({ name, seed, verifier_key })),
  text: plain, note: `${plain}\n${log.line(plain)}`, countersigned: `${plain}\n${log.line(plain)}${witness.line(plain)}`,
  checkpoints: [0, 1, 8, 73].map((size) => ({ size, note: checkpoint(size) })),
  proofs: [[0, 1], [5, 8, 'extra data'], [72, 73]].map(([index, size, extra]) => ({ index, size, extra: extra ?? '', text: proof(index, size, extra) })),
};

for (const [name, value] of [['log_tree', tree], ['log_note', note]]) {
  const file = new URL(`../vectors/${name}.json`, import.meta.url);
  const text = JSON.stringify(value, null, 1) + '\n';
  if (process.argv.includes('--check')) {
    if (readFileSync(file, 'utf8') !== text) {
      console.error(`vectors/${name}.json is not what tools/generate_log_vectors.mjs writes`);
      process.exit(1);
    }
  } else {
    writeFileSync(file, text);
  }
}
