// lightkeeper report submit and status, on a real service and the conformance hotline.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { hexId, request } from '../service/running_service.mjs';
import { startDesk } from './desk.mjs';
import { startHotline } from './hotline.mjs';
import { folder, lightkeeper } from './program.mjs';

const example = fileURLToPath(new URL('../../examples/cases/pictures.json', import.meta.url));
const template = ['--override-reason', 'A demonstration without a company template.'];

/** A service whose case only lacks the company template; `submit` is lena of the law department. */
async function prepared(t, ...faults) {
  const hotline = await startHotline(t, ...faults.flatMap((fault) => ['--fault', fault]));
  const desk = await startDesk(t, 'lena', 'legal', hotline.env);
  const newCase = async (people) => {
    const id = await desk.tell('threat', 'bland words', people);
    const tip = await request(desk.port, 'GET', `/api/v1/cases/${id}/tip`, { token: desk.staff.token });
    const json = { ...tip.json.facts, narrative: '[message 1: placeholder, 11 characters]', jurisdiction: ['US'] };
    const saved = await request(desk.port, 'PUT', `/api/v1/cases/${id}/tip`, { token: desk.staff.token, json });
    assert.equal(saved.status, 200, saved.raw);
    assert.equal(await desk.decide(id, 'report'), 'decided');
    return id;
  };
  const id = await newCase();
  const as = ['--as', 'lena', '--password-file', desk.passwordFile];
  const submit = (...args) => lightkeeper(['report', 'submit', '--data', desk.data, ...as, ...args], { env: hotline.env });
  const status = (...args) => {
    const run = lightkeeper(['report', 'status', '--data', desk.data, ...args, '--json']);
    assert.equal(run.status, 0, run.err);
    return run.json()[0];
  };
  return { hotline, desk, id, newCase, submit, status };
}

test('a running service submits: a dry run unless told to send, and each step stands in its journal', async (t) => {
  const { hotline, desk, id, submit, status } = await prepared(t);
  const blocked = submit(id, '--send');
  assert.equal(blocked.status, 1);
  assert.match(blocked.err, /must reporter\.template: /);
  assert.deepEqual(status().submissions, []);

  const dry = submit(id, ...template, '--json');
  assert.equal(dry.status, 0, dry.err);
  assert.deepEqual([dry.json()[0].state, dry.json()[0].dry_run], ['done', true]);
  assert.match(submit(id, '--dry-run', ...template).out, /^2 {2}done {2}dry run: nothing was sent\n$/);
  assert.equal((await hotline.reports()).length, 0, 'a dry run reached the hotline');

  const sent = submit(id, '--send', ...template, '--json');
  assert.equal(sent.status, 0, sent.err);
  const [report] = await hotline.reports();
  assert.equal(report.state, 'finished');
  assert.equal(sent.json()[0].report_id, report.report_id);
  assert.deepEqual(sent.json()[0].steps.map((step) => `${step.step} ${step.result}`),
    ['hold intent', 'hold ok', 'submit intent', 'submit ok', 'finish intent', 'finish ok']);

  const again = submit(id, '--send', ...template);
  assert.equal(again.status, 73);
  assert.match(again.err, /has arrived/);
  assert.equal((await hotline.reports()).length, 1);

  const journal = status();
  assert.deepEqual(journal.submissions.map((one) => [one.id, one.dry_run, one.state]),
    [[3, false, 'done'], [2, true, 'done'], [1, true, 'done']]);
  assert.deepEqual(status('--case', hexId()).submissions, []);
  assert.equal(status('--case', id).submissions.length, 3);
  assert.match(lightkeeper(['report', 'status', '--data', desk.data]).out,
    new RegExp(`^3  ${id.slice(0, 8)}  demo  done  report ${report.report_id}\\n2  `));
  const log = join(desk.cwd, 'log');
  const audit = lightkeeper(['audit', 'export', '--data', desk.data, '--out', log]);
  assert.equal(audit.status, 0, audit.err);
  assert.equal(readFileSync(log, 'latin1').match(/submission\.queue/g).length, 3, 'each is on record');
});

