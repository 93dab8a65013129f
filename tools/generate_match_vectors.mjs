// Writes vectors/private_match.json: a second implementation of docs/reference/private-match.md with Node's own crypto
// and BigInt polynomials, so that the vectors do not come from the code that they test. `--check` compares instead.
import {
  createCipheriv, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, sign,
} from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const target = new URL('../vectors/private_match.json', import.meta.url);
const bytes = (...parts) => Buffer.concat(parts.map((p) => Buffer.from(p)));
const sha256 = (...parts) => createHash('sha256').update(bytes(...parts)).digest();
const u8 = (n) => Buffer.from([n]);
const u16 = (n) => { const b = Buffer.alloc(2); b.writeUInt16BE(n); return b; };
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const sized = (text) => bytes(u32(Buffer.byteLength(text)), text);
const hex = (b) => Buffer.from(b).toString('hex');
const hkdf = (key, salt, info, size) => Buffer.from(hkdfSync('sha256', key, salt, info, size));
const zeros = (n) => Buffer.alloc(n);
const seal = (key, nonce, associated, plain) => {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  cipher.setAAD(associated, { plaintextLength: plain.length });
  return bytes(cipher.update(plain), cipher.final(), cipher.getAuthTag());
};
/** Bytes that look random and are the same in every run. */
const drawn = (label, size) => hkdf(label, '', 'lightkeeper match vectors', size);

// Polynomials over GF(2): bit k of a BigInt is the coefficient of x^k; bytes are least significant first.
const toBig = (b) => BigInt('0x' + hex(Buffer.from(b).reverse()));
const fromBig = (n, size) => Buffer.from(n.toString(16).padStart(2 * size, '0'), 'hex').reverse();
const degree = (p) => p.toString(2).length - 1;
const rest = (a, b) => { while (a !== 0n && degree(a) >= degree(b)) a ^= b << BigInt(degree(a) - degree(b)); return a; };
const times = (a, b) => { let sum = 0n; for (let k = 0n; b >> k; k++) if (b >> k & 1n) sum ^= a << k; return sum; };
const weight = (n) => n.toString(2).replaceAll('0', '').length;

const fieldPolynomial = 1n << 128n | 0x87n;
const multiply = (a, b) => rest(times(a, b), fieldPolynomial);
const invert = (a) => { let out = 1n; for (let k = 127; k >= 0; k--) { out = multiply(out, out); if (k > 0) out = multiply(out, a); } return out; };

// The generator of the BCH code: each root's minimal polynomial is the first small polynomial that vanishes there.
const field256 = (a, b) => rest(times(a, b), 0x11dn);
const vanishes = (p, at) => { let v = 0n; for (let k = BigInt(degree(p)); k >= 0n; k--) v = field256(v, at) ^ (p >> k & 1n); return v === 0n; };
const factors = new Set();
for (let root = 2n, i = 1; i <= 62; i++, root = field256(root, 2n)) {
  let p = 2n;
  while (!vanishes(p, root)) p++;
  factors.add(p);
}
const generator = [...factors].reduce(times, 1n);
const hashBits = (text) => BigInt('0x' + text);
const sketch = (y) => fromBig(rest(y & (1n << 255n) - 1n, generator), 25);
const lastBit = (y) => Number(y >> 255n & 1n);

// Leaves and tree as in docs/reference/hash-list.md.
const merkleRoot = (hashes) => {
  if (hashes.length === 0) return sha256('');
  if (hashes.length === 1) return hashes[0];
  let k = 1;
  while (k * 2 < hashes.length) k *= 2;
  return sha256(u8(1), merkleRoot(hashes.slice(0, k)), merkleRoot(hashes.slice(k)));
};
const leafOf = ({ y, category, nonce }) => sha256(u8(0), 'lightkeeper leaf v1', nonce, fromBig(y, 32), u8(3), u16(category));

