// Runs the program as a person would: with arguments, files and an exit status. The program is LK_BIN, or the release
// build's.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = process.env.LK_BIN ?? fileURLToPath(new URL('../../build/release/bin/lightkeeper', import.meta.url));

/** Result of one run: exit status, standard output and standard error as text. */
export function lightkeeper(args, { cwd, input, env } = {}) {
  const run = spawnSync(program, args, {
    cwd, input, encoding: 'utf8', timeout: 60_000, env: { ...process.env, NO_COLOR: '1', ...env },
  });
  if (run.error) throw run.error;
  return { status: run.status, out: run.stdout, err: run.stderr, json: () => jsonLines(run.stdout) };
}

function jsonLines(text) {
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
}

/** An empty folder that goes when the test ends. */
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'lightkeeper-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
