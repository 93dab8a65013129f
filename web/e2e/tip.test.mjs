// From a report to a hotline and back, on the real service and the conformance hotline: look, sign, decide, prepare with
// the linter, dry run, submit, receipt, hold, and what the person who reported is told.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Demo, screenshots, until } from './demo.mjs';
import { Hotline } from './hotline.mjs';
import { api, Device, launch } from './people.mjs';
import { drawn } from './pictures.mjs';
import { Desk } from './reviewers.mjs';

const TEXT = 'The ferry leaves at nine.';
let hotline, demo, browser, mira, jonas, rita, senior, legal;

before(async () => {
  mkdirSync(screenshots, { recursive: true });
  hotline = await Hotline.start();
  demo = await Demo.start({ env: hotline.settings('demo') });
  browser = await launch();
  mira = await Device.open(browser, demo.origin);
  jonas = await Device.open(browser, demo.origin);
  await mira.join(demo.personLinks[0], 'mira');
  await jonas.join(demo.personLinks[1], 'jonas');
  [rita, senior, legal] = await Promise.all(['reviewer', 'senior', 'legal'].map(() => Desk.open(browser, demo.origin)));
  await rita.join(demo.facts.links.reviewer, 'rita');
  await senior.join(demo.facts.links.senior, 'sven');
  await legal.join(demo.facts.links.legal, 'lena');
});

after(async () => {
  await browser?.close();
  await demo?.stop();
  await hotline?.stop();
});

const asStaff = async (desk, method, path, body) => {
  const { token } = await desk.device.token('console');
  return api(demo.origin, token, method, `/api/v1${path}`, body);
};

const sent = (answer) => (Array.isArray(answer) ? answer : answer.reports);

test('a picture is reported, looked at, signed as seen, and decided for the hotline', async () => {
  await mira.startConversation('jonas');
  await mira.say('Hello.');
  await jonas.openConversation('mira');
  await jonas.page.getByRole('button', { name: 'Yes' }).click();
  await jonas.say(TEXT);
  await jonas.sendPicture({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: await drawn(jonas.page, { seed: 23 }) });
  const { page } = mira;
  await mira.hears(TEXT);
  await page.locator('img.picture').first().waitFor();
  await mira.bubbles(TEXT).getByRole('link', { name: 'Report this message' }).click();
  for (const box of await page.getByRole('checkbox').all()) if (!(await box.isChecked())) await box.check();
  await page.getByRole('button', { name: 'See what will be shared' }).click();
  await page.getByRole('button', { name: 'Send the report' }).click();
  await page.getByText('Your report is there').waitFor();

  await rita.view('Queue');
  await rita.openCase();
  await rita.look('blurred');
  await rita.look('grey');
  await rita.file().getByText('I have looked at the whole file').click();
  await rita.file().getByRole('radio', { name: /^0: nothing/ }).check();
  await rita.file().getByRole('button', { name: 'Sign it' }).click();
  await rita.file().getByText('You have said that you looked at the whole file.').waitFor();
  await rita.decide('Report to the hotline', 'The law asks for a report.');
  await rita.decision().getByText('Decided: Report to the hotline').waitFor();
});

