// The console's pages alone, on a fake service: states that the real one reaches only in hours, and what the page itself
// promises: covering, the panic key, roles and access for everybody. Journeys stand in the other files.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { until } from './demo.mjs';
import { aCase, attachment, FakeService, id, message, person } from './fake_service.mjs';
import { accessibilityFaults, launch } from './people.mjs';
import { assertNoSidewaysScroll, Desk } from './reviewers.mjs';

let browser, fake;
const desks = [];

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

beforeEach(async (context) => {
  fake = await FakeService.start();
  const mine = fake;
  context.after(async () => {
    const faults = desks.flatMap((desk) => desk.faults);
    for (const desk of desks.splice(0)) await desk.close();
    mine.stop();
    assert.deepEqual(faults, [], 'errors or refusals by the content security policy');
  });
});

async function deskOf(name, options) {
  const desk = await Desk.open(browser, fake.origin, options);
  desks.push(desk);
  await desk.signIn(name);
  return desk;
}

const withPicture = (number, more = {}, file = {}) =>
  aCase(number, { messages: [message(3), message(4, { type: 'picture', attachments: [attachment(1, file)] })], gaps: [], ...more });

test('the queue shows the most urgent first and says why', async () => {
  fake.add(aCase(1));
  fake.add(aCase(2, { harm: 'grooming', priority: { score: 90, band: 'rescue', parts: [{ code: 'now', points: 60, why: 'It goes on now.' }, { code: 'dup', points: -5, why: 'Seen before.' }] } }));
  fake.add(aCase(3, { due_ms: Date.now() - 3_700_000, assigned: person('rita'), vouchers: 2, provider_records: 1, sampled: true }));
  const rita = await deskOf('rita');
  const { page } = rita;
  await rita.entries().nth(2).waitFor();
  const first = rita.entries().first();
  await first.getByText('Rescue first').waitFor();
  await first.getByText('Due in 2 hours').waitFor();
  const late = rita.entries().filter({ hasText: 'Case 3' });
  await late.getByText('Was due 1 hour ago').waitFor();
  await late.getByText('With you').waitFor();
  assert.ok(!(await page.getByRole('navigation', { name: 'Queue' }).innerText()).includes('jonas'), 'a name stands in the queue');
  await rita.accessible('queue');

  await page.keyboard.press('j');
  await page.keyboard.press('w');
  const why = page.getByRole('dialog', { name: 'Why it stands here' });
  await why.getByText('It goes on now.').waitFor();
  await why.getByText('-5', { exact: true }).waitFor();
  await rita.accessible('why');
  await page.keyboard.press('Escape');

  await rita.view('Mine');
  await until('only my own', async () => (await rita.entries().count()) === 1);
});

test('new reports are announced, and the list moves only when somebody asks for it', async () => {
  fake.add(aCase(1));
  const rita = await deskOf('rita');
  const { page } = rita;
  await page.clock.install();
  await page.reload();
  await rita.entries().first().waitFor();
  fake.add(aCase(2, { priority: { score: 99, band: 'rescue', parts: [] } }));
  await page.clock.fastForward(30_100);
  await page.getByRole('status').getByText('New reports are there. Press r to see them.').waitFor();
  assert.equal(await rita.entries().count(), 1);
  await page.keyboard.press('r');
  await rita.entries().nth(1).waitFor();
  await page.getByText('New reports are there.').waitFor({ state: 'detached' });
});

test('kinds of evidence stand apart: frank, word, record of the service, voucher; gaps and edits are said', async () => {
  fake.add(
    aCase(1, {
      vouchers: 1,
      provider_records: 1,
      messages: [
        message(3),
        message(4, { class: 'not_verified', why: 'The stamp does not fit.', proves: '', does_not_prove: '' }),
        message(9, { type: 'edit', edits: 3 }),
        message(10, { class: 'provider_record', why: 'Written in a conversation that the service protects.' }),
      ],
      vouchers_list: [
        { side: 'recipient', finding: 'confirmed', why: '', proves: 'A device found the picture on the list.', provenance: 'test', category: 1, list_version: 3, distance: 4, item: null, made_ms: Date.now() },
      ],
    }),
  );
  const rita = await deskOf('rita');
  const { page } = rita;
  await rita.openCase();
  for (const [finding, words] of [
    ['verified', 'Verified'],
    ['not_verified', 'Not verified'],
    ['provider_record', 'The service’s own record'],
    ['voucher', 'A device’s match voucher'],
  ]) {
    await page.locator(`[data-finding=${finding}]`).getByText(words, { exact: true }).first().waitFor();
  }
  assert.equal(await page.locator('li[data-finding=verified]').count(), 2);
  await page.getByText('Positions 5 to 8 were not shared.').waitFor();
  await page.getByRole('button', { name: 'Changes position 3' }).click();
  assert.equal(await page.evaluate(() => document.activeElement.id), 'position-3');
  await page.getByRole('button', { name: 'Changed later at position 9' }).waitFor();
  const statement = page.locator('[data-statement]');
  await statement.getByText('It came without asking.').waitFor();
  await statement.getByText('Not verified', { exact: true }).waitFor();
  await rita.accessible('case');
});

