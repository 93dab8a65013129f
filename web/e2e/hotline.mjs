// Starts the conformance hotline on a free port of this machine.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { program, until } from './demo.mjs';

export const hotlineProgram = process.env.LIGHTKEEPER_HOTLINE ?? join(dirname(program), 'lightkeeper-hotline');

export class Hotline {
  static async start(...options) {
    const hotline = new Hotline();
    hotline.folder = mkdtempSync(join(tmpdir(), 'lightkeeper-hotline-'));
    hotline.child = spawn(hotlineProgram, ['--port', '0', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    hotline.child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const line = await until('the hotline says where it is', () => {
      if (hotline.child.exitCode !== null) throw new Error(`the hotline ended with ${hotline.child.exitCode}`);
      return output.includes('\n') && output.slice(0, output.indexOf('\n'));
    });
    hotline.facts = JSON.parse(line);
    hotline.passwordFile = join(hotline.folder, 'password');
    writeFileSync(hotline.passwordFile, 'tester\n', { mode: 0o600 });
    return hotline;
  }

  /** What arrived, as the stand-in's own page shows it. */
  async reports() {
    const answer = await fetch(new URL('/__reports', this.facts.page));
    return answer.json();
  }

  /** What the service needs to know to send there. */
  settings(environment) {
    return {
      LK_REPORTING_URL: this.facts.url,
      LK_REPORTING_USER: 'tester',
      LK_REPORTING_PASSWORD_FILE: this.passwordFile,
      LK_REPORTING_ENVIRONMENT: environment,
      LK_REPORTING_CONTACT_EMAIL: 'reports@example.org',
      LK_REPORTING_CONTACT_PHONE: '+1-555-0100',
    };
  }

  async stop() {
    this.child.kill('SIGINT');
    await until('the hotline ends', () => this.child.exitCode !== null || this.child.signalCode !== null);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
