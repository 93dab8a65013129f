// The conformance hotline, as a process of its own on a free port of this machine.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { binary } from '../service/running_service.mjs';
import { folder } from './program.mjs';

const program = process.env.LK_HOTLINE ?? join(dirname(binary), 'lightkeeper-hotline');

/** What a service needs to send there (`env`), and what has arrived (`reports()`). Ends with the test. */
export async function startHotline(t, ...options) {
  const child = spawn(program, ['--port', '0', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGINT'));
  const facts = await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (out.includes('\n')) resolve(JSON.parse(out.slice(0, out.indexOf('\n'))));
    });
    child.on('exit', (code) => reject(new Error(`the hotline ended with ${code}`)));
  });
  const passwordFile = join(folder(t), 'password');
  writeFileSync(passwordFile, 'tester\n', { mode: 0o600 });
  return {
    env: {
      LK_REPORTING_URL: facts.url,
      LK_REPORTING_USER: 'tester',
      LK_REPORTING_PASSWORD_FILE: passwordFile,
      LK_REPORTING_ENVIRONMENT: 'demo',
      LK_REPORTING_CONTACT_EMAIL: 'reports@example.org',
      LK_REPORTING_CONTACT_PHONE: '+1-555-0100',
    },
    async reports() {
      const answer = await (await fetch(new URL('/__reports', facts.page))).json();
      return Array.isArray(answer) ? answer : answer.reports;
    },
    async fault(...faults) {
      await fetch(new URL('/__faults', facts.page), {
        method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ faults }),
      });
    },
  };
}
