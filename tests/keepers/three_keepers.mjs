// Three keepers as processes of the built program, and what tests put between them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = process.env.LK_BIN ?? fileURLToPath(new URL('../../build/release/bin/lightkeeper', import.meta.url));

/** Runs the program to its end without blocking this process, in which proxies may run. */
export function lightkeeper(args, cwd) {
  return new Promise((resolve, reject) => {
    const run = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = [], err = [];
    run.stdout.on('data', (data) => out.push(data));
    run.stderr.on('data', (data) => err.push(data));
    run.on('error', reject);
    run.on('close', (status) => resolve({
      status, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString(),
      json() { return this.out.split('\n').filter(Boolean).map((line) => JSON.parse(line)); },
    }));
  });
}

async function done(args, cwd) {
  const run = await lightkeeper(args, cwd);
  assert.equal(run.status, 0, `${args.join(' ')}: ${run.err}`);
  return run;
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function eventually(condition, what, milliseconds = 20_000) {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    if (await condition()) return;
    await sleep(50);
  }
  assert.fail(`did not happen in time: ${what}`);
}

/** A TCP proxy to 127.0.0.1:target that can delay, cut or swallow, and that counts bytes by direction. */
export class Proxy {
  static async start(t, target, port = 0) {
    const proxy = new Proxy();
    Object.assign(proxy, { delay: 0, swallow: false, sockets: new Set(), conversations: [] });
    proxy.server = createServer((client) => proxy.#serve(client, target)).listen(port, '127.0.0.1');
    await new Promise((resolve) => proxy.server.once('listening', resolve));
    proxy.port = proxy.server.address().port;
    t.after(() => { proxy.cut(); proxy.server.close(); });
    return proxy;
  }

  #serve(client, target) {
    const server = connect(target, '127.0.0.1');
    const conversation = { up: [], down: [] };
    this.conversations.push(conversation);
    for (const [from, to, bytes] of [[client, server, conversation.up], [server, client, conversation.down]]) {
      this.sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (data) => {
        bytes.push(data);
        if (this.swallow) return;
        if (this.delay) setTimeout(() => to.destroyed || to.write(data), this.delay);
        else to.write(data);
      });
      from.on('error', () => {});
      from.on('close', () => { this.sockets.delete(from); to.end(); });
    }
  }

  /** Breaks every connection; new ones are taken. */
  cut() { for (const socket of this.sockets) socket.destroy(); }
}

const flip = (hex, bits) => {
  let value = BigInt('0x' + hex);
  for (const bit of bits) value ^= 1n << BigInt(bit);
  return value.toString(16).padStart(64, '0');
};
/** `hex` with `distance` of its 256 bits changed, spread over the hash. */
export const atDistance = (hex, distance) => flip(hex, Array.from({ length: distance }, (_, i) => (i * 97 + 5) % 256));

export class ThreeKeepers {
  /** A folder with keys; list, keepers and manifest come with the methods below. */
  static async prepare(t) {
    const self = new ThreeKeepers();
    self.t = t;
    self.folder = mkdtempSync(join(tmpdir(), 'lightkeeper-keepers-'));
    self.processes = [];
    t.after(async () => {
      await Promise.all([0, 1, 2].map((i) => self.stop(i)));
      rmSync(self.folder, { recursive: true, force: true });
    });
    await self.run('list', 'keygen', '--out', 'org');
    return self;
  }

  run(...args) { return done(args, this.folder); }
  path(name) { return join(this.folder, name); }
  write(name, contents) { writeFileSync(this.path(name), contents); return name; }

  async pdq(file) {
    return (await this.run('hash', '--json', file)).json()[0].pdq;
  }

  async makeList(name, hashes, epoch = 1) {
    this.write(`${name}.txt`, hashes.join('\n') + '\n');
    await this.run('list', 'import', `${name}.txt`, '--name', 'drawn', '--epoch', String(epoch), '--variant', 'full',
      '--class', 'test', '--nonce-key', 'org.nonce', '--out', `${name}.lkdraft`);
    await this.run('list', 'sign', `${name}.lkdraft`, '--key', 'org.key', '--out', `${name}.lklist`);
    return `${name}.lklist`;
  }

  /** `proxied`: the link from keeper 0 to keeper 1 runs through this.linkProxy. */
  async initialise({ proxied = false } = {}) {
    this.ports = await Promise.all([0, 1, 2].map(freePort));
    this.linkPorts = await Promise.all([0, 1, 2].map(freePort));
    if (proxied) this.linkProxy = await Proxy.start(this.t, this.linkPorts[1]);
    this.urls = this.ports.map((port) => `http://127.0.0.1:${port}`);
    for (const i of [0, 1, 2]) {
      const link = proxied && i === 1 ? this.linkProxy.port : this.linkPorts[i];
      await this.run('keeper', 'init', '--dir', `k${i}`, '--index', String(i), '--url', this.urls[i], '--link',
        `127.0.0.1:${link}`);
    }
  }

  start(i, list) {
    this.lists ??= [];
    this.lists[i] = list;
    const child = spawn(program, ['keeper', 'run', '--dir', `k${i}`, '--list', list, '--trust', 'org.pub', '--cards',
      'k0/card.json,k1/card.json,k2/card.json', '--link-listen', `127.0.0.1:${this.linkPorts[i]}`],
    { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    child.log = '';
    child.stdout.on('data', (data) => { child.log += data; });
    child.stderr.on('data', (data) => { child.log += data; });
    child.ended = new Promise((resolve) => child.on('exit', (status, signal) => resolve(signal ?? status)));
    this.processes[i] = child;
  }

  async stop(i, signal = 'SIGKILL') {
    const child = this.processes[i];
    if (!child) return undefined;
    this.processes[i] = undefined;
    child.kill(signal);
    return child.ended;
  }

  manifest(...more) {
    return lightkeeper(['list', 'manifest', '--list', this.lists[0], '--keepers', this.urls.join(), '--key', 'org.key',
      '--out', 'drawn.manifest', '--json', ...more], this.folder);
  }

  async ready(i) {
    try {
      return (await fetch(`${this.urls[i]}/readyz`)).status === 200;
    } catch {
      return false;
    }
  }
  allReady() {
    return eventually(async () => (await Promise.all([0, 1, 2].map((i) => this.ready(i)))).every(Boolean), 'all ready');
  }

  /** All of it: three keepers with this list, a manifest in force. */
  async serve(list, options) {
    await this.initialise(options);
    for (const i of [0, 1, 2]) this.start(i, list);
    const run = await this.manifest();
    assert.equal(run.status, 0, run.err);
    await this.allReady();
    return run.json()[0];
  }

  match(files, urls = this.urls) {
    return lightkeeper(['match', '--keepers', urls.join(), '--trust', 'org.pub', '--json', ...files], this.folder);
  }
}