test('a report of words alone is whole', async () => {
  fake.add(aCase(1, { harm: 'grooming', messages: [], gaps: [], verified: 0, not_verified: 0 }));
  const rita = await deskOf('rita');
  await rita.openCase();
  await rita.page.getByText('This report came without messages').waitFor();
  await rita.decide('Hand over to a senior', 'Somebody with more experience should look.');
  await rita.page.getByText('Decided: Hand over to a senior').first().waitFor();
});

test('it is covered again when the window loses the focus, after half a minute, and by h', async () => {
  fake.add(withPicture(1));
  const rita = await deskOf('rita');
  const { page } = rita;
  await rita.openCase();
  await rita.look('blurred');
  await page.evaluate(() => dispatchEvent(new Event('blur')));
  await rita.assertNothingShown('blur of the window');
  await rita.look('blurred');
  await page.keyboard.press('h');
  await rita.assertNothingShown('h');

  await page.clock.install();
  await page.reload();
  await rita.evidence();
  await rita.look('blurred');
  await page.clock.fastForward(20_000);
  await page.keyboard.press('ArrowDown');
  await page.clock.fastForward(20_000);
  assert.equal(await rita.shown().count(), 1, 'covered although somebody was there');
  await page.clock.fastForward(11_000);
  await rita.assertNothingShown('30 s without a touch');
});

test('the panic key leaves nothing: no text, no title, no address, no picture', async () => {
  fake.add(withPicture(1, { statement: 'It came without asking.' }));
  const rita = await deskOf('rita');
  const { page } = rita;
  await rita.openCase();
  await rita.decision().getByLabel('Reason for the decision').fill('A reason that is half wri');
  await rita.look('blurred');
  await rita.file().getByText('image/jpeg').click(); // the focus leaves the field

  const left = async () => ({
    text: (await page.locator('body').innerText()).trim(),
    title: await page.title(),
    hash: new URL(page.url()).hash,
    images: await page.locator('img').count(),
  });
  const blank = { text: 'Lightkeeper\n\nContinue', title: 'Lightkeeper', hash: '#/', images: 0 };
  await page.keyboard.press('0');
  await page.locator('[data-blank]').waitFor();
  const seen = await left();
  assert.deepEqual({ ...seen, text: seen.text.replace(/\s+/g, '\n\n') }, blank);
  await rita.accessible('blank');
  await page.getByRole('button', { name: 'Continue' }).click();
  await rita.evidence();
  assert.equal(await rita.shown().count(), 0, 'the picture came back by itself');
  assert.equal(await rita.decision().getByLabel('Reason for the decision').inputValue(), 'A reason that is half wri');

  // Escape twice also works while typing and in a dialog, with single keys turned off.
  await page.keyboard.press('?');
  await page.getByRole('checkbox', { name: /Use single keys/ }).uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.locator('[data-blank]').waitFor();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.keyboard.press('0');
  assert.equal(await page.locator('[data-blank]').count(), 0, 'a single key worked although they are turned off');
});

test('what was handed over waits for a senior; a quality sample is looked at by somebody else', async () => {
  const handed = { decision: 'escalate', deed: 'decision', reason: 'So.', decided_ms: Date.now(), reviewer: person('rolf'), policy_version: '2026-1', second: false, agrees: null };
  fake.add(aCase(1, { state: 'awaiting_second', escalated: true, decision: 'escalate', decisions: [handed], second_pending: { decision: 'escalate', reason: 'So.', by: person('rolf') } }));
  fake.add(aCase(2, { state: 'decided', sampled: true, decision: 'warn', decisions: [{ ...handed, decision: 'warn' }] }));
  fake.add(aCase(3, { escalated: true }));
  const rita = await deskOf('rita');
  await rita.openCaseById(id(3));
  await rita.decision().getByText('A senior decides it.').waitFor();
  assert.equal(await rita.decision().getByRole('button', { name: 'Decide', exact: true }).count(), 0);
  const sven = await deskOf('sven');
  await sven.openCaseById(id(1));
  await sven.decision().getByText('Do you take it over?').waitFor();
  await sven.opinion('Take it over', 'I look at it.');
  await sven.openCaseById(id(2));
  await sven.opinion('I agree', 'I would have said the same.');
  await sven.page.getByText(/sven agreed/).waitFor();
});

