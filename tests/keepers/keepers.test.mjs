// Three real keepers on loopback: the right answers, and clear errors when something is wrong.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { blankPicture, drawnPicture } from './drawn_picture.mjs';
import { atDistance, eventually, lightkeeper, Proxy, ThreeKeepers } from './three_keepers.mjs';

const filler = Array.from({ length: 70 }, (_, i) => atDistance((i + 3).toString(16).repeat(64).slice(0, 64), 31 + i % 7));

async function keepersWith(t, options) {
  const keepers = await ThreeKeepers.prepare(t);
  for (const seed of [1, 2, 3]) keepers.write(`p${seed}.png`, drawnPicture(seed));
  keepers.write('blank.png', blankPicture());
  const listed = await keepers.pdq('p1.png');
  const list = await keepers.makeList('drawn', [...filler, atDistance(listed, 7)]);
  const manifest = await keepers.serve(list, options);
  return { keepers, listed, manifest };
}
const query = (url, body, headers = {}) => fetch(`${url}/v1/query`, { method: 'POST', body, headers });
const codeOf = async (response) => (await response.json()).code;

test('answers equal the plaintext scan at every planted distance', async (t) => {
  const keepers = await ThreeKeepers.prepare(t);
  const files = Array.from({ length: 20 }, (_, seed) => keepers.write(`p${seed}.png`, drawnPicture(seed + 10)));
  const hashes = await Promise.all(files.map((file) => keepers.pdq(file)));
  // Around the threshold, at both ends, the photographic negative, and some that are not listed at all.
  const planted = [0, 2, 8, 16, 24, 28, 29, 30, 31, 32, 33, 34, 40, 64, 192, 224, 254, 256];
  const list = await keepers.makeList('drawn', [...filler, ...planted.map((d, i) => atDistance(hashes[i], d))]);
  await keepers.serve(list);
  keepers.write('blank.png', blankPicture());
  const all = [...files, 'blank.png'];
  const [split, plain] = await Promise.all([
    keepers.match(all), lightkeeper(['match', '--list', list, '--trust', 'org.pub', '--json', ...all], keepers.folder)]);
  assert.equal(split.status, 1, split.err);
  assert.equal(plain.status, 1, plain.err);
  assert.deepEqual(split.json(), plain.json().map((answer) => ({ ...answer, manifest: 1 })));
  const verdicts = split.json().map((answer) => answer.verdict);
  assert.equal(verdicts.filter((verdict) => verdict === 'match').length, planted.filter((d) => d <= 31).length);
  assert.equal(verdicts.at(-1), 'skipped');
  assert.equal((await keepers.match(files.slice(17))).status, 0);
});

