// The guard in WebAssembly against ideal keepers: verdicts, traffic, hostile input, and what stays in memory.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guard, GuardHost, LightkeeperError, ModuleStopped, Reader, WasmModule, Writer, codeOf, guardWasm, hex, pictures, postToKeeper, ready,
  systemRandom, toHex, vectors, GuardClient } from './modules.mjs';

function check({ guard, testing, epoch }, picture, direction) {
  const begun = guard.beginPicture(picture, direction, epoch.nowMs);
  return guard.finishPicture(begun.check, testing.answer(begun.requests));
}

test('a listed picture is stopped before sending and covered on arrival; others pass', async () => {
  const all = await ready();
  const sending = check(all, pictures.listed(all.testing), 'sending');
  assert.equal(sending.action, 'block');
  assert.deepEqual(sending.match, { hypothesis: 'original', distance: 0, provenance: 'test', category: 3, manifestVersion: 5 });
  assert.deepEqual(sending.reasons.map((r) => r.code), ['listed_picture_not_sent', 'test_list', 'nobody_told']);
  assert.deepEqual(sending.disclosures, []);
  const receiving = check(all, pictures.listed(all.testing), 'receiving');
  assert.equal(receiving.action, 'blur');
  assert.equal(receiving.disclosures.length, 1);
  const other = check(all, pictures.other(all.testing), 'sending');
  assert.equal(other.action, 'allow');
  assert.equal(other.match, undefined);
  assert.deepEqual(check(all, pictures.flat(), 'sending').reasons.map((r) => r.code), ['low_quality']);
});

test('policy names the three keepers and comes first', async () => {
  const { guard, info, epoch, testing } = await ready();
  assert.equal(info.version, 5);
  assert.equal(info.notAfterMs, epoch.nowMs + 1000);
  const { disclosures } = guard.policy('sending');
  for (const keeper of info.keepers) assert.ok(disclosures.some((d) => d.to === keeper));
  const fresh = await Guard.load(guardWasm);
  assert.equal(codeOf(() => fresh.policy('sending')), 'unavailable');
  fresh.installEpoch(epoch);
  assert.equal(codeOf(() => fresh.beginPicture(pictures.other(testing), 'sending', epoch.nowMs)), 'bad_argument');
});

test('an older, expired or foreign epoch is refused and the one before stays', async () => {
  const all = await ready();
  const { guard, testing, epoch } = all;
  assert.equal(codeOf(() => guard.installEpoch(testing.epoch(4))), 'manifest_stale');
  assert.equal(codeOf(() => guard.installEpoch({ ...epoch, leastVersion: 6 })), 'manifest_stale');
  assert.equal(codeOf(() => guard.installEpoch({ ...epoch, nowMs: epoch.nowMs + 2000 })), 'manifest_stale');
  assert.equal(codeOf(() => guard.installEpoch({ ...epoch, listKey: new Uint8Array(32) })), 'bad_key');
  assert.equal(codeOf(() => guard.installEpoch({ ...epoch, listKey: new Uint8Array(31) })), 'bad_argument');
  assert.equal(codeOf(() => guard.installEpoch({ ...epoch, tiles: epoch.tiles.map((b, i) => (i === 99 ? b ^ 1 : b)) })), 'manifest_mismatch');
  testing.epoch(5);
  assert.equal(check(all, pictures.listed(testing), 'sending').action, 'block');
});

test('errors of keepers are never a verdict', async () => {
  const { guard, testing, epoch } = await ready();
  for (const picture of [pictures.listed(testing), pictures.other(testing), pictures.flat()]) {
    for (const change of [(r) => r.slice(0, 2), (r) => [r[1], r[0], r[2]], (r) => [new Uint8Array(), r[1], r[2]],
      (r) => [r[0], r[1].map((b, i) => (i === 40 ? b ^ 1 : b)), r[2]], (r) => [r[0], r[1], r[2].slice(1)]]) {
      const begun = guard.beginPicture(picture, 'sending', epoch.nowMs);
      const replies = testing.answer(begun.requests);
      assert.notEqual(codeOf(() => guard.finishPicture(begun.check, change(replies))), 'no error');
    }
  }
  assert.equal(codeOf(() => guard.finishPicture(12345, [new Uint8Array(), new Uint8Array(), new Uint8Array()])), 'not_found');
  try {
    const begun = guard.beginPicture(pictures.other(testing), 'sending', epoch.nowMs);
    guard.finishPicture(begun.check, [new Uint8Array(), new Uint8Array(), new Uint8Array(4)]);
    assert.fail('no error');
  } catch (error) {
    assert.ok(error instanceof LightkeeperError);
    assert.equal(error.code, 'keeper_unreachable');
    assert.equal(error.detail, '2 of 3 keepers did not answer');
    assert.ok(error.mend.length > 0 && error.title.length > 0);
  }
});

