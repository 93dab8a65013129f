// Second implementation of the keepers' session (docs/reference/split-scan.md), written from that page and plain
// rather than fast: distances are added up bit by bit, bit planes are arrays of bits. Writes vectors/split_scan.json.
import { createCipheriv, createHash, createHmac, hkdfSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const H = 8;
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts.map((p) => Buffer.from(p)))).digest();
const hkdf = (key, salt, info, size) => Buffer.from(hkdfSync('sha256', key, salt, info, size));
const drawn = (label, size) => {
  // OpenSSL's ChaCha20 takes counter (4 bytes, little-endian) and nonce (12) as one vector of 16.
  const cipher = createCipheriv('chacha20', sha256(`lightkeeper split scan vectors ${label}`), Buffer.alloc(16));
  return cipher.update(Buffer.alloc(size));
};
const hex = (b) => Buffer.from(b).toString('hex');
const bit = (bytes, k) => bytes[k >> 3] >> (k & 7) & 1;
const next = (i) => (i + 1) % 3;
const previous = (i) => (i + 2) % 3;

// --- The case: three entries, two of them near the third hash; the rest is drawn -----------------------------------
const N = 3, colours = 2, colourOf = [0, 1, 0];
const shares = Array.from({ length: H }, (_, h) => [0, 1, 2].map((j) => drawn(`share ${h} ${j}`, 32)));
const hashes = shares.map(([a, b, c]) => Buffer.from(a.map((v, i) => v ^ b[i] ^ c[i])));
const changed = (hash, bits) => { const out = Buffer.from(hash); for (const k of bits) out[k >> 3] ^= 1 << (k & 7); return out; };
const list = [changed(hashes[2], [0, 77, 255]), drawn('entry', 32), changed(hashes[2], Array.from({ length: 31 }, (_, i) => 8 * i))];
const rho = list.map((_, i) => drawn(`rho ${i}`, 16));
const l = list.map((_, i) => drawn(`l ${i}`, 16));
const query = drawn('query', 16), manifest = drawn('manifest', 32), common = drawn('common', 32);
const nonces = [0, 1, 2].map((i) => drawn(`nonce ${i}`, 32));
const pairs = [0, 1, 2].map((i) => drawn(`pair ${i}`, 32)); // [i]: of keepers i and i+1

// --- Shared randomness ---------------------------------------------------------------------------------------------
const sid = sha256('lightkeeper sid v1', query, manifest, ...nonces);
const stream = (secret, layer, from, to, size) => {
  const key = hkdf(secret, sid, Buffer.concat([Buffer.from('lightkeeper stream v1'), Buffer.from([layer, from, to])]), 32);
  return createCipheriv('chacha20', key, Buffer.alloc(16)).update(Buffer.alloc(size));
};
const pairStream = (j, layer, size) => stream(pairs[j], layer, j, next(j), size);
const zeroBits = (i, layer, size) => { const a = pairStream(i, layer, size), b = pairStream(previous(i), layer, size); return a.map((v, k) => v ^ b[k]); };
const zeroSum = (i, layer, size) => { const a = pairStream(i, layer, size), b = pairStream(previous(i), layer, size); return a.map((v, k) => v - b[k] & 255); };

const messages = [];
const say = (from, to, step, payload) => messages.push({ from, to, step, payload: Buffer.from(payload) });

// --- Steps 1 to 4 --------------------------------------------------------------------------------------------------
for (const i of [0, 1, 2]) for (const to of [previous(i), next(i)]) say(i, to, 1, nonces[i]);
for (const i of [0, 1, 2]) {
  for (const to of [previous(i), next(i)]) {
    const [component, pair] = to === next(i) ? [next(i), i] : [i, to];
    const key = stream(pairs[pair], 1, i, to, 32);
    say(i, to, 2, createHmac('sha256', key).update(Buffer.concat(shares.map((s) => s[component]))).digest());
  }
}
const at = (h, k) => 256 * h + k;
const size = 256 * H;
const all = Array.from({ length: size }, (_, n) => [n >> 8, n & 255]);
const c0 = pairStream(2, 2, size);
const c1 = Buffer.from(all.map(([h, k]) => (bit(shares[h][0], k) ^ bit(shares[h][1], k)) - c0[at(h, k)] & 255));
say(0, 1, 3, c1);
const c = [c0, c1, Buffer.alloc(size)];
const b2 = (j, h, k) => (j === 2 ? bit(shares[h][2], k) : 0);
const z = [0, 1, 2].map((i) => {
  const mask = zeroSum(i, 3, size);
  return Buffer.from(all.map(([h, k]) => {
    const n = at(h, k), m = next(i);
    return mask[n] + c[i][n] * b2(i, h, k) + c[i][n] * b2(m, h, k) + c[m][n] * b2(i, h, k) & 255;
  }));
});
for (const i of [0, 1, 2]) say(i, previous(i), 4, z[i]);
const x = [0, 1, 2].map((j) => all.map(([h, k]) => c[j][at(h, k)] + b2(j, h, k) - 2 * z[j][at(h, k)] & 255));