test('a killed keeper is an error with the number of silent keepers, and all works again after its restart', async (t) => {
  const { keepers, manifest } = await keepersWith(t);
  assert.equal((await keepers.match(['p1.png'])).status, 1);
  await keepers.stop(2);
  const one = await keepers.match(['p1.png']);
  assert.equal(one.status, 2);
  assert.match(one.err, /one of three keepers didn't answer/);
  keepers.start(2, 'drawn.lklist');
  await keepers.allReady();
  const again = await keepers.match(['p1.png', 'p2.png']);
  assert.deepEqual(again.json().map((answer) => [answer.verdict, answer.manifest]), [['match', 1], ['no-match', 1]]);
  assert.equal(manifest.version, 1);
  await Promise.all([keepers.stop(0), keepers.stop(1)]);
  assert.match((await keepers.match(['p1.png'])).err, /two of three keepers didn't answer/);
});

test('several pictures in one command, and a clean end on SIGTERM and SIGINT', async (t) => {
  const { keepers } = await keepersWith(t);
  const answers = await Promise.all([0, 1].map(() => keepers.match(['p1.png', 'p2.png', 'p3.png'])));
  for (const run of answers) assert.deepEqual(run.json().map((a) => a.verdict), ['match', 'no-match', 'no-match']);
  assert.equal(await keepers.stop(1, 'SIGTERM'), 0, 'SIGTERM ends it cleanly');
  assert.equal(await keepers.stop(0, 'SIGINT'), 0, 'SIGINT, too');
});

test('delays on a link make a check slower, a cut link is made again, a silent one is an error and not a verdict', async (t) => {
  const { keepers } = await keepersWith(t, { proxied: true });
  const { linkProxy } = keepers;
  linkProxy.delay = 40;
  assert.equal((await keepers.match(['p1.png'])).status, 1);
  linkProxy.delay = 0;
  linkProxy.cut();
  await eventually(async () => !(await keepers.ready(0)) || linkProxy.conversations.length > 1, 'the cut is noticed');
  await keepers.allReady();
  assert.equal((await keepers.match(['p1.png'])).status, 1);
  linkProxy.swallow = true;
  const silent = await keepers.match(['p1.png']);
  assert.equal(silent.status, 2);
  assert.equal(silent.json()[0].verdict, 'error');
  assert.equal(silent.json()[0].error.code, 'keeper_unreachable');
  linkProxy.swallow = false;
  linkProxy.cut();
  await eventually(async () => (await keepers.match(['p1.png'])).status === 1, 'answers after the silence');
});

test('garbage, oversized bodies, cookies and credentials are refused, and the keeper goes on', async (t) => {
  const { keepers } = await keepersWith(t);
  const [url] = keepers.urls;
  assert.equal(await codeOf(await query(url, 'garbage')), 'bad_argument');
  assert.equal((await query(url, Buffer.alloc(100_000))).status, 413);
  assert.equal((await query(url, Buffer.alloc(627, 1))).ok, false);
  assert.equal(await codeOf(await query(url, Buffer.alloc(8), { cookie: 'a=b' })), 'identity_attached');
  assert.equal(await codeOf(await query(url, Buffer.alloc(8), { authorization: 'Bearer x' })), 'identity_attached');
  const manifest = await fetch(`${url}/v1/manifest`, { method: 'POST', body: 'garbage' });
  assert.equal(manifest.ok, false);
  const preflight = await fetch(`${url}/v1/query`, { method: 'OPTIONS' });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.equal((await keepers.match(['p1.png'])).status, 1);
});

test('a recorded request is not answered again', async (t) => {
  const { keepers } = await keepersWith(t);
  const proxies = await Promise.all(keepers.ports.map((port) => Proxy.start(t, port)));
  const run = await keepers.match(['p1.png'], proxies.map((proxy) => `http://127.0.0.1:${proxy.port}`));
  assert.equal(run.status, 1, run.err);
  for (const [i, proxy] of proxies.entries()) {
    const posts = proxy.conversations.map((c) => Buffer.concat(c.up)).filter((up) => up.subarray(0, 4).equals(Buffer.from('POST')));
    assert.equal(posts.length, 1);
    const body = posts[0].subarray(posts[0].indexOf('\r\n\r\n') + 4);
    assert.equal(await codeOf(await query(keepers.urls[i], body)), 'replayed');
  }
});

test('keepers with different lists make no manifest, and one that holds another one is not obeyed', async (t) => {
  const keepers = await ThreeKeepers.prepare(t);
  const list = await keepers.makeList('drawn', filler);
  const other = await keepers.makeList('other', filler.slice(1));
  await keepers.initialise();
  for (const i of [0, 1]) keepers.start(i, list);
  keepers.start(2, other);
  await eventually(() => keepers.processes[0].log.includes('holds another list'), 'the difference is reported');
  for (const url of keepers.urls) assert.equal((await fetch(`${url}/v1/offer`)).status, 503);
  await keepers.stop(2);
  keepers.start(2, list);
  assert.equal((await keepers.manifest()).status, 0);
  // A manifest of another publisher, and one that is rolled back.
  const first = readFileSync(keepers.path('drawn.manifest'));
  assert.equal((await keepers.manifest()).json()[0].version, 2);
  const post = (body) => fetch(`${keepers.urls[1]}/v1/manifest`, { method: 'POST', body });
  assert.equal(await codeOf(await post(first)), 'manifest_stale');
  const forged = Buffer.from(readFileSync(keepers.path('drawn.manifest')));
  forged[30] ^= 1;
  assert.equal(await codeOf(await post(forged)), 'bad_signature');
  // What was accepted is found again.
  await keepers.stop(1);
  keepers.start(1, list);
  await keepers.allReady();
  const held = Buffer.from(await (await fetch(`${keepers.urls[1]}/v1/manifest`)).arrayBuffer());
  assert.deepEqual(held, readFileSync(keepers.path('drawn.manifest')));
});

test('the empty list matches nothing', async (t) => {
  const keepers = await ThreeKeepers.prepare(t);
  keepers.write('p1.png', drawnPicture(1));
  await keepers.serve(await keepers.makeList('empty', []));
  const run = await keepers.match(['p1.png']);
  assert.equal(run.status, 0, run.err);
});

test('many checks at once are all answered rightly', async (t) => {
  const { keepers } = await keepersWith(t);
  const files = ['p1.png', 'p2.png', 'p1.png', 'p3.png', 'p1.png'];
  const runs = await Promise.all(Array.from({ length: 8 }, () => keepers.match(files)));
  for (const run of runs) {
    assert.deepEqual(run.json().map((a) => a.verdict), ['match', 'no-match', 'match', 'no-match', 'match'], run.err);
  }
  const metrics = await (await fetch(`${keepers.urls[0]}/metrics`)).text();
  assert.match(metrics, /queries_answered_total 40\n/);
  assert.match(metrics, /sessions_running 0\n/);
});

test('nothing that a keeper writes holds a query id, a share or a hash', async (t) => {
  const { keepers, listed } = await keepersWith(t);
  const proxy = await Proxy.start(t, keepers.ports[0]);
  await keepers.match(['p1.png'], [`http://127.0.0.1:${proxy.port}`, keepers.urls[1], keepers.urls[2]]);
  await sleep(100);
  const metrics = await (await fetch(`${keepers.urls[0]}/metrics`)).text();
  const post = proxy.conversations.map((c) => Buffer.concat(c.up)).find((up) => up.subarray(0, 4).equals(Buffer.from('POST')));
  const body = post.subarray(post.indexOf('\r\n\r\n') + 4);
  const queryId = body.subarray(2, 18);
  const found = (text) => [listed, ...[queryId, body.subarray(50, 82)].flatMap((secret) =>
    ['hex', 'base64', 'base64url', 'latin1'].map((encoding) => secret.toString(encoding)))].some((word) => text.includes(word));
  const written = [keepers.processes[0].log, metrics, ...readdirSync(keepers.path('k0')).map((name) =>
    readFileSync(join(keepers.path('k0'), name), 'latin1'))];
  assert.ok(!written.some(found));
  assert.ok(found(`query ${queryId.toString('hex')} answered`), 'planted: a log line that names the query is caught');
});