// --- traffic -----------------------------------------------------------------------------------------

const png = { type: 'image/png', width: 320, height: 240, bytes: new Uint8Array([1]) };

/** A host over the real guard and ideal keepers, whose decoder gives the picture that the test wants. */
class TestHost {
  static async create(change = {}) {
    const out = new TestHost();
    const { guard, testing, epoch } = await ready();
    out.testing = testing;
    out.posts = [];
    const waiting = [];
    const platform = {
      decode: async () => out.picture(),
      nowMs: () => epoch.nowMs,
      post: (url, body) => new Promise((resolve) => {
        out.posts.push({ url, body });
        waiting.push(resolve);
        if (waiting.length < 3) return; // the keepers answer once all three have their part
        const requests = out.posts.slice(-3);
        const replies = testing.answer(requests);
        for (const [i, done] of waiting.splice(0).entries()) done({ kind: 'reply', body: replies[i] });
      }),
      ...change,
    };
    const stub = Object.create(guard); // cleanPicture has its own tests; here the file does not matter
    stub.cleanPicture = () => png;
    out.host = new GuardHost(stub, platform);
    return out;
  }
  async shape(picture) {
    this.picture = picture;
    this.posts.length = 0;
    await this.host.checkFile(new Uint8Array([1]), 'image/png', 'sending');
    return JSON.stringify(this.posts.map(({ url, body }) => [url, body.length]));
  }
}

async function trafficIsEqual(host) {
  const shapes = new Set();
  for (const picture of [() => pictures.listed(host.testing), () => pictures.other(host.testing), pictures.flat]) shapes.add(await host.shape(picture));
  return shapes.size === 1 && JSON.parse([...shapes][0]).length === 3;
}

test('traffic is the same for match, no match and low quality', async () => {
  assert.ok(await trafficIsEqual(await TestHost.create()));
});

test('hosts whose traffic depends on the picture are caught', async () => {
  const skipping = await TestHost.create();
  const real = skipping.host.checkFile.bind(skipping.host);
  skipping.host.checkFile = async (...args) => (skipping.picture === pictures.flat ? undefined : real(...args));
  assert.ok(!(await trafficIsEqual(skipping)));

  const telling = await TestHost.create();
  const check = telling.host.checkFile.bind(telling.host);
  telling.host.checkFile = async (...args) => {
    const { verdict } = await check(...args);
    if (verdict.match) telling.posts.push({ url: 'http://localhost:9/tell', body: new Uint8Array(1) });
  };
  assert.ok(!(await trafficIsEqual(telling)));
});

test('a host without all answers, or with another manifest, gives an error and no verdict', async () => {
  const silent = await TestHost.create({ post: async () => ({ kind: 'silent' }) });
  silent.picture = pictures.flat;
  await assert.rejects(silent.host.checkFile(new Uint8Array([1]), 'image/png', 'sending'), { code: 'keeper_unreachable' });
  const other = await TestHost.create({ post: async () => ({ kind: 'other_manifest' }) });
  other.picture = pictures.flat;
  await assert.rejects(other.host.checkFile(new Uint8Array([1]), 'image/png', 'sending'), { code: 'manifest_mismatch' });
  const sized = await TestHost.create();
  sized.picture = () => ({ width: 10, height: 10, rgba: new Uint8Array(400) });
  await assert.rejects(sized.host.checkFile(new Uint8Array([1]), 'image/png', 'sending'), { code: 'picture_not_what_it_claims' });
  assert.equal(sized.posts.length, 0);
});