test('a tip: preview first, findings with why and a way to the field, dry run, submission step by step, receipt, hold', async () => {
  fake.add(withPicture(1, { state: 'decided', decision: 'report' }));
  const lena = await deskOf('lena');
  const { page } = lena;
  await lena.openCaseById(id(1));
  await page.keyboard.press('p');
  await page.getByRole('heading', { level: 1, name: /^Report to a hotline/ }).waitFor();
  await page.getByText('192.0.2.7').waitFor();
  const regions = await page.getByRole('main').locator('h2').allInnerTexts();
  assert.equal(regions[0], 'What the investigator sees first');
  await page.getByText('Completeness: 60 of 100').waitFor();
  await page.getByText('Rescue priority: 40 of 100').waitFor();
  await lena.accessible('tip');

  const finding = page.getByRole('listitem').filter({ hasText: 'incident.narrative' });
  await finding.getByText('Without words nobody knows what happened.').waitFor();
  await page.getByText('These are suggestions. Check them, then save.').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Send the report' }).isDisabled(), 'a suggestion can be sent');
  await finding.getByRole('button', { name: /^Go to it/ }).click();
  assert.match(await page.evaluate(() => document.activeElement.labels[0].innerText), /What happened, for the investigator/);
  await page.keyboard.type('[message 3: SECRECY, 41 characters]');
  await page.getByText('There are changes that are not saved.').first().waitFor();
  assert.ok(await page.getByRole('button', { name: 'Dry run' }).isDisabled());
  await page.getByRole('button', { name: 'Save and check again' }).click();
  await finding.waitFor({ state: 'detached' });
  fake.hardFinding = true;
  await page.reload();
  await page.getByRole('button', { name: 'Send the report' }).click();
  await page.getByText('Say why you send it as it is, or mend it first.').waitFor();
  fake.hardFinding = false;
  await page.reload();
  await page.getByText('Report as XML').click();
  await page.getByLabel('Report as XML').getByText('<report/>').waitFor();

  await page.getByRole('button', { name: 'Dry run' }).click();
  const dry = page.getByRole('listitem').filter({ hasText: 'Dry run 1' });
  await dry.getByText('Finished').first().waitFor();
  await page.getByText('No hold yet.').waitFor();
  await page.getByRole('button', { name: 'Send the report' }).click();
  await page.getByRole('dialog', { name: 'Send the report to NCMEC CyberTipline?' }).getByRole('button', { name: 'Yes, send it' }).click();
  const real = page.getByRole('listitem').filter({ hasText: 'Submission 2' });
  await real.getByText('Report number 4711').waitFor();
  await real.getByText('Receipt').click();
  await real.locator('[data-receipt]').getByText('4711').waitFor();
  await page.getByText('The evidence is kept until').waitFor();
  await lena.accessible('tip, sent');
  // One that the hotline refuses waits for a person, who sets it aside with a reason.
  Object.assign(fake.submissions[0], { state: 'quarantined', problem: 'The document breaks a rule.' });
  await page.reload();
  await dry.getByText('Needs a person').waitFor();
  await dry.getByLabel('Why it is not sent').fill('A test document.');
  await lena.accessible('tip, needs a person');
  await dry.getByRole('button', { name: 'Set it aside' }).click();
  await dry.getByText('Stopped').waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the document: UK National Crime Agency' }).click();
  assert.match((await download).suggestedFilename(), /^nca-.*\.html$/);
});

test('preservation: place, extend, release by two, no destruction while a hold is live', async () => {
  fake.add(aCase(1));
  const lena = await deskOf('lena');
  const { page } = lena;
  await lena.go('Preservation');
  const place = page.getByRole('region', { name: 'Place a hold' });
  await place.getByLabel('Case id').fill(id(1));
  await place.getByLabel('Reference').fill('Letter 17');
  await place.getByRole('button', { name: 'Place a hold' }).click();
  await page.locator('[data-hold=live]').getByText('Letter under 18 USC 2703(f)').waitFor();
  await lena.accessible('preservation');
  const handOver = page.getByRole('region', { name: 'Hand over a held file' });
  await handOver.getByLabel('Case id').fill(id(1));
  await handOver.getByLabel('Why and to whom').fill('Officer of letter 17.');
  const download = page.waitForEvent('download');
  await handOver.getByRole('button', { name: 'Save the file' }).click();
  assert.match((await download).suggestedFilename(), /^held-/);
  const destroy = page.getByRole('region', { name: 'Destroy evidence of a case' });
  await destroy.getByLabel('Case id').fill(id(1));
  await destroy.getByLabel('Why it has to be destroyed').fill('The time is over.');
  await destroy.getByRole('button', { name: 'Ask to destroy it' }).click();
  await page.getByRole('alert').getByText('A live hold keeps this evidence.').waitFor();
  await page.getByRole('button', { name: /^Release/ }).click();
  await page.getByLabel('Why it can be released').fill('Withdrawn by the authority.');
  await page.getByRole('dialog').getByRole('button', { name: 'Release', exact: true }).click();
  await page.getByText('Approval 1 waits for a second person.').waitFor();
});