test('prepared with the linter, tried dry, sent, and the receipt and the hold are there', async () => {
  const { page } = senior;
  await senior.view('Decided');
  await senior.openCase();
  await page.keyboard.press('p');
  await page.getByRole('heading', { level: 1, name: /^Report to a hotline/ }).waitFor();
  await page.getByText('These are suggestions.').waitFor();
  await page.getByRole('listitem').filter({ hasText: 'Has to be mended' }).first().waitFor();
  await senior.accessible('tip, suggestions');
  await page.getByLabel('What happened, for the investigator').fill('[message 1: placeholder, 25 characters]');
  await page.getByLabel('Countries with a link to it').fill('US');
  await page.getByRole('button', { name: 'Save and check again' }).click();
  await page.getByText('There are changes that are not saved.').first().waitFor({ state: 'detached' });
  await page.getByText('These are suggestions.').waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(screenshots, 'console-tip.png'), animations: 'disabled' });
  const override = page.getByLabel('Why you send it although something has to be mended');
  if ((await override.count()) > 0) await override.fill('A demonstration without real contacts.');

  await page.getByRole('button', { name: 'Dry run' }).click();
  await page.locator('[data-submission=done][data-dry=true]').waitFor({ timeout: 30_000 });
  assert.equal(sent(await hotline.reports()).length, 0, 'a dry run reached the hotline');

  if ((await override.count()) > 0) await override.fill('A demonstration without real contacts.');
  await page.getByRole('button', { name: 'Send the report' }).click();
  await page.getByRole('dialog', { name: 'Send the report to NCMEC CyberTipline?' }).getByRole('button', { name: 'Yes, send it' }).click();
  const real = page.locator('[data-submission=done][data-dry=false]');
  await real.waitFor({ timeout: 30_000 });
  await real.getByText(/^Report number \d+/).waitFor();
  await real.getByText('Receipt', { exact: false }).first().click();
  await real.locator('[data-receipt]').waitFor();
  await page.locator('[data-hold=live]').waitFor();
  await senior.accessible('tip, sent');
  const reports = sent(await hotline.reports());
  assert.equal(reports.length, 1, JSON.stringify(reports).slice(0, 400));
});

test('the hold keeps the evidence: destruction is refused while it lives', async () => {
  const { page } = legal;
  await legal.go('Preservation');
  await page.locator('[data-hold=live]').getByText('Report to NCMEC (18 USC 2258A), one year').waitFor();
  await legal.accessible('preservation');
  const { body } = await asStaff(legal, 'GET', '/cases?view=decided');
  const id = body.cases[0].case;
  const destroy = page.getByRole('region', { name: 'Destroy evidence of a case' });
  await destroy.getByLabel('Case id').fill(id);
  await destroy.getByLabel('Why it has to be destroyed').fill('Nobody needs it any more.');
  await destroy.getByRole('button', { name: 'Ask to destroy it' }).click();
  await page.getByRole('alert').getByText('A live hold keeps this evidence.').waitFor();
});

test('the person who reported is told, in plain words and without secrets', async () => {
  const { token } = await mira.token();
  const told = await until('the person who reported is told', async () => {
    const { body } = await api(demo.origin, token, 'GET', '/api/v1/reports');
    return body.reports.find((one) => one.status === 'decided');
  });
  assert.ok(!/jonas|hotline|NCMEC|\d{4,}/i.test(told.outcome), told.outcome);
});

test('the stop switch lets nothing be queued until it is released', async () => {
  const { page } = senior;
  await senior.go('Reporting');
  await senior.accessible('reporting');
  await page.getByLabel('Reason').fill('The hotline asked us to wait.');
  const [{ case: id }] = (await asStaff(senior, 'GET', '/cases?view=decided')).body.cases;
  const send = async () => (await asStaff(senior, 'POST', `/cases/${id}/tip/submissions`, { dry_run: false, override_reason: 'a test' })).body.code;
  assert.equal(await send(), 'already_exists');
  await page.getByRole('button', { name: 'Stop all submissions' }).click();
  await page.getByRole('button', { name: 'Let submissions go out again' }).waitFor();
  assert.equal(await send(), 'sending_stopped');
  await page.getByLabel('Reason').fill('They are back.');
  await page.getByRole('button', { name: 'Let submissions go out again' }).click();
  await page.getByRole('button', { name: 'Stop all submissions' }).waitFor();
  assert.equal(await send(), 'already_exists');
});

test('no page raised an error or broke the content security policy', () => {
  for (const one of [mira, jonas, rita, senior, legal]) assert.deepEqual(one.faults, []);
});