test('without a running service the command is the service for as long as it takes', async (t) => {
  const { hotline, desk, id, newCase, submit, status } = await prepared(t, '*:status=503');
  const second = await newCase({ by: desk.ada, about: desk.ben });
  const queued = submit(id, '--send', '--wait', '0', ...template);
  assert.equal(queued.status, 75);
  assert.match(queued.err, /still under way/);
  await desk.stop();
  assert.equal(status().queue, 1);
  await hotline.fault();

  // A dry run sends nothing, not even what else is queued.
  const other = submit(id, '--dry-run', ...template);
  assert.equal(other.status, 0, other.err);
  assert.equal((await hotline.reports()).length, 0);
  // To send, it has to know where to.
  const as = ['--as', 'lena', '--password-file', desk.passwordFile];
  const nowhere = lightkeeper(['report', 'submit', '--data', desk.data, ...as, '--send', id], { env: { LK_REPORTING_URL: '' } });
  assert.equal(nowhere.status, 78);
  assert.match(nowhere.err, /reporting_url is not set/);
  assert.equal(status().queue, 1);

  const sent = submit(second, '--send', ...template, '--json');
  assert.equal(sent.status, 0, sent.err);
  const reports = await hotline.reports();
  assert.equal(reports.filter((one) => one.report_id === sent.json()[0].report_id && one.state === 'finished').length, 1);
});

test('what nobody decided to report is not sent, whatever the reason', async (t) => {
  const { hotline, desk, submit, status } = await prepared(t);
  const undecided = await desk.tell('unwanted', 'other bland words', { by: desk.ada, about: desk.ben });
  const refused = submit(undecided, '--send', ...template);
  assert.equal(refused.status, 75, refused.err);
  assert.match(refused.err, /not decided to be reported/);
  assert.equal(await desk.decide(undecided, 'no_action'), 'decided');
  assert.equal(submit(undecided, '--send', ...template).status, 75);
  assert.deepEqual(status().submissions, []);
  assert.equal((await hotline.reports()).length, 0);
});

test('what the hotline refuses waits for a person, and says so', async (t) => {
  const { desk, id, submit, status } = await prepared(t, 'submit:code=4100');
  await desk.stop();
  const run = submit(id, '--send', ...template);
  assert.equal(run.status, 3, run.err);
  assert.match(run.out, /quarantined/);
  assert.deepEqual(status().alarms.map((alarm) => alarm.code), ['quarantined']);
});

test('who may not submit does not, and nothing is queued', async (t) => {
  const hotline = await startHotline(t);
  const desk = await startDesk(t, 'rita', 'reviewer', hotline.env);
  const id = await desk.tell('threat', 'bland words');
  const run = (...args) => lightkeeper(['report', 'submit', '--data', desk.data, ...args]);
  const as = (name, file = desk.passwordFile) => ['--as', name, '--password-file', file];
  assert.equal(run(id, ...as('rita'), ...template).status, 77);
  assert.equal(run(id, ...as('nobody'), ...template).status, 77);
  assert.equal(run(id, ...as('rita', join(desk.cwd, 'nothing'))).status, 66);
  assert.equal(run(id).status, 64);
  assert.equal(run('not-an-id', ...as('rita')).status, 64);
  assert.equal(run(id, ...as('rita'), '--send', '--dry-run').status, 64);
  assert.equal(lightkeeper(['report', 'submit', '--data', join(desk.cwd, 'nowhere'), id, ...as('rita')]).status, 66);
  assert.deepEqual(lightkeeper(['report', 'status', '--data', desk.data, '--json']).json()[0].submissions, []);
  assert.equal((await hotline.reports()).length, 0);
});

test('a case file is rehearsed without any service, and never sent', async (t) => {
  const cwd = folder(t);
  const run = lightkeeper(['report', 'submit', example, '--dry-run', '--out', 'documents', '--json'], { cwd });
  assert.equal(run.status, 0, run.err);
  const [told] = run.json();
  assert.equal(told.sent, false);
  assert.deepEqual(readdirSync(join(cwd, 'documents')).sort(), ['details-1.xml', 'details-2.xml', 'report.xml']);
  assert.equal(readFileSync(join(cwd, 'documents', 'report.xml')).length, told.report_bytes);
  for (const args of [[], ['--send']]) {
    const refused = lightkeeper(['report', 'submit', example, ...args], { cwd });
    assert.equal(refused.status, 64);
    assert.match(refused.err, /--data/);
  }
  assert.ok(!existsSync(join(cwd, 'service.db')));
});
