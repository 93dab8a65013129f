// Starts the real `lightkeeper demo` (service, three keepers, test list) on free ports with its data in a new folder.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const program = process.env.LIGHTKEEPER ?? resolve(root, 'build/release/bin/lightkeeper');
/** A test run leaves the tracked pictures alone; LK_SCREENSHOTS=docs/screenshots renews them. */
export const screenshots = resolve(root, process.env.LK_SCREENSHOTS ?? 'build/screenshots');
const START_MS = 60_000;
const STOP_MS = 15_000;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, check, timeoutMs = 15_000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await sleep(50);
  }
}

export async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

export class Demo {
  /** Everything the demo printed, as one text. */
  output = '';

  /** `env`: settings of the service beside those of the demo, as LK_... variables; `options`: of the demo itself; `port`: any
   *  free one unless given. */
  static async start({ env = {}, options = [], port = undefined } = {}) {
    const demo = new Demo();
    demo.folder = mkdtempSync(join(tmpdir(), 'lightkeeper-e2e-'));
    demo.data = join(demo.folder, 'data');
    demo.port = port ?? (await freePort());
    await demo.#run(env, options);
    return demo;
  }

  /** Ends and starts again with the same data at the same address. */
  async restart({ env = {}, options = [] } = {}) {
    await this.#end();
    await this.#run(env, options);
  }

  async stop() {
    const code = await this.#end();
    if (process.env.LK_KEEP === undefined) rmSync(this.folder, { recursive: true, force: true });
    return code;
  }

  async #run(env, options) {
    this.child = spawn(program, ['demo', '--no-browser', '--port', String(this.port), '--data', this.data, ...options], {
      cwd: this.folder, // build/demo/demo.json is written below the working folder
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk) => {
      this.output += chunk;
    };
    this.child.stdout.on('data', keep);
    this.child.stderr.on('data', keep);
    const places = [join(this.data, 'demo.json'), join(this.folder, 'build/demo/demo.json')];
    const place = await until(
      'the demo writes demo.json',
      () => {
        if (this.child.exitCode !== null) throw new Error(`the demo ended:\n${this.output}`);
        return places.find(existsSync);
      },
      START_MS,
    );
    this.facts = JSON.parse(readFileSync(place, 'utf8'));
    this.origin = new URL(this.facts.service).origin;
    this.keepers = this.facts.keepers;
    this.personLinks = [this.facts.links.person_1, this.facts.links.person_2];
    this.reviewerLink = this.facts.links.reviewer;
  }

  async #end() {
    this.child.kill('SIGINT');
    await until('the demo ends after SIGINT', () => this.child.exitCode !== null || this.child.signalCode !== null, STOP_MS);
    return this.child.exitCode;
  }
}