test('an auditor sees the log and no evidence; an administrator sees staff and no cases', async () => {
  fake.add(aCase(1));
  const arno = await deskOf('arno');
  await arno.page.getByRole('heading', { name: 'This page is not for your role' }).or(arno.page.getByRole('heading', { level: 1 })).first().waitFor();
  await arno.go('Audit');
  await arno.page.getByRole('row').filter({ hasText: 'evidence.read' }).waitFor();
  await arno.accessible('audit');
  const download = arno.page.waitForEvent('download');
  await arno.page.getByRole('button', { name: 'Save the checkpoint' }).click();
  assert.equal((await download).suggestedFilename(), 'checkpoint.txt');
  await arno.page.goto(`${fake.origin}/console/#/cases/${id(1)}`);
  await arno.page.getByRole('heading', { name: 'This page is not for your role' }).waitFor();
  await arno.accessible('not for this role');
  assert.deepEqual(fake.asked.filter((one) => one.name === 'arno' && /^\/(cases|exposure)/.test(one.path)), [], 'the page asked for evidence');

  const ada = await deskOf('ada');
  await ada.go('Staff');
  await ada.page.getByText('rolf').first().waitFor();
  await ada.accessible('staff');
  await ada.page.getByRole('button', { name: 'Make a link' }).click();
  await ada.page.getByText('Link, works once').waitFor();
  await ada.page.getByRole('combobox', { name: 'Role' }).selectOption({ label: 'Legal' });
  await ada.page.getByRole('button', { name: 'Make a link' }).click();
  await ada.page.getByText('This role takes two people.').waitFor();
  assert.deepEqual(fake.asked.filter((one) => one.name === 'ada' && /^\/(cases|exposure)/.test(one.path)), []);
  // The check has teeth: a reviewer does ask for cases.
  const rita = await deskOf('rita');
  await rita.entries().first().waitFor();
  assert.notDeepEqual(fake.asked.filter((one) => one.name === 'rita' && /^\/(cases|exposure)/.test(one.path)), []);
});

test('a session that ends covers, keeps what was typed for the same person, and nothing for the next one', async () => {
  fake.add(withPicture(1));
  const rita = await deskOf('rita');
  const { page } = rita;
  await rita.openCase();
  await rita.decision().getByLabel('Reason for the decision').fill('Half a rea');
  await rita.look('blurred');
  fake.sessions.clear(); // as after a quarter of an hour without a touch
  await rita.decision().getByRole('button', { name: /^Take it/ }).click();
  await page.getByText('You were signed out').waitFor();
  await rita.accessible('signed out by the service');
  await rita.assertNothingShown('session ended');
  const again = async (name) => {
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password').fill('four calm words here');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await rita.entries().first().click();
    await rita.evidence();
    return rita.decision().getByLabel('Reason for the decision').inputValue();
  };
  assert.equal(await again('rita'), 'Half a rea');
  fake.sessions.clear();
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  assert.equal(await again('rolf'), '');
});

test('on a small screen, at twice the text, in the dark and from right to left nothing is cut off', async () => {
  fake.add(withPicture(1, { harm: 'grooming' }));
  const rita = await deskOf('rita', { colorScheme: 'dark', reducedMotion: 'reduce' });
  const { page } = rita;
  await rita.openCase();
  await rita.accessible('case in the dark');
  await page.setViewportSize({ width: 360, height: 740 });
  await assertNoSidewaysScroll(page, 'case, 360 px');
  await rita.accessible('case, 360 px');
  await page.goto(`${fake.origin}/console/#/cases/${id(1)}/tip`);
  await page.getByText('Completeness').first().waitFor();
  await assertNoSidewaysScroll(page, 'tip, 360 px');
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('html { font-size: 200%; }');
    document.adoptedStyleSheets.push(sheet);
    document.documentElement.dir = 'rtl';
  });
  await assertNoSidewaysScroll(page, 'tip at 200 %, right to left');
  await page.goto(`${fake.origin}/console/#/cases/${id(1)}`);
  await rita.evidence();
  await assertNoSidewaysScroll(page, 'case at 200 %, right to left');
  await rita.accessible('case at 200 %, right to left');
});

test('the accessibility check has teeth', async () => {
  const rita = await deskOf('rita');
  await rita.page.evaluate(() => document.querySelector('main').append(document.createElement('input')));
  assert.notDeepEqual(await accessibilityFaults(rita.page), []);
});
