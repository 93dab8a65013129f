// What keeps people from doing too much, on the real service: the limit for looking at pictures with a supervisor's
// release, and the lock of production, which takes two people, real contacts and the schema that the hotline gives.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Demo, screenshots, until } from './demo.mjs';
import { Hotline } from './hotline.mjs';
import { api, Device, launch } from './people.mjs';
import { acquaint, reportWithAll, sendDrawing } from './reports.mjs';
import { Desk } from './reviewers.mjs';

// Severity 1 has a soft limit and no hard one, severity 2 a hard one. The first look counts five seconds, so that one
// look reaches either: nothing here waits for minutes.
const LIMITS = { LK_EXPOSURE_SOFT_SECONDS: '0,1,0,0', LK_EXPOSURE_HARD_SECONDS: '0,0,1,0' };
// Of a reserved range nobody could be reached, and the lock refuses that.
const CONTACT = { email: 'reports@harbour-messages.net', phone: '+1-202-736-4190' };
const FIRST = 'The ferry leaves at nine.';
const SECOND = 'The train leaves at ten.';
let hotline, demo, browser, mira, jonas, desks;

before(async () => {
  mkdirSync(screenshots, { recursive: true });
  hotline = await Hotline.start();
  demo = await Demo.start({ env: { ...hotline.settings('production'), LK_REPORTING_CONTACT_EMAIL: CONTACT.email, LK_REPORTING_CONTACT_PHONE: CONTACT.phone, ...LIMITS } });
  browser = await launch();
  mira = await Device.open(browser, demo.origin);
  jonas = await Device.open(browser, demo.origin);
  await mira.join(demo.personLinks[0], 'mira');
  await jonas.join(demo.personLinks[1], 'jonas');
  desks = {};
  for (const [role, name] of [['reviewer', 'rita'], ['senior', 'sven'], ['legal', 'lena'], ['admin', 'ada'], ['auditor', 'arno']]) {
    desks[role] = await Desk.open(browser, demo.origin);
    await desks[role].join(demo.facts.links[role], name);
  }
});

after(async () => {
  await browser?.close();
  await demo?.stop();
  await hotline?.stop();
});

const asStaff = async (role, method, path, body) => {
  const { token } = await desks[role].device.token('console');
  return api(demo.origin, token, method, `/api/v1${path}`, body);
};
const shot = (role, name) => desks[role].page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });

/** The case of this harm and the first of its files. */
async function caseOf(harm) {
  const { body } = await asStaff('reviewer', 'GET', `/cases?view=all&harm=${harm}`);
  assert.equal(body.cases.length, 1, `cases of ${harm}`);
  const id = body.cases[0].case;
  const { media } = (await asStaff('reviewer', 'GET', `/cases/${id}/media`)).body;
  return { id, item: media[0].item };
}

test('a break is suggested when the soft limit is reached, and looking goes on', async () => {
  await acquaint(mira, jonas);
  await sendDrawing(jonas, FIRST, 31);
  await mira.page.locator('img.picture').first().waitFor();
  await reportWithAll(mira, FIRST, 'Something I don’t want to get');
  const rita = desks.reviewer;
  const { page } = rita;
  await rita.openCaseById((await caseOf('unwanted')).id);
  await rita.look('blurred');
  const pause = page.getByRole('dialog', { name: 'A good moment for a break' });
  await pause.waitFor();
  await rita.accessible('break');
  await pause.getByRole('button', { name: 'Cover and take a break' }).click();
  await rita.assertNothingShown('break');
  await rita.look('blurred');
  await rita.file().getByRole('button', { name: 'Cover it' }).click();
  await rita.decide('Warn the person', 'A notice is enough here.');
  await rita.decision().getByText('Decided: Warn the person').waitFor();
});

