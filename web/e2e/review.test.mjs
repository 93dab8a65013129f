// From a report to a decision and back to the people whom it concerns, on the real service, with the roles of staff.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Demo, screenshots, until } from './demo.mjs';
import { api, Device, launch } from './people.mjs';
import { drawn } from './pictures.mjs';
import { Desk } from './reviewers.mjs';

const TEXT = 'The ferry leaves at nine.';
const ROLES = ['reviewer', 'senior', 'legal', 'auditor', 'admin'];
let demo, browser, mira, jonas, desks;

before(async () => {
  mkdirSync(screenshots, { recursive: true });
  demo = await Demo.start();
  browser = await launch();
  mira = await Device.open(browser, demo.origin);
  jonas = await Device.open(browser, demo.origin);
  await mira.join(demo.personLinks[0], 'mira');
  await jonas.join(demo.personLinks[1], 'jonas');
  desks = {};
  for (const role of ROLES) {
    desks[role] = await Desk.open(browser, demo.origin);
    await desks[role].join(demo.facts.links[role], role === 'reviewer' ? 'rita' : `the-${role}`);
  }
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const shot = (desk, name) => desk.page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });
const token = async (who, page = 'messenger') => (await (who.device ?? who).token(page)).token;
const asPerson = async (who, method, path, body) => api(demo.origin, await token(who), method, `/api/v1${path}`, body);
const asStaff = async (role, method, path, body) =>
  api(demo.origin, await token(desks[role], 'console'), method, `/api/v1${path}`, body);

/** A report of words alone, in the form that the messenger sends it. */
async function tell(who, alleged, words, reason = 'unwanted') {
  const answer = await asPerson(who, 'POST', '/reports', {
    client_id: randomBytes(16).toString('hex'),
    reason,
    note: '',
    alleged,
    messages: [],
    statement: words,
  });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body.report;
}

const accountOf = async (who) => (await (who.device ?? who).token()).account;