test('requests to keepers carry no cookies, referrer or account, and replies have a limit', async () => {
  let seen;
  const answering = (status, body) => async function (url, options) {
    assert.equal(this, undefined, 'a browser refuses fetch as a method of another object');
    seen = options;
    return new Response(body, { status });
  };
  const post = (fetch) => postToKeeper('http://localhost:1/v1/query', new Uint8Array(3), { timeoutMs: 1000, fetch });
  assert.deepEqual(await post(answering(200, new Uint8Array([7]))), { kind: 'reply', body: new Uint8Array([7]) });
  assert.equal(seen.credentials, 'omit');
  assert.equal(seen.referrerPolicy, 'no-referrer');
  assert.equal(seen.cache, 'no-store');
  assert.equal(seen.redirect, 'error');
  assert.deepEqual(Object.keys(seen.headers), ['Content-Type']);
  assert.deepEqual(await post(answering(200, new Uint8Array(300_000))), { kind: 'silent' });
  assert.deepEqual(await post(answering(500, 'x')), { kind: 'silent' });
  assert.deepEqual(await post(answering(409, '{"code":"manifest_mismatch"}')), { kind: 'other_manifest' });
  assert.deepEqual(await post(answering(409, 'not JSON')), { kind: 'silent' });
  assert.deepEqual(await post(async () => { throw new TypeError('network'); }), { kind: 'silent' });
});

// --- what the module can reach, and what stays in it -----------------------------------------------------

const kAllowedImports = ['fd_close', 'fd_seek', 'fd_write', 'random_get'];
const importsAreAllowed = (wasm) => WebAssembly.Module.imports(new WebAssembly.Module(wasm))
  .every((i) => i.module === 'wasi_snapshot_preview1' && i.kind === 'function' && kAllowedImports.includes(i.name));

test('the module imports randomness and the closing of files that it cannot open, nothing else', () => {
  assert.ok(importsAreAllowed(guardWasm));
});
test('a module that could ask for the time or the network is caught', () => {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0];
  const withImport = (module, name) => {
    const body = [1, module.length, ...Buffer.from(module), name.length, ...Buffer.from(name), 0, 0];
    return Uint8Array.from([...header, 2, body.length, ...body]);
  };
  assert.ok(importsAreAllowed(withImport('wasi_snapshot_preview1', 'random_get')));
  assert.ok(!importsAreAllowed(withImport('wasi_snapshot_preview1', 'clock_time_get')));
  assert.ok(!importsAreAllowed(withImport('env', 'fetch')));
});

test('no hash, pixel row, text or key stays in memory once a call or check has ended', async () => {
  // The guard's own module, with its memory in view.
  let memory;
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async (...args) => {
    const instance = await instantiate(...args);
    memory = instance.exports.memory;
    return instance;
  };
  const all = await ready().finally(() => { WebAssembly.instantiate = instantiate; });
  const { guard, testing, epoch } = all; // ready() loads the guard last
  const holds = (needle) => Buffer.from(memory.buffer).includes(needle);

  const picture = testing.pixels(320, 240, 2); // not listed, so the epoch itself does not hold its hash
  const answer = testing.call(8, (w) => w.u32(320).u32(240).u32(2));
  answer.fixed(9);
  const hashes = Array.from({ length: 8 }, () => Buffer.from(answer.text(), 'hex').reverse());
  const row = picture.rgba.slice(100 * 1280 + 400, 100 * 1280 + 480);
  const rgbRow = row.filter((_, i) => i % 4 !== 3);

  const begun = guard.beginPicture(picture, 'sending', epoch.nowMs);
  // The planted violation: a check that never ends. The search must find what it holds.
  assert.ok(hashes.some(holds), 'the search finds the hashes of a running check');
  guard.finishPicture(begun.check, testing.answer(begun.requests));
  assert.deepEqual(hashes.map(holds), Array(8).fill(false));
  assert.ok(!holds(row) && !holds(rgbRow));

  // After a match the entry stays until its voucher is made or dropped, and no longer.
  const listed = testing.call(8, (w) => w.u32(320).u32(240).u32(1));
  listed.fixed(9);
  const entry = Buffer.from(listed.text(), 'hex').reverse();
  const matched = guard.beginPicture(testing.pixels(320, 240, 1), 'receiving', epoch.nowMs);
  guard.finishPicture(matched.check, testing.answer(matched.requests));
  assert.ok(holds(entry), 'the search finds the entry of a match');
  guard.cancel(matched.check);
  assert.ok(!holds(entry));

  const words = 'The tide is low at noon, said the keeper of the light.';
  const content = { type: 'text', sender: '11'.repeat(16), conversation: '22'.repeat(16), body: words, attachments: [], refs: [], expiresAfter: 0 };
  const franked = guard.frank(content);
  assert.ok(!holds(franked.openingKey));
  assert.ok(!holds(words));
});