// --- Scan: component j of the distance of hash h to entry e; the last block is filled up with zero hashes -------------
const blocks = Math.ceil(N / 64), lanes = H * blocks * 64;
const entry = (e) => list[e] ?? Buffer.alloc(32);
const distance = [0, 1, 2].map((j) => Array.from({ length: lanes }, (_, lane) => {
  const h = Math.floor(lane / (64 * blocks)), y = entry(lane % (64 * blocks));
  let d = 0;
  for (let k = 0; k < 256; k++) d += (bit(y, k) ? -1 : 1) * x[j][at(h, k)] + (j === 0 ? bit(y, k) : 0);
  return d & 255;
}));

// --- Circuit: a shared plane is [component 0, component 1, component 2], each an array of bits ------------------------
const plane = (f) => [0, 1, 2].map((j) => Array.from({ length: lanes }, (_, n) => f(j, n)));
const xor = (...ps) => plane((j, n) => ps.reduce((sum, p) => sum ^ p[j][n], 0));
const not = (p) => plane((j, n) => p[j][n] ^ (j === 0 ? 1 : 0));
const terms = (p, q) => plane((i, n) => p[i][n] & q[i][n] ^ p[i][n] & q[next(i)][n] ^ p[next(i)][n] & q[i][n]);
const packed = (bits) => { const out = Buffer.alloc(bits.length / 8); bits.forEach((v, n) => { out[n >> 3] |= v << (n & 7); }); return out; };
/** Masks and sends the terms of one round; gives the new shared planes. */
function round(r, products) {
  const payloads = [0, 1, 2].map((i) => {
    const open = Buffer.concat(products.map((p) => packed(p[i])));
    const mask = zeroBits(i, 16 + r, open.length);
    return Buffer.from(open.map((v, n) => v ^ mask[n]));
  });
  for (const i of [0, 1, 2]) say(i, previous(i), 16 + r, payloads[i]);
  return products.map((_, p) => plane((j, n) => bit(payloads[j], p * lanes + n)));
}
const U = Array.from({ length: 8 }, (_, k) => plane((j, n) => distance[j][n] >> k & 1));
const V = [undefined, ...round(0, Array.from({ length: 7 }, (_, k) =>
  plane((i, n) => (distance[i][n] & distance[next(i)][n]) >> k & 1)))];
let carry = plane(() => 0);
const none = [];
let both;
for (let k = 1; k <= 6; k++) {
  const products = [xor(terms(xor(U[k], carry), xor(V[k], carry)), carry)];
  if (k >= 5) none[k] = not(xor(U[k], V[k], carry));
  if (k === 6) products.push(terms(none[5], none[6]));
  [carry, both] = round(k, products);
}
const matchShare = terms(both, not(xor(U[7], V[7], carry)));

// --- Opening sums ----------------------------------------------------------------------------------------------------
const toBig = (b) => BigInt('0x' + hex(Buffer.from(b).reverse()));
const fromBig = (n) => Buffer.from(n.toString(16).padStart(32, '0'), 'hex').reverse();
function multiply(a, b) {
  let sum = 0n;
  for (let k = 127n; k >= 0n; k--) {
    sum <<= 1n;
    if (sum >> 128n) sum ^= (1n << 128n) | 0x87n;
    if (b >> k & 1n) sum ^= a;
  }
  return sum;
}
const scalars = stream(common, 4, 255, 255, 16 * H * colours);
const sums = [0, 1, 2].map((i) => {
  const zero = zeroBits(i, 5, 32 * H * colours);
  return Array.from({ length: H * colours }, (_, s) => [rho, l].map((elements, part) => {
    let sum = 0n;
    for (let e = 0; e < N; e++) {
      const h = Math.floor(s / colours);
      if (colourOf[e] === s % colours && matchShare[i][h * 64 * blocks + e]) sum ^= toBig(elements[e]);
    }
    const scaled = fromBig(multiply(toBig(scalars.subarray(16 * s, 16 * s + 16)), sum));
    return hex(scaled.map((v, b) => v ^ zero[32 * s + 16 * part + b]));
  }).join(''));
});
// The case must be a match of hash 2 with both near entries, in colour 0, and of nothing else.
sums[0].forEach((_, s) => {
  const together = sums.map((own) => Buffer.from(own[s], 'hex')).reduce((a, b) => Buffer.from(a.map((v, k) => v ^ b[k])));
  if (together.some(Boolean) !== (s === 2 * colours)) throw new Error(`unexpected sum ${s}`);
});

writeFileSync(new URL('../vectors/split_scan.json', import.meta.url), JSON.stringify({
  about: 'One session of three keepers, by tools/generate_split_scan_vectors.mjs; docs/reference/split-scan.md. pair_secrets[i] is of keepers i and i+1. Payloads above 600 bytes are given by SHA-256.',
  list: list.map(hex), colours, colour_of: colourOf, rho: rho.map(hex), l: l.map(hex),
  query: hex(query), manifest: hex(manifest), common_secret: hex(common), pair_secrets: pairs.map(hex),
  nonces: nonces.map(hex), shares: shares.map((s) => s.map(hex)), session_id: hex(sid),
  messages: messages.map(({ from, to, step, payload }) => ({ from, to, step,
    ...(payload.length > 600 ? { payload_sha256: hex(sha256(payload)) } : { payload: hex(payload) }) })),
  sums,
}, null, 1) + '\n');
