// The demo as a person starts it: it comes up whole, keeps its accounts' folder, says when a part has died, and leaves
// nothing behind, however it ends.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = process.env.LK_BIN ?? fileURLToPath(new URL('../../build/release/bin/lightkeeper', import.meta.url));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const START_MS = 60_000;

async function until(what, check, ms = 20_000) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(50)) {
    const value = await check();
    if (value) return value;
  }
  throw new Error(`not in time: ${what}`);
}

/** Ids of processes whose command line names this folder. */
function processesOf(folder) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).filter((pid) => {
    try {
      const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1][0];
      return state !== 'Z' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  }).map(Number);
}

function start(folder, ...more) {
  const child = spawn(program, ['demo', '--no-browser', '--data', join(folder, 'data'), ...more],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const demo = { child, out: '', err: '', ended: new Promise((done) => child.on('exit', (code, signal) => done({ code, signal }))) };
  child.stdout.on('data', (part) => { demo.out += part; });
  child.stderr.on('data', (part) => { demo.err += part; });
  return demo;
}

async function ready(folder, demo) {
  const note = join(folder, 'data/demo.json');
  await until('demo.json', () => {
    if (demo.child.exitCode !== null) throw new Error(`the demo ended:\n${demo.err}`);
    return existsSync(note) && existsSync(join(folder, 'build/demo/demo.json'));
  }, START_MS);
  return JSON.parse(readFileSync(note, 'utf8'));
}

async function bytesAt(url) {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return Buffer.from(await response.arrayBuffer());
}

test('the demo comes up, lasts, fails aloud and leaves nothing', { timeout: 180_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lightkeeper-demo-'));
  t.after(async () => {
    for (const pid of processesOf(folder)) process.kill(pid, 'SIGKILL');
    await sleep(100);
    rmSync(folder, { recursive: true, force: true });
  });
  let first;

  await t.test('it answers everywhere and names everything in demo.json', async () => {
    const demo = start(folder, '--port', '0');
    first = await ready(folder, demo);
    assert.deepEqual(Object.keys(first), ['service', 'keepers', 'links', 'list', 'list_key', 'test_picture',
      'harmless_picture', 'data', 'pid']);
    assert.equal(first.pid, demo.child.pid);
    assert.equal(statSync(join(folder, 'data/demo.json')).mode & 0o777, 0o600);
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'build/demo/demo.json'), 'utf8')), first);
    assert.equal(first.keepers.length, 3);
    for (const address of [first.service, ...first.keepers]) {
      await bytesAt(`${address}/readyz`);
    }
    for (const [who, link] of Object.entries(first.links)) {
      const code = link.split('/').at(-1);
      const invitation = JSON.parse(await bytesAt(`${first.service}/api/v1/invitations/${code}`));
      assert.deepEqual(invitation, { role: who.startsWith('person') ? 'person' : who, usable: true });
    }
    assert.deepEqual(await bytesAt(`${first.service}/demo/test-picture.png`), readFileSync(first.test_picture));
    const harmless = await bytesAt(`${first.service}/demo/harmless-picture.jpg`);
    assert.ok(harmless.includes('Exif') && harmless.includes('drawn camera'), 'the harmless file names a camera');
    assert.match(demo.out, /What this demo does not protect/);
    assert.ok(Object.values(first.links).every((link) => demo.out.includes(link)));

    const second = start(folder, '--port', '0');
    assert.equal((await second.ended).code, 75);
    assert.match(second.err, /another demo runs/);
    assert.ok(existsSync(join(folder, 'build/demo/demo.json')), 'the running demo keeps its note');

    demo.child.kill('SIGTERM');
    assert.equal((await demo.ended).code, 0);
    assert.deepEqual(processesOf(folder), []);
    assert.ok(!existsSync(join(folder, 'data/demo.json')) && !existsSync(join(folder, 'build/demo/demo.json')));
  });

  await t.test('a second start keeps list, keepers and accounts, gives fresh codes, and says when a keeper dies', async () => {
    const list = readFileSync(first.list);
    const demo = start(folder, '--port', '0', '--json');
    const again = await ready(folder, demo);
    assert.deepEqual(readFileSync(again.list), list);
    assert.deepEqual(again.keepers, first.keepers);
    assert.notEqual(again.links.person_1.split('/').at(-1), first.links.person_1.split('/').at(-1));
    const old = JSON.parse(await bytesAt(`${again.service}/api/v1/invitations/${first.links.person_1.split('/').at(-1)}`));
    assert.equal(old.usable, true, 'codes that nobody used are still there');
    assert.deepEqual(JSON.parse(demo.out), again);

    const keeper = processesOf(join(folder, 'data/keeper-1/card.json')).find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`--dir\0${join(folder, 'data/keeper-1')}\0`));
    process.kill(keeper, 'SIGKILL');
    assert.notEqual((await demo.ended).code, 0);
    assert.match(demo.err, /keeper-1 was ended by/);
    assert.deepEqual(processesOf(folder), []);
    assert.ok(!existsSync(join(folder, 'data/demo.json')));
  });

  await t.test('nothing survives a demo that is killed', async () => {
    const demo = start(folder, '--port', '0');
    await ready(folder, demo);
    assert.equal(processesOf(folder).length, 5);
    demo.child.kill('SIGKILL');
    await demo.ended;
    await until('all children have ended', () => processesOf(folder).length === 0);
  });

  await t.test('it stops at once when asked while it starts', async () => {
    const demo = start(folder, '--port', '0');
    await until('keepers', () => processesOf(folder).length > 2);
    demo.child.kill('SIGINT');
    assert.equal((await demo.ended).code, 0);
    assert.deepEqual(processesOf(folder), []);
  });

  await t.test('a port that is taken is an error', async () => {
    const demo = start(folder, '--port', '0');
    const { service } = await ready(folder, demo);
    const elsewhere = mkdtempSync(join(tmpdir(), 'lightkeeper-demo-'));
    const other = start(elsewhere, '--port', new URL(service).port);
    assert.notEqual((await other.ended).code, 0);
    assert.match(other.err, /is taken/);
    rmSync(elsewhere, { recursive: true });
    demo.child.kill('SIGTERM');
    assert.equal((await demo.ended).code, 0);
  });
});