test('a report arrives with its evidence, and nothing of the picture is fetched before anybody asks', async () => {
  const { page } = mira;
  await mira.startConversation('jonas');
  await mira.say('Hello.');
  await jonas.openConversation('mira');
  await jonas.page.getByRole('button', { name: 'Yes' }).click();
  await jonas.say(TEXT);
  await jonas.sendPicture({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: await drawn(jonas.page, { seed: 11 }) });
  await mira.hears(TEXT);
  await page.locator('img.picture').first().waitFor();
  await mira.bubbles(TEXT).getByRole('link', { name: 'Report this message' }).click();
  for (const box of await page.getByRole('checkbox').all()) if (!(await box.isChecked())) await box.check();
  await page.getByRole('button', { name: 'See what will be shared' }).click();
  await page.getByRole('button', { name: 'Send the report' }).click();
  await page.getByText('Your report is there').waitFor();

  const rita = desks.reviewer;
  await rita.view('Queue');
  await rita.entries().first().waitFor();
  await rita.accessible('queue');
  await rita.openCase();
  await rita.page.getByText(TEXT).waitFor();
  const recorder = rita.device.recorder;
  const renditions = () => recorder.exchanges.filter((one) => /\/media\/\d+\//.test(one.url));
  assert.equal(renditions().length, 0, 'a picture was fetched before anybody asked');
  await rita.accessible('case');
  await shot(rita, 'console-review');
});

test('a picture is looked at in steps, each watermarked and asked for by itself, and signed as seen', async () => {
  const rita = desks.reviewer;
  const renditions = () => rita.device.recorder.exchanges.filter((one) => /\/media\/\d+\//.test(one.url));
  for (const step of ['blurred', 'grey', 'colour']) {
    await rita.look(step);
    const last = renditions().at(-1);
    assert.ok(last.url.includes(`/${step}`), last.url);
    assert.equal(last.status, 200);
  }
  // A step out of order is refused by the service itself, whatever a page might ask for.
  const item = renditions()[0].url.match(/\/cases\/([0-9a-f]{32})\/media\/(\d+)\//);
  const media = `/cases/${item[1]}/media/${item[2]}`;
  assert.equal((await asStaff('senior', 'GET', `${media}/colour?frame=0`)).status, 409, 'colour came before the steps before it');
  assert.equal((await asStaff('reviewer', 'GET', `${media}/colour?frame=0`)).status, 200, 'whoever took the steps sees it');
  await rita.file().getByText('I have looked at the whole file').click();
  await rita.file().getByRole('radio', { name: /^0: nothing/ }).check();
  await rita.file().getByRole('button', { name: 'Sign it' }).click();
  await rita.file().getByText('You have said that you looked at the whole file.').waitFor();
  await rita.file().getByRole('button', { name: 'Cover it' }).click();
  await rita.assertNothingShown('covered by hand');
});

test('a decision reaches the person who reported', async () => {
  const rita = desks.reviewer;
  await rita.decide('Warn the person', 'A notice is enough here.');
  await rita.decision().getByText('Decided: Warn the person').waitFor();
  const told = await until('the person who reported is told', async () => {
    const { body } = await asPerson(mira, 'GET', '/reports');
    return body.reports.find((one) => one.status === 'decided');
  });
  assert.ok(told.outcome.length > 0);
  assert.ok(!told.outcome.includes('jonas'), 'the outcome names somebody');
});

test('the affected person is told why without learning who reported, objects, and another person answers', async () => {
  const { body } = await asPerson(jonas, 'GET', '/notices');
  const notice = body.notices.find((one) => one.kind === 'statement_of_reasons');
  const words = [notice.title, ...notice.body].join(' ');
  assert.ok(!/mira|accuse|violation/i.test(words), words);
  const objected = await asPerson(jonas, 'POST', `/notices/${notice.notice}/appeal`, { words: 'That was a misunderstanding.' });
  assert.equal(objected.status, 201, JSON.stringify(objected.body));

  const rita = desks.reviewer;
  await rita.view('Appeals');
  await rita.openCase();
  await rita.decision().getByText('Somebody else has to answer this appeal').waitFor();
  const senior = desks.senior;
  await senior.view('Appeals');
  await senior.openCase();
  await senior.page.getByText('That was a misunderstanding.').waitFor();
  await senior.accessible('appeal');
  await senior.opinion('The decision is changed', 'The words fit a misunderstanding.');
  await senior.page.locator('[data-appeal=changed]').waitFor();
  const after = await asPerson(jonas, 'GET', '/notices');
  assert.ok(after.body.notices.some((one) => one.kind === 'appeal_update'), JSON.stringify(after.body));
});

test('staff: a reviewer is invited at once, a senior only with the approval of a second person', async () => {
  const admin = desks.admin;
  await admin.go('Staff');
  await admin.page.getByRole('listitem').filter({ hasText: 'rita' }).first().waitFor();
  await admin.page.getByRole('button', { name: 'Make a link' }).click();
  await admin.page.getByText('Link, works once').waitFor();
  await admin.page.getByRole('combobox', { name: 'Role' }).selectOption({ label: 'Senior reviewer' });
  await admin.page.getByRole('button', { name: 'Make a link' }).click();
  await admin.page.getByText('This role takes two people.').waitFor();
  await admin.accessible('staff');
  await admin.go('Approvals');
  await admin.page.getByText('You asked for this. Somebody else has to answer.').waitFor();
  const legal = desks.legal;
  await legal.go('Approvals');
  await legal.page.getByLabel('Reason').fill('We need a second one for holidays.');
  await legal.page.getByRole('button', { name: /^Approve/ }).click();
  await legal.page.locator('[data-approval=approved]').waitFor();
  await legal.accessible('approvals');
  await admin.go('Staff');
  await admin.page.getByRole('button', { name: /^Make the link of approval/ }).click();
  await admin.page.getByText('Link, works once').waitFor();
  const link = await admin.page.getByRole('main').locator('code.code').innerText();
  desks.other = await Desk.open(browser, demo.origin);
  await desks.other.join(link, 'the-other-senior');
});

test('what rests on words alone takes two people to restrict somebody', async () => {
  const id = await tell(mira, await accountOf(jonas), 'It happened on a call.', 'threat');
  const { senior, other } = desks;
  await senior.openCaseById(id);
  await senior.page.getByText('This report came without messages').waitFor();
  await senior.page.getByText('It happened on a call.').waitFor();
  await senior.decide('Restrict the account', 'Several people said the same.');
  await senior.decision().getByText('Somebody else has to look at your decision.').waitFor();
  const own = await asStaff('senior', 'POST', `/cases/${id}/second`, { agree: true, reason: 'I agree with myself.' });
  assert.ok(own.status >= 400, `seconded by oneself: ${JSON.stringify(own.body)}`);
  await other.openCaseById(id);
  await other.decision().getByText('the-senior decided: Restrict the account').waitFor();
  await other.opinion('I agree', 'I read the words and would do the same.');
  await other.decision().getByText('Decided: Restrict the account').waitFor();
  await other.accessible('decided by two');
});

test('the same report again opens no second case', async () => {
  const before = (await asStaff('reviewer', 'GET', '/cases?view=all')).body.total;
  const alleged = await accountOf(jonas);
  const first = await tell(mira, alleged, 'It happened again, the same way.');
  const second = await tell(mira, alleged, 'It happened again, the same way.');
  assert.equal(first, second);
  const total = (await asStaff('reviewer', 'GET', '/cases?view=all')).body.total;
  assert.ok(total <= before + 1, `${before} became ${total}`);
});

test('each role sees its pages and the service refuses the rest, on record', async () => {
  const { body } = await asStaff('reviewer', 'GET', '/cases?view=all');
  const id = body.cases[0].case;
  for (const role of ['auditor', 'admin']) {
    const desk = desks[role];
    const answers = await Promise.all(
      ['/cases?view=all', `/cases/${id}`, `/cases/${id}/media`, '/exposure'].map((path) => asStaff(role, 'GET', path)),
    );
    assert.deepEqual(answers.map((one) => one.status), [403, 403, 403, 403], `${role} reads evidence`);
    await desk.page.goto(`${demo.origin}/console/#/cases/${id}`);
    await desk.page.getByRole('heading', { name: 'This page is not for your role' }).waitFor();
    await desk.accessible(`${role}, not for this role`);
  }
  const auditor = desks.auditor;
  await auditor.go('Audit');
  await auditor.page.getByRole('cell', { name: 'access.refused' }).first().waitFor();
  await auditor.page.getByRole('cell', { name: 'case.decide' }).first().waitFor();
  await auditor.accessible('audit');
  const text = await auditor.page.getByRole('main').innerText();
  for (const secret of [TEXT, 'It happened on a call.', 'Several people said the same.']) {
    assert.ok(!text.includes(secret), `the audit log shows: ${secret}`);
  }
  const download = auditor.page.waitForEvent('download');
  await auditor.page.getByRole('button', { name: 'Save the checkpoint' }).click();
  assert.equal((await download).suggestedFilename(), 'checkpoint.txt');
});

test('the panic key leaves nothing of a real case', async () => {
  const rita = desks.reviewer;
  await rita.view('All');
  await rita.openCase();
  await rita.page.keyboard.press('Escape');
  await rita.openCase();
  await rita.page.keyboard.press('0');
  await rita.page.locator('[data-blank]').waitFor();
  assert.equal((await rita.page.locator('body').innerText()).replace(/\s+/g, ' ').trim(), 'Lightkeeper Continue');
  assert.equal(await rita.page.title(), 'Lightkeeper');
  assert.equal(new URL(rita.page.url()).hash, '#/');
  await rita.page.getByRole('button', { name: 'Continue' }).click();
  await rita.evidence();
});

test('no page raised an error or broke the content security policy', () => {
  for (const one of [mira, jonas, ...Object.values(desks)]) assert.deepEqual(one.faults, []);
});