function colourAndGroup(entries) {
  const colours = 16;  // the list here never needs more
  const colourOf = [];
  let groups = [];     // {colour, members}
  entries.forEach(({ y }, i) => {
    const linked = groups.filter((g) => g.members.some((j) => {
      const d = weight(y ^ entries[j].y);
      return d <= 62 || d >= 225;
    }));
    const sizes = Array.from({ length: colours }, (_, c) =>
      linked.filter((g) => g.colour === c).reduce((sum, g) => sum + g.members.length, 1));
    const colour = sizes.indexOf(Math.min(...sizes));
    const merged = linked.filter((g) => g.colour === colour);
    groups = groups.filter((g) => !merged.includes(g));
    groups.push({ colour, members: [...merged.flatMap((g) => g.members), i].sort((a, b) => a - b) });
    colourOf.push(colour);
  });
  groups.sort((a, b) => a.members[0] - b.members[0]);
  return { colours, colourOf, groups };
}

function openings(entries, secret) {
  const leaves = entries.map(leafOf);
  const root = merkleRoot(leaves);
  const { colours, colourOf, groups } = colourAndGroup(entries);
  const stream = (info, count) => {
    const cipher = createCipheriv('chacha20', hkdf(secret, root, info, 32), zeros(16));
    const out = cipher.update(zeros(16 * count));
    return Array.from({ length: count }, (_, i) => toBig(out.subarray(16 * i, 16 * i + 16)) || 1n);
  };
  const rho = stream('lightkeeper opening rho v1', entries.length);
  const keys = stream('lightkeeper opening group key v1', groups.length);
  const l = [];
  let capacity = 1;
  while (capacity < Math.max(...groups.map((g) => g.members.length))) capacity *= 2;
  const tiles = groups.map(({ members }, g) => {
    const key = fromBig(keys[g], 16);
    const plain = [u8(members.length)];
    members.forEach((i, place) => {
      const { y, category, nonce } = entries[i];
      l[i] = multiply(rho[i], keys[g]);
      const record = bytes(nonce, u32(i), u8(3), u16(category));
      const memberKey = hkdf(fromBig(y, 32), key, 'lightkeeper tile member v1', 32);
      plain.push(sketch(y), u8(lastBit(y)), seal(memberKey, bytes(u8(place), zeros(11)), zeros(0), record));
    });
    plain.push(zeros((capacity - members.length) * 81));
    const label = hkdf(key, root, 'lightkeeper tile label v1', 16);
    const tileKey = hkdf(key, root, 'lightkeeper tile key v1', 32);
    return bytes(label, seal(tileKey, zeros(12), bytes('lightkeeper tile v1', root, label), bytes(...plain)));
  }).sort(Buffer.compare);
  return {
    colours, colourOf, root, leaves, rho, l, keys, groups,
    file: bytes('LKTILE1\n', u8(capacity), u32(tiles.length), ...tiles),
    tileRoot: merkleRoot(tiles.map((tile) => sha256(u8(0), 'lightkeeper tile v1', tile))),
    labels: tiles.map((tile) => tile.subarray(0, 16)),
  };
}

// X25519 and Ed25519 keys from 32 bytes.
const privateKey = (oid, seed) =>
  createPrivateKey({ key: bytes(Buffer.from('302e020100300506032b65' + oid + '04220420', 'hex'), seed), format: 'der', type: 'pkcs8' });
const publicBytes = (key) => Buffer.from(key.export({ format: 'jwk' }).x, 'base64url');
const boxKey = (seed) => privateKey('6e', seed);
const signingKey = (seed) => privateKey('70', seed);

