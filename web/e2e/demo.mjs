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

async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

export class Demo {
  /** Everything the demo printed, as one text. */
  output = '';

  /** `env`: settings of the service beside those of the demo, as LK_... variables; `options`: of the demo itself. */
  static async start({ env = {}, options = [] } = {}) {
    const demo = new Demo();
    demo.folder = mkdtempSync(join(tmpdir(), 'lightkeeper-e2e-'));
    demo.data = join(demo.folder, 'data');
    demo.child = spawn(program, ['demo', '--no-browser', '--port', String(await freePort()), '--data', demo.data, ...options], {
      cwd: demo.folder, // build/demo/demo.json is written below the working folder
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk) => {
      demo.output += chunk;
    };
    demo.child.stdout.on('data', keep);
    demo.child.stderr.on('data', keep);
    const places = [join(demo.data, 'demo.json'), join(demo.folder, 'build/demo/demo.json')];
    const place = await until(
      'the demo writes demo.json',
      () => {
        if (demo.child.exitCode !== null) throw new Error(`the demo ended:\n${demo.output}`);
        return places.find(existsSync);
      },
      START_MS,
    );
    demo.facts = JSON.parse(readFileSync(place, 'utf8'));
    demo.origin = new URL(demo.facts.service).origin;
    demo.keepers = demo.facts.keepers;
    demo.personLinks = [demo.facts.links.person_1, demo.facts.links.person_2];
    demo.reviewerLink = demo.facts.links.reviewer;
    return demo;
  }

  async stop() {
    this.child.kill('SIGINT');
    await until('the demo ends after SIGINT', () => this.child.exitCode !== null || this.child.signalCode !== null, STOP_MS);
    const code = this.child.exitCode;
    if (process.env.LK_KEEP === undefined) rmSync(this.folder, { recursive: true, force: true });
    return code;
  }
}