// --- hostile input -------------------------------------------------------------------------------------------

async function rawModule() {
  const module = await WasmModule.load(guardWasm, systemRandom);
  return (number, bytes) => new Reader(module.call(number, bytes.length, (target) => target.set(bytes)));
}

test('every call refuses every truncation and survives flipped bits', async () => {
  const { epoch, testing } = await ready();
  const small = testing.pixels(16, 16, 3);
  const v = vectors('frank_v1').cases[3];
  const descriptor = new Writer().fixed(new Uint8Array(16)).text('image/png').u64(20).fixed(new Uint8Array(96)).take();
  const requests = {
    1: new Writer().bytes(epoch.manifest).fixed(epoch.listKey).bytes(epoch.tiles).bytes(epoch.leaves).u64(epoch.nowMs).u32(0).take(),
    2: new Writer().u8(1).take(),
    3: new Writer().text('image/png').bytes(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0])).take(),
    4: new Writer().u8(1).u64(epoch.nowMs).u32(16).u32(16).bytes(small.rgba).take(),
    5: new Writer().u32(1).bytes(new Uint8Array(9)).bytes(new Uint8Array(9)).bytes(new Uint8Array(9)).take(),
    6: new Writer().u32(1).take(),
    7: new Writer().bytes(hex(v.content_bytes)).take(),
    8: new Writer().bytes(hex(v.payload)).bytes(hex(v.commitment)).bytes(hex(v.context_bytes)).fixed(hex(v.content.sender))
      .fixed(hex(v.content.conversation)).take(),
    9: new Writer().text('image/png').bytes(new Uint8Array(50)).take(),
    10: new Writer().bytes(descriptor).bytes(new Uint8Array(36)).take(),
  };
  const call = await rawModule();
  for (const [number, request] of Object.entries(requests)) {
    const step = Math.max(1, Math.floor(request.length / 300));
    for (let size = 0; size < request.length; size += step) {
      assert.equal(call(Number(number), request.slice(0, size)).u8(), 0, `call ${number} cut to ${size}`);
    }
    const longer = new Uint8Array(request.length + 1);
    longer.set(request);
    assert.equal(call(Number(number), longer).u8(), 0, `call ${number} with a byte more`);
    for (let bit = 0; bit < request.length * 8; bit += 8 * step + 1) {
      const changed = request.slice();
      changed[bit >> 3] ^= 1 << (bit & 7);
      const answer = call(Number(number), changed);
      if (answer.u8() === 0) assert.match(answer.text(), /^[a-z_]+$/);
    }
  }
  for (const number of [0, 11, 0x7fffffff, 0xffffffff]) assert.equal(call(number, new Uint8Array(3)).u8(), 0);
});