test('the hard limit covers what is shown, and the service refuses every further look', async () => {
  await mira.openConversation('jonas');
  await jonas.openConversation('mira');
  await sendDrawing(jonas, SECOND, 32);
  await mira.page.locator('img.picture').nth(1).waitFor();
  await reportWithAll(mira, SECOND, 'Pressure or a threat');
  const rita = desks.reviewer;
  const { page } = rita;
  const { id, item } = await caseOf('threat');
  await rita.openCaseById(id);
  await rita.look('blurred');
  // Nobody touches anything: the answer to the page's own heartbeat covers.
  await rita.assertNothingShown('limit');
  await page.getByRole('heading', { name: 'That is enough for today' }).waitFor();
  assert.ok(await rita.file().getByRole('button', { name: 'Show it blurred and grey' }).isDisabled());
  await rita.accessible('limit');
  await page.locator('[data-limit]').scrollIntoViewIfNeeded();
  await shot('reviewer', 'console-limit');
  await page.getByRole('button', { name: 'Limit reached' }).click();
  const sheet = page.getByRole('dialog', { name: 'Your time with pictures today' });
  await sheet.getByText('Only you see these numbers.').waitFor();
  await rita.accessible('own exposure');
  await page.keyboard.press('Escape');

  // Whatever a page may ask for, the service itself refuses, for every file and at once.
  for (const one of [{ id, item }, await caseOf('unwanted')]) {
    const refused = await asStaff('reviewer', 'GET', `/cases/${one.id}/media/${one.item}/blurred?frame=0`);
    assert.equal(refused.body.code, 'exposure_budget');
  }
  // The facts, words and hashes are not pictures: they stay.
  await rita.file().getByText('image/jpeg').waitFor();
  await page.getByText(SECOND).waitFor();
});

test('somebody else releases, sees no seconds, and looking goes on; nobody releases oneself', async () => {
  const rita = desks.reviewer;
  const sven = desks.senior;
  const mine = (await rita.device.token('console')).account;
  const own = (await sven.device.token('console')).account;
  for (const [role, account] of [['reviewer', mine], ['senior', own]]) {
    const refused = await asStaff(role, 'POST', '/exposure/releases', { account, minutes: 30, reason: 'For myself.' });
    assert.equal(refused.body.code, 'not_allowed', `${role} released themselves`);
  }
  await sven.go('Wellbeing');
  const line = sven.page.getByRole('listitem').filter({ hasText: 'rita' });
  await line.getByText('Limit reached').waitFor();
  assert.ok(!/\d/.test(await sven.page.getByRole('main').innerText()), 'a number stands on the page of the supervisor');
  await sven.accessible('wellbeing');
  await line.getByRole('button', { name: 'Release pictures for rita' }).click();
  await sven.page.getByLabel('Reason').fill('We talked. One urgent case is left.');
  await sven.accessible('releasing');
  await sven.page.getByRole('button', { name: 'Release', exact: true }).click();
  await line.getByText('Limit reached').waitFor({ state: 'detached' });

  await rita.page.getByRole('button', { name: 'Look whether it was released' }).click();
  await rita.page.getByRole('heading', { name: 'That is enough for today' }).waitFor({ state: 'detached' });
  await rita.look('blurred');
  await rita.file().getByRole('button', { name: 'Cover it' }).click();
  await rita.assertNothingShown('covered by hand');
  const arno = desks.auditor;
  await arno.go('Audit');
  await arno.page.getByRole('cell', { name: 'exposure.release' }).first().waitFor();
  await rita.decide('Report to the hotline', 'The law asks for a report.');
  await rita.decision().getByText('Decided: Report to the hotline').waitFor();
});

/** Presses "Send the report" on the page of a case, and yes. */
async function send({ page }) {
  const button = page.getByRole('button', { name: 'Send the report' });
  await button.waitFor(); // with the findings, and with the field below if one of them is hard
  const override = page.getByLabel('Why you send it although something has to be mended');
  if ((await override.count()) > 0) await override.fill('A demonstration without real contacts.');
  await button.click();
  await page.getByRole('button', { name: 'Yes, send it' }).click();
}

/** Tries to send, and gives the words of the refusal. */
async function refusalOf(desk) {
  const { page } = desk;
  await send(desk);
  const alert = page.getByRole('alert').last();
  await alert.waitFor();
  const words = await alert.innerText();
  await desk.accessible('a refused submission');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  return words;
}

const arrived = async () => {
  const answer = await hotline.reports();
  return Array.isArray(answer) ? answer : answer.reports;
};