// HPKE base mode, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305; with a given ephemeral key.
function hpkeSeal(recipient, ephemeral, info, associated, plain, exporterContext) {
  const extract = (salt, key) => createHmac('sha256', salt.length ? salt : zeros(32)).update(key).digest();
  const expand = (prk, info_, size) => {  // RFC 5869 section 2.3; one or two blocks are enough here
    let block = zeros(0);
    let out = zeros(0);
    for (let i = 1; out.length < size; i++) {
      block = createHmac('sha256', prk).update(bytes(block, info_, u8(i))).digest();
      out = bytes(out, block);
    }
    return out.subarray(0, size);
  };
  const labelled = (suite) => ({
    extract: (salt, label, key) => extract(salt, bytes('HPKE-v1', suite, label, key)),
    expand: (prk, label, info_, size) => expand(prk, bytes(u16(size), 'HPKE-v1', suite, label, info_), size),
  });
  const enc = publicBytes(ephemeral);
  const shared = diffieHellman({ privateKey: ephemeral, publicKey: createPublicKey(recipient) });
  const kem = labelled(bytes('KEM', u16(0x20)));
  const secret = kem.expand(kem.extract('', 'eae_prk', shared), 'shared_secret', bytes(enc, publicBytes(recipient)), 32);
  const hpke = labelled(bytes('HPKE', u16(0x20), u16(1), u16(3)));
  const context = bytes(u8(0), hpke.extract('', 'psk_id_hash', ''), hpke.extract('', 'info_hash', info));
  const schedule = hpke.extract(secret, 'secret', '');
  const sealed = seal(hpke.expand(schedule, 'key', context, 32), hpke.expand(schedule, 'base_nonce', context, 12), associated, plain);
  return {
    box: bytes(enc, sealed),
    exported: hpke.expand(hpke.expand(schedule, 'exp', context, 32), 'sec', exporterContext, 32),
  };
}

function messages() {
  const query = drawn('query', 16);
  const manifest = drawn('manifest hash', 32);
  const hashes = Array.from({ length: 8 }, (_, h) => ({ x: drawn(`x ${h}`, 32), r0: drawn(`r0 ${h}`, 32), r1: drawn(`r1 ${h}`, 32) }));
  const sharings = hashes.map(({ x, r0, r1 }) => {
    const r = [r0, r1, x.map((b, i) => b ^ r0[i] ^ r1[i])];
    return [0, 1, 2].map((i) => ({ own: r[i], next: r[(i + 1) % 3] }));
  });
  return {
    query: hex(query),
    manifest_hash: hex(manifest),
    hashes: hashes.map(({ x, r0, r1 }) => ({ x: hex(x), r0: hex(r0), r1: hex(r1) })),
    keepers: [0, 1, 2].map((keeper) => {
      const secret = drawn(`box ${keeper}`, 32);
      const shares = sharings.map((sharing) => sharing[keeper]);
      const plaintext = bytes(u8(1), query, ...shares.flatMap(({ own, next }) => [own, next]));
      const binding = bytes(u8(keeper), query, manifest);
      const { box, exported } = hpkeSeal(boxKey(secret), boxKey(drawn(`ephemeral ${keeper}`, 32)), 'lightkeeper query v1',
        binding, plaintext, 'lightkeeper reply v1');
      const sums = Array.from({ length: 16 }, (_, i) => ({ mu: drawn(`mu ${keeper} ${i}`, 16), lambda: drawn(`lambda ${keeper} ${i}`, 16) }));
      const answer = bytes(...sums.flatMap(({ mu, lambda }) => [mu, lambda]));
      const nonce = createHmac('sha256', exported).update(bytes('lightkeeper reply nonce v1', answer)).digest().subarray(0, 12);
      const reply = bytes(nonce, seal(exported, nonce, bytes('lightkeeper reply v1', binding), answer));
      return {
        keeper, box_secret: hex(secret),
        shares: shares.map(({ own, next }) => ({ own: hex(own), next: hex(next) })),
        plaintext: hex(plaintext), request: hex(bytes(u8(1), binding, box)), reply_key: hex(exported),
        colours: 2, sums: sums.map(({ mu, lambda }) => ({ mu: hex(mu), lambda: hex(lambda) })), reply: hex(reply),
      };
    }),
  };
}