test('pictures that are too large and arguments of the wrong shape give an error each', async () => {
  const { guard, testing, epoch } = await ready();
  const picture = testing.pixels(16, 16, 3);
  const begin = (p, direction = 'sending') => codeOf(() => guard.beginPicture(p, direction, epoch.nowMs));
  assert.equal(begin({ ...picture, width: 100_000, height: 100_000 }), 'picture_too_large');
  assert.equal(begin({ ...picture, width: 20_000, height: 1 }), 'picture_too_large');
  assert.equal(begin({ ...picture, width: 17 }), 'bad_argument');
  assert.equal(begin({ ...picture, width: -1 }), 'bad_argument');
  assert.equal(begin({ ...picture, width: 1.5 }), 'bad_argument');
  assert.equal(begin(picture, 'sideways'), 'bad_argument');
  assert.equal(codeOf(() => guard.beginPicture(picture, 'sending', epoch.nowMs + 5000)), 'manifest_stale');
  assert.equal(codeOf(() => guard.cleanPicture(new Uint8Array(33 * 1024 * 1024), 'image/png')), 'too_large');
  assert.equal(codeOf(() => guard.cleanPicture(Buffer.from('%PDF-1.7'), 'application/pdf')), 'picture_type_unsupported');
  assert.notEqual(codeOf(() => guard.cleanPicture(Buffer.from('GIF89a......'), 'image/png')), 'no error');
  assert.equal(codeOf(() => guard.sealAttachment(new Uint8Array(25 * 1024 * 1024), 'image/png')), 'too_large');
  const content = { type: 'text', sender: '11'.repeat(16), conversation: '22'.repeat(16), body: 'x', attachments: [], refs: [], expiresAfter: 0 };
  assert.equal(codeOf(() => guard.frank(content)), 'no error');
  assert.equal(codeOf(() => guard.frank({ ...content, body: 'x'.repeat(32 * 1024 + 1) })), 'too_large');
  assert.equal(codeOf(() => guard.frank({ ...content, body: '\ud800' })), 'bad_argument');
  assert.equal(codeOf(() => guard.frank({ ...content, sender: '11' })), 'bad_argument');
  assert.equal(codeOf(() => guard.frank({ ...content, sender: 'zz'.repeat(16) })), 'bad_argument');
  assert.equal(codeOf(() => guard.frank({ ...content, refs: Array(17).fill('33'.repeat(32)) })), 'too_large');
  assert.equal(codeOf(() => guard.openMessage(new Uint8Array(), new Uint8Array(), new Uint8Array(), content.sender, content.conversation)), 'frank_invalid');
});

test('the memory limit is an error, and a module that stopped is never used again', async () => {
  const module = await WasmModule.load(guardWasm, systemRandom);
  assert.throws(() => module.call(2, 2 ** 31, () => {}), RangeError);
  assert.equal(new Reader(module.call(2, 0, () => {})).u8(), 0); // still alive
  const stopping = await WasmModule.load(guardWasm, () => { throw new Error('no randomness'); });
  const request = new Writer().bytes(hex(vectors('frank_v1').cases[0].content_bytes)).take();
  assert.throws(() => stopping.call(7, request.length, (t) => t.set(request)), ModuleStopped);
  assert.throws(() => stopping.call(2, 0, () => {}), ModuleStopped);
  await assert.rejects(Guard.load(new Uint8Array([1, 2, 3])), { code: 'internal' });
});

// --- the client --------------------------------------------------------------------------------------------------

test('the client matches answers to calls, carries errors over and ends with its worker', async () => {
  const sent = [];
  const worker = { postMessage: (m) => sent.push(m), terminate() { this.ended = true; }, onmessage: null, onerror: null };
  const answer = (id, value) => worker.onmessage({ data: { id, ok: true, value } });
  const starting = GuardClient.startIn(worker, 'http://localhost:1/guard/guard.wasm');
  answer(sent[0].id, undefined);
  const client = await starting;
  const a = client.policy('sending');
  const b = client.frank({});
  assert.deepEqual(sent.slice(1).map((m) => m.method), ['policy', 'frank']);
  worker.onmessage({ data: { id: sent[2].id, ok: false, error: { code: 'too_large', where: 'w', detail: 'd' } } });
  answer(sent[1].id, { checks: ['c'], disclosures: [] });
  assert.deepEqual(await a, { checks: ['c'], disclosures: [] });
  await assert.rejects(b, (error) => error instanceof LightkeeperError && error.code === 'too_large' && error.mend.length > 0);
  const c = client.checkFile(new Uint8Array(1), 'image/png', 'sending');
  const settled = assert.rejects(c, { code: 'internal' });
  await new Promise((r) => setTimeout(r, 0));
  client.close();
  await settled;
  assert.ok(worker.ended);
  await assert.rejects(client.policy('sending'), { code: 'unavailable' });
});
