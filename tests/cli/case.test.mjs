// lightkeeper case ls, show and decide, on the folder of a service that runs beside it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { hexId, request } from '../service/running_service.mjs';
import { startDesk } from './desk.mjs';
import { lightkeeper } from './program.mjs';

/** A running service with two reports in words, and `lightkeeper case` on its folder. */
async function prepared(t) {
  const desk = await startDesk(t, 'rita', 'reviewer');
  const unwanted = await desk.tell('unwanted', 'bland words');
  const threat = await desk.tell('threat', 'other words \u001b[31mred');
  const run = (...args) => lightkeeper(['case', args[0], '--data', desk.data, ...args.slice(1)]);
  return { ...desk, rita: desk.staff, unwanted, threat, run };
}

test('ls lists the most urgent first, show opens, decide decides; each is on record', async (t) => {
  const { port, rita, ben, unwanted, threat, passwordFile, run } = await prepared(t);
  const listed = run('ls', '--json');
  assert.equal(listed.status, 0, listed.err);
  const [queue] = listed.json();
  assert.deepEqual(queue.cases.map((one) => one.case), [threat, unwanted]);
  assert.equal(queue.total, 2);
  for (const one of queue.cases) {
    assert.equal(one.priority.parts.reduce((sum, part) => sum + part.points, 0), one.priority.score);
  }
  assert.deepEqual(
    Object.keys(queue.cases[0]),
    ['case', 'number', 'received_ms', 'due_ms', 'state', 'harm', 'reports', 'messages', 'verified', 'not_verified', 'vouchers',
      'provider_records', 'priority', 'assigned', 'quarantined', 'sampled', 'needs_second', 'escalated', 'decision'],
  );
  assert.match(run('ls').out, new RegExp(`^${threat}  `));
  assert.equal(run('ls', '--json', '--search', 'nobody').json()[0].total, 0);

  const shown = run('show', threat, '--json');
  assert.equal(shown.status, 0, shown.err);
  assert.equal(shown.json()[0].statement, 'other words \u001b[31mred');
  assert.deepEqual(shown.json()[0].reporters.map((who) => who.name), ['ben']);
  // The same document as the API's.
  const seenThere = await request(port, 'GET', `/api/v1/cases/${threat}`, { token: rita.token });
  assert.deepEqual(shown.json()[0], seenThere.json);
  // On a terminal nothing of what people wrote is obeyed.
  const words = run('show', threat);
  assert.match(words.out, /statement {2}other words  \[31mred/);
  assert.ok(!words.out.includes('\u001b'));

  const made = run('decide', unwanted, '--as', 'rita', '--password-file', passwordFile, '--decision', 'warn', '--reason', 'a calm reason', '--json');
  assert.equal(made.status, 0, made.err);
  assert.deepEqual(made.json(), [{ case: unwanted, state: 'decided' }]);
  const seen = await request(port, 'GET', `/api/v1/cases/${unwanted}`, { token: rita.token });
  assert.equal(seen.json.decisions[0].reviewer.name, 'rita');
  const own = await request(port, 'GET', '/api/v1/reports', { token: ben.token });
  assert.equal(own.json.reports.find((one) => one.report === unwanted).status, 'decided');
});

test('what is not right is refused with its exit status', async (t) => {
  const { data, unwanted, passwordFile, run } = await prepared(t);
  const decide = (...args) => run('decide', unwanted, '--decision', 'warn', '--reason', 'x', ...args);
  assert.equal(decide().status, 64);
  assert.equal(decide('--as', 'rita').status, 64);
  assert.equal(decide('--as', 'ben', '--password-file', passwordFile).status, 77);
  const wrong = join(data, '..', 'wrong');
  writeFileSync(wrong, 'not the password of anybody\n');
  assert.equal(decide('--as', 'rita', '--password-file', wrong).status, 77);
  assert.equal(decide('--as', 'rita', '--password-file', join(data, 'nothing')).status, 66);
  assert.equal(run('decide', unwanted, '--as', 'rita', '--password-file', passwordFile, '--decision', 'shout', '--reason', 'x').status, 64);
  assert.equal(run('show', hexId()).status, 66);
  assert.notEqual(run('show', 'not-an-id').status, 0);
  assert.equal(run('ls', '--view', 'nothing').status, 64);
  assert.equal(run('ls', '--limit', '0').status, 64);
  assert.equal(lightkeeper(['case', 'ls', '--data', join(data, 'nowhere')]).status, 66);
  assert.equal(run('show', unwanted, '--json').json()[0].decision, null);
});