function manifestOf(built) {
  const seed = drawn('publisher', 32);
  const key = signingKey(seed);
  const keepers = [0, 1, 2].map((i) => ({
    url: ['http://localhost:8001', 'https://keeper.example', 'https://[2001:db8::1]:8443/keeper'][i],
    link: ['localhost:7001', 'keeper.example:7000', '[2001:db8::1]:7000'][i],
    box: publicBytes(boxKey(drawn(`box ${i}`, 32))), linkKey: publicBytes(signingKey(drawn(`link ${i}`, 32))),
  }));
  const previous = drawn('previous', 32);
  const fields = {
    version: 5, entries: built.leaves.length, list_root: hex(built.root), variant: 'full', colours: built.colours,
    tile_root: hex(built.tileRoot), disclosure: [2, 0, 1], previous: hex(previous), not_after: 1900000000000, list_name: 'drawn pictures',
  };
  const encoded = bytes(
    u8(1), u32(fields.version), u64(fields.entries), built.root, u8(1), u8(8), u16(31), u16(fields.colours),
    ...keepers.flatMap((k) => [sized(k.url), sized(k.link), k.box, k.linkKey]),
    built.tileRoot, Buffer.from(fields.disclosure), previous, u64(fields.not_after), sized(fields.list_name));
  const covered = bytes('LKMANI1\n', u32(encoded.length), encoded, publicBytes(key));
  return {
    ...fields,
    keepers: keepers.map((k) => ({ url: k.url, link: k.link, box: hex(k.box), link_key: hex(k.linkKey) })),
    seed: hex(seed), encoded: hex(encoded), hash: hex(sha256('lightkeeper manifest v1', encoded)),
    signed: hex(bytes(covered, sign(null, covered, key))),
  };
}

function build() {
  const elements = ['01', '02', '80000000000000000000000000000000', 'ffffffffffffffffffffffffffffffff'].map((t) => BigInt('0x' + t));
  for (let i = 0; i < 4; i++) elements.push(toBig(drawn(`element ${i}`, 16)));
  const texts = ['0'.repeat(64), 'f'.repeat(64), '8' + '0'.repeat(63), '0'.repeat(63) + '1', '7' + 'f'.repeat(63)];
  for (let i = 0; i < 5; i++) texts.push(hex(drawn(`hash ${i}`, 32)));

  // A list with a series (18 and more links, so that groups of two and three come up), a negative, a duplicate.
  const seriesStart = toBig(drawn('series', 32));
  const all = (1n << 256n) - 1n;
  const hashes = Array.from({ length: 35 }, (_, i) => seriesStart ^ (1n << BigInt(7 * i)));
  hashes.push(seriesStart ^ all, toBig(drawn('other 1', 32)), toBig(drawn('other 2', 32)), toBig(drawn('other 2', 32)));
  const entries = hashes.map((y, i) => ({
    y, category: 1 + i % 3, nonce: createHmac('sha256', 'organisations key').update(fromBig(y, 32)).digest(),
  })).sort((a, b) => Buffer.compare(leafOf(a), leafOf(b)));
  const secret = drawn('epoch secret', 32);
  const built = openings(entries, secret);
  return {
    about: 'Made by tools/generate_match_vectors.mjs from docs/reference/private-match.md. Hexadecimal; elements of GF(2^128), hashes r0, r1, x, own, next and sketches as bytes, least significant first; hash: the text form, most significant digit first.',
    gf128: elements.map((a, i) => {
      const b = elements[(i * 3 + 5) % elements.length];
      return { a: hex(fromBig(a, 16)), b: hex(fromBig(b, 16)), product: hex(fromBig(multiply(a, b), 16)), inverse_of_a: hex(fromBig(invert(a), 16)) };
    }),
    sketch: { generator: hex(fromBig(generator, 26)), cases: texts.map((text) => ({ hash: text, sketch: hex(sketch(hashBits(text))), last_bit: lastBit(hashBits(text)) })) },
    messages: messages(),
    openings: {
      epoch_secret: hex(secret), list_root: hex(built.root), colours: built.colours, tile_root: hex(built.tileRoot),
      entries: entries.map(({ y, category, nonce }, i) => ({
        hash: fromBig(y, 32).reverse().toString('hex'), category, nonce: hex(nonce), leaf: hex(built.leaves[i]), colour: built.colourOf[i],
        rho: hex(fromBig(built.rho[i], 16)), l: hex(fromBig(built.l[i], 16)),
      })),
      groups: built.groups.map(({ members }, g) => ({
        members, key: hex(fromBig(built.keys[g], 16)), label: hex(hkdf(fromBig(built.keys[g], 16), built.root, 'lightkeeper tile label v1', 16)),
      })),
      tiles: hex(built.file),
    },
    manifest: manifestOf(built),
  };
}

const text = JSON.stringify(build(), null, 1) + '\n';
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    console.error('vectors/private_match.json is not what tools/generate_match_vectors.mjs makes');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