test('in production nothing can be sent before two people have unlocked it', async () => {
  const sven = desks.senior;
  const { page } = sven;
  assert.match(await page.locator('[data-environment]').innerText(), /Production/);
  const { id } = await caseOf('threat');
  await page.goto(`${demo.origin}/console/#/cases/${id}/tip`);
  await page.getByLabel('What happened, for the investigator').fill('[message 1: placeholder, 24 characters]');
  await page.getByLabel('Countries with a link to it').fill('US');
  await page.getByRole('button', { name: 'Save and check again' }).click();
  await page.getByText('There are changes that are not saved.').first().waitFor({ state: 'detached' });
  await page.getByText('These are suggestions.').waitFor({ state: 'detached' });
  assert.match(await refusalOf(sven), /Production is locked\. Two people have to unlock it first\./);

  // One person asks: with another schema than the hotline's, with contacts that nobody answers, and then rightly.
  const lena = desks.legal;
  const seen = await until('the service has seen the schema', async () => (await asStaff('legal', 'GET', '/reporting')).body.schema.seen);
  await lena.go('Reporting');
  await lena.page.getByText('Locked: nothing can go to the real hotline.').waitFor();
  const form = lena.page.getByRole('region', { name: 'Ask to unlock production' });
  const ask = async (schema, email, phone) => {
    await form.getByLabel('SHA-256 of the schema that you checked').fill(schema);
    await form.getByLabel('E-mail for investigators').fill(email);
    await form.getByLabel('Telephone for investigators').fill(phone);
    await form.getByRole('button', { name: 'Ask for approval' }).click();
  };
  await ask('0'.repeat(64), CONTACT.email, CONTACT.phone);
  await form.getByRole('alert').getByText('This is not the schema that the hotline gives now.').waitFor();
  await lena.accessible('another schema');
  await ask(seen, 'reports@example.org', '+1-555-0100');
  await form.getByRole('alert').getByText('Investigators have to reach somebody.').waitFor();
  assert.equal((await asStaff('admin', 'GET', '/approvals')).body.approvals.length, 0, 'a refused request waits for approval');
  await ask(seen, CONTACT.email, CONTACT.phone);
  await form.getByText('waits for a second person.').waitFor();
  await form.getByRole('alert').waitFor({ state: 'detached' });
  await lena.accessible('asked to unlock');
  await shot('legal', 'console-reporting');

  await lena.go('Approvals');
  await lena.page.getByText('You asked for this. Somebody else has to answer.').waitFor();
  assert.equal(await lena.page.getByRole('button', { name: /^Approve/ }).count(), 0);
  const [{ id: approval }] = (await asStaff('legal', 'GET', '/approvals')).body.approvals;
  const alone = await asStaff('legal', 'POST', `/approvals/${approval}`, { approve: true, reason: 'I approve myself.' });
  assert.ok(alone.status >= 400, 'one person unlocked production alone');
  await page.reload();
  await page.getByRole('heading', { level: 1, name: /^Report to a hotline/ }).waitFor();
  assert.match(await refusalOf(sven), /Production is locked/);
  assert.equal((await arrived()).length, 0, 'a report left while production was locked');
});

test('once a second person agrees the report goes out; the auditor sees who did what', async () => {
  const ada = desks.admin;
  await ada.go('Approvals');
  await ada.page.getByRole('heading', { name: /Unlock production$/ }).waitFor();
  await ada.page.getByLabel('Reason').fill('I checked the schema and called the number.');
  await ada.accessible('approving production');
  await ada.page.getByRole('button', { name: /^Approve/ }).click();
  await ada.page.locator('[data-approval=used], [data-approval=approved]').waitFor();
  const lena = desks.legal;
  await lena.go('Reporting');
  await lena.page.getByText('Unlocked by two people.').waitFor();

  const sven = desks.senior;
  const { page } = sven;
  await page.reload();
  await page.getByRole('heading', { level: 1, name: /^Report to a hotline/ }).waitFor();
  await send(sven);
  await page.locator('[data-submission=done][data-dry=false]').waitFor({ timeout: 30_000 });
  assert.equal((await arrived()).length, 1);

  const arno = desks.auditor;
  await arno.go('Reporting');
  await arno.go('Audit');
  for (const action of ['production.arm', 'submission.step']) {
    await arno.page.getByRole('cell', { name: action, exact: true }).first().waitFor();
  }
});

test('no page raised an error or broke the content security policy', () => {
  for (const one of [mira, jonas, ...Object.values(desks)]) assert.deepEqual(one.faults, []);
});
