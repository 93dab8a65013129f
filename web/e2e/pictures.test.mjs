// The life of a picture and of a report, on the real service with three keepers: what passes, what is stopped, what is
// covered, what a reviewer sees, and what is left of it anywhere afterwards.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Demo, program, screenshots, until } from './demo.mjs';
import { api, assertAccessible, accessibilityFaults, Device, launch } from './people.mjs';
import { drawn, editedCopies, keptPicture, pixels, placeFindings, withPlace } from './pictures.mjs';
import { findTraces, filesBelow, forms, pieces } from './traces.mjs';
import { differences } from './traffic.mjs';

let demo, browser, mira, jonas, rita;
let listed; // the test picture's bytes
const SECRET = 'The secret sentence: seventeen herons at the canal';
const REPORTED = 'This sentence is reported on purpose';
/** Pictures that were sent and never reported; nothing of them may be found anywhere. */
const neverReported = [];
/** Copies that were stopped and whose hashes are not on the list either. */
const stopped = [];
let reportBody;

const asFile = (name, mimeType, buffer) => ({ name, mimeType, buffer });
const writes = (exchanges) =>
  exchanges.filter((one) => one.method === 'POST' && /\/(attachments|messages|commits|reports)(\?|$)/.test(one.url));

before(async () => {
  demo = await Demo.start();
  browser = await launch();
  mira = await Device.open(browser, demo.origin);
  jonas = await Device.open(browser, demo.origin);
  rita = await Device.open(browser, demo.origin);
  await mira.join(demo.personLinks[0], 'mira');
  await jonas.join(demo.personLinks[1], 'jonas');
  listed = Buffer.from(await (await fetch(`${demo.origin}/demo/test-picture.png`)).arrayBuffer());
  await mira.startConversation('jonas');
  await mira.say(SECRET);
  await jonas.openConversation('mira');
  await jonas.hears(SECRET);
  await jonas.page.getByRole('button', { name: 'Yes' }).click();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

test('a harmless picture passes and arrives with identical pixels and without its place', async () => {
  const original = withPlace(await drawn(mira.page, { seed: 7 }));
  assert.deepEqual(placeFindings(original), ['an EXIF block', "the camera's name", 'the latitude'], 'the search has no teeth');
  await mira.sendPicture(asFile('holiday.jpg', 'image/jpeg', original));
  await jonas.page.locator('img.picture').first().waitFor();
  const { account } = await jonas.token();
  const [arrived] = await keptPicture(jonas.page, account);
  assert.deepEqual(await pixels(jonas.page, arrived, 'image/jpeg'), await pixels(jonas.page, original, 'image/jpeg'));
  assert.deepEqual(placeFindings(arrived), []);
  neverReported.push({ name: 'the harmless picture', sent: arrived });
  await assertAccessible(jonas.page, 'conversation with a picture');
});

test('the listed picture and eight edited copies are stopped before anything leaves the device', async () => {
  const files = [['as it is', asFile('test.png', 'image/png', listed)], ...(await editedCopies(mira.page, listed))];
  assert.equal(files.length, 9);
  for (const [name, file] of files) {
    const mark = mira.recorder.mark();
    assert.equal(await mira.choose(file), 'stopped', name);
    await mira.page.locator('[data-verdict=stopped]').getByText('This picture can’t be sent.').waitFor();
    assert.ok(await mira.page.getByRole('button', { name: 'Send', exact: true }).isDisabled());
    await mira.page.keyboard.press('Enter');
    assert.deepEqual(writes(mira.recorder.since(mark)).map((one) => one.url), [], `something left the device: ${name}`);
    if (name === 'as it is') {
      await assertAccessible(mira.page, 'stopped picture');
      for (const button of ['What this means', 'Get help or advice', 'I think this is a mistake']) {
        await mira.page.getByRole('button', { name: button }).click();
        await mira.page.getByRole('dialog').waitFor();
        await assertAccessible(mira.page, button);
        await mira.page.keyboard.press('Escape');
      }
    }
    await mira.removePicture();
    if (['mirrored', 'rotated by 90'].includes(name)) stopped.push({ name: `the copy that is ${name}`, bytes: file.buffer });
  }
  // The same search finds the upload and the message of a picture that passes.
  const mark = mira.recorder.mark();
  await mira.sendPicture(asFile('ok.png', 'image/png', await drawn(mira.page, { seed: 11, type: 'image/png' })));
  await mira.page.getByRole('article').last().getByText('Sent').waitFor();
  assert.equal(writes(mira.recorder.since(mark)).length, 2, 'the search for uploads has no teeth');
});

test('other files are refused with a clear message', async () => {
  const png = await drawn(mira.page, { seed: 3, type: 'image/png' });
  const refusals = [
    [asFile('a.pdf', 'application/pdf', Buffer.from('%PDF-1.4 nothing')), 'Only still pictures can be sent'],
    [asFile('a.png', 'image/png', Buffer.from('just text')), 'was not sent'],
    [asFile('a.jpg', 'image/jpeg', png), 'isn’t the kind of picture that it says it is'],
    [asFile('a.png', 'image/png', png.subarray(0, 400)), 'damaged or not complete'],
    [asFile('a.gif', 'image/gif', Buffer.from('GIF89a')), 'Only still pictures can be sent'],
  ];
  const mark = mira.recorder.mark();
  for (const [file, words] of refusals) {
    assert.equal(await mira.choose(file), 'failed', file.name);
    await mira.page.locator('[data-verdict=failed]').getByText(words).waitFor();
    await mira.removePicture();
  }
  assert.deepEqual(writes(mira.recorder.since(mark)), []);
});

test('when keepers do not answer nothing is sent, and trying again works', async () => {
  const file = asFile('late.png', 'image/png', await drawn(mira.page, { seed: 21, type: 'image/png' }));
  const keeper = demo.keepers[2];
  await mira.context.route(`${keeper}/**`, (route) => route.abort());
  const mark = mira.recorder.mark();
  assert.equal(await mira.choose(file), 'failed');
  await mira.page.locator('[data-verdict=failed]').getByText('Your picture was not sent').waitFor();
  await assertAccessible(mira.page, 'keepers silent');
  assert.deepEqual(writes(mira.recorder.since(mark)), []);
  await mira.context.unrouteAll();
  await mira.page.getByRole('button', { name: 'Try again' }).click();
  await mira.page.locator('[data-verdict=ready]').waitFor();
  await mira.removePicture();
});

test('up to the send decision the traffic of a match and of no match cannot be told apart', async () => {
  const observe = async (device, file, verdict) => {
    await device.recorder.quiet();
    const mark = device.recorder.mark();
    assert.equal(await device.choose(file), verdict);
    await device.recorder.quiet(); // whatever would follow a verdict has time to show
    const seen = device.recorder.since(mark);
    await device.removePicture();
    return seen;
  };
  // The same size in pixels, so that only the answer differs.
  const { width, height } = await pixels(mira.page, listed, 'image/png');
  const harmless = asFile('a.png', 'image/png', await drawn(mira.page, { seed: 31, width, height, type: 'image/png' }));
  const match = asFile('b.png', 'image/png', listed);
  await observe(mira, harmless, 'ready'); // preflights are cached from here on
  const [no, yes] = [await observe(mira, harmless, 'ready'), await observe(mira, match, 'stopped')];
  assert.ok(no.length >= 3, 'the recorder saw no query');
  assert.deepEqual(differences(no, yes, demo.keepers), []);
  for (const exchange of [...no, ...yes]) {
    for (const header of ['cookie', 'authorization', 'referer']) {
      assert.equal(exchange.headers[header], undefined, `${header} to ${exchange.url}`);
    }
  }
  // A new device, with nothing cached, from its first check on.
  const seen = [];
  for (const [file, verdict] of [[harmless, 'ready'], [match, 'stopped']]) {
    const fresh = await Device.open(browser, demo.origin);
    await fresh.join(await mira.invite(), `fresh-${seen.length}`);
    await fresh.startConversation('jonas');
    seen.push(await observe(fresh, file, verdict));
    await fresh.close();
  }
  assert.deepEqual(differences(seen[0], seen[1], demo.keepers), []);
  await mira.openConversation('jonas');

  // Planted violation: a page that asks the service for one more file when a picture is stopped.
  const leaky = await Device.open(browser, demo.origin);
  await leaky.page.addInitScript(() => {
    new MutationObserver(() => {
      if (document.querySelector('[data-verdict=stopped]') && !globalThis.told) {
        globalThis.told = true;
        void fetch('/livez');
      }
    }).observe(document, { subtree: true, childList: true });
  });
  await leaky.join(await mira.invite(), 'leaky');
  await leaky.startConversation('jonas');
  await observe(leaky, harmless, 'ready');
  const planted = [await observe(leaky, harmless, 'ready'), await observe(leaky, match, 'stopped')];
  assert.notDeepEqual(differences(...planted, demo.keepers), [], 'the comparison has no teeth');
  await leaky.close();
  await mira.openConversation('jonas');
});

test('what a sender without a guard sends is covered on the other side, reported, and verified for the reviewer', async () => {
  await mira.changeGuard("if (message?.value?.verdict) message.value.verdict = { action: 'allow', reasons: [], disclosures: [] };");
  await mira.openConversation('jonas');
  await mira.say(REPORTED);
  const [, file] = (await editedCopies(mira.page, listed))[0];
  await mira.sendPicture(file);
  const covered = jonas.page.locator('[data-covered]');
  await covered.waitFor();
  await covered.getByText('We covered this picture before you saw it.').waitFor();
  assert.equal(await covered.locator('img').count(), 0, 'a covered picture is on the page');
  await until('the newest message is in view', () =>
    covered.evaluate((card) => card.getBoundingClientRect().bottom <= document.querySelector('.messages').getBoundingClientRect().bottom),
  );
  await assertAccessible(jonas.page, 'covered picture');
  await jonas.page.screenshot({ path: join(screenshots, 'picture-covered.png'), animations: 'disabled' });
  await jonas.page.getByRole('button', { name: 'Show me why' }).click();
  await jonas.page.getByRole('button', { name: 'Show the picture' }).click();
  await jonas.page.getByRole('dialog').getByText('Show this picture?').waitFor();
  await assertAccessible(jonas.page, 'deliberate look');
  await jonas.page.keyboard.press('Escape');
  assert.equal(await covered.locator('img').count(), 0);

  const mark = jonas.recorder.mark();
  await covered.getByRole('link', { name: 'Report' }).click();
  await jonas.page.getByRole('checkbox', { name: new RegExp(REPORTED) }).check();
  await jonas.page.getByLabel('What happened, in your words').fill('It came without asking.');
  await assertAccessible(jonas.page, 'report, choosing');
  await jonas.page.getByRole('button', { name: 'See what will be shared' }).click();
  const preview = jonas.page.locator('[data-preview]');
  await preview.getByText(REPORTED).waitFor();
  assert.ok(!(await preview.innerText()).includes(SECRET));
  await assertAccessible(jonas.page, 'report, preview');
  assert.deepEqual(writes(jonas.recorder.since(mark)), [], 'something was shared before "Send the report"');
  await jonas.page.getByRole('button', { name: 'Send the report' }).click();
  await jonas.page.getByText('Your report is there').waitFor();
  await assertAccessible(jonas.page, 'report, receipt');
  reportBody = JSON.parse(writes(jonas.recorder.since(mark))[0].body);
  assert.equal(reportBody.messages.length, 2);

  await rita.join(demo.reviewerLink, 'rita');
  const { page } = rita;
  await page.locator('[data-case]').first().waitFor();
  await assertAccessible(page, 'queue');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('[data-finding]').first().waitFor();
  assert.equal(await page.locator('[data-finding=verified]').count(), 2);
  assert.equal(await page.locator('[data-finding=not_verified]').count(), 0);
  const statement = page.locator('[data-statement]');
  await statement.getByText('It came without asking.').waitFor();
  await statement.getByText('Not verified', { exact: true }).waitFor();
  await page.getByText('What this proves').first().waitFor();
  assert.equal(await page.locator('.case-image').count(), 0, 'a picture is shown before anyone asked');
  await assertAccessible(page, 'case');
  for (const [button, step] of [['Show it blurred and grey', 'blurred'], ['Show it grey', 'grey'], ['Show it in colour', 'colour']]) {
    await page.getByRole('button', { name: button }).click();
    await page.locator(`.case-image[data-step=${step}]`).waitFor();
  }
  const answer = rita.recorder.exchanges.find((one) => one.url.includes('/media/') && one.url.includes('/colour'));
  assert.equal((await rita.context.request.get(answer.url)).status(), 401);
  await page.keyboard.press('h');
  await page.locator('.case-image').waitFor({ state: 'detached' });
});

test('a reviewer decides with a reason, by keyboard', async () => {
  const { page } = rita;
  await page.keyboard.press('d');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await page.keyboard.type('A notice is enough here.');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Decide: Warn the person?' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Decided: Warn the person').waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Next or previous case').waitFor();
  await assertAccessible(page, 'key sheet');
  await page.keyboard.press('Escape');
});

test('forged reports are shown as not verified', async () => {
  const { token } = await jonas.token();
  const flip = (text, at) => {
    const bytes = Buffer.from(text, 'base64url');
    bytes[at < 0 ? bytes.length + at : at] ^= 1;
    return bytes.toString('base64url');
  };
  const [message] = reportBody.messages;
  const forgeries = {
    content: { ...message, content_b64: flip(message.content_b64, -3) },
    key: { ...message, opening_key_b64: flip(message.opening_key_b64, 0) },
    context: { ...message, context_b64: flip(message.context_b64, -2) },
    stamp: { ...message, stamp_b64: flip(message.stamp_b64, 5) },
  };
  const report = async (messages, name) => {
    const id = Buffer.from(name.padEnd(16, '.')).toString('hex');
    const answer = await api(demo.origin, token, 'POST', '/api/v1/reports', { ...reportBody, client_id: id, messages });
    assert.equal(answer.status, 201, `${name}: ${JSON.stringify(answer.body)}`);
    return answer.body.report;
  };
  // Reports about the same conversation may share a case: the one that holds this report is opened anew.
  const open = async (id) => {
    const { token: staff } = await rita.token('console');
    const { body } = await api(demo.origin, staff, 'GET', '/api/v1/cases?view=all');
    for (const one of body.cases) {
      const detail = await api(demo.origin, staff, 'GET', `/api/v1/cases/${one.case}`);
      if (!detail.body.report_list.some((line) => line.report === id)) continue;
      await rita.page.goto(`${demo.origin}/console/#/cases/${one.case}`);
      await rita.page.reload();
      await rita.page.locator('li[data-finding]').first().waitFor();
      return;
    }
    throw new Error(`no case holds the report ${id}`);
  };
  for (const [name, forged] of Object.entries(forgeries)) {
    await open(await report([forged], name));
    assert.equal(await rita.page.locator('[data-finding=verified]').count(), 0, `forged ${name} looks verified`);
    await rita.page.locator('[data-finding=not_verified]').getByText('Not verified', { exact: true }).first().waitFor();
    if (name === 'content') await assertAccessible(rita.page, 'forged case');
  }
  // The same way with the true message shows "Verified": the difference is the forgery, not the way.
  await open(await report([message], 'true'));
  await rita.page.locator('[data-finding=verified]').first().waitFor();
});

test('the accessibility check has teeth', async () => {
  await jonas.page.evaluate(() => {
    const input = document.createElement('input');
    input.id = 'planted';
    document.querySelector('main').append(input);
  });
  assert.notDeepEqual(await accessibilityFaults(jonas.page), []);
  await jonas.page.evaluate(() => document.getElementById('planted').remove());
});

test('no page raised an error or broke the content security policy', () => {
  for (const device of [mira, jonas, rita]) assert.deepEqual(device.faults, [], device.name);
});

test('after all this no plaintext, no picture and no hash of it is anywhere at the service or the keepers', async () => {
  const needles = [
    { name: 'a sentence', bytes: Buffer.from(SECRET) },
    { name: 'part of a sentence', bytes: Buffer.from('seventeen herons') },
  ];
  const scratch = join(demo.folder, 'scratch');
  mkdirSync(scratch);
  for (const { name, sent } of neverReported) {
    for (const [at, piece] of pieces(sent).entries()) needles.push({ name: `${name}, piece ${at}`, bytes: Buffer.from(piece) });
  }
  const hashed = [...neverReported.map(({ name, sent }) => ({ name, bytes: sent })), ...stopped];
  assert.equal(hashed.length, 3);
  for (const { name, bytes } of hashed) {
    const path = join(scratch, 'picture');
    writeFileSync(path, bytes);
    const hash = JSON.parse(execFileSync(program, ['hash', '--json', path], { encoding: 'utf8' }));
    for (const field of ['pdq', 'pdq_via512']) {
      needles.push({ name: `${field} of ${name}`, bytes: Buffer.from(hash[field], 'hex') });
    }
  }
  const traffic = [mira, jonas].flatMap((device) =>
    device.recorder.everything().map((bytes, at) => ({ name: `${device.name}'s traffic, part ${at}`, bytes })),
  );
  assert.ok(traffic.some((one) => one.bytes.length > 1000), 'nothing was recorded');
  const stored = filesBelow(demo.data);
  assert.ok(stored.some((one) => one.name.endsWith('.db') || one.name.includes('sqlite')), 'no database was found');
  const log = { name: 'what the demo printed', bytes: Buffer.from(demo.output) };
  const haystacks = [...traffic, ...stored, log];
  assert.deepEqual(findTraces(needles, haystacks), []);

  // Planted violations: each needle in each of its forms, hidden in the middle of a file, is found.
  for (const needle of [needles[0], needles.at(-1)]) {
    for (const [form, value] of forms(needle.bytes)) {
      const planted = Buffer.concat([Buffer.from('xx'), value, Buffer.from('yy')]);
      assert.notDeepEqual(findTraces([needle], [{ name: 'planted', bytes: planted }]), [], form);
    }
    for (const shift of [0, 1, 2]) {
      const text = Buffer.concat([Buffer.alloc(shift, 7), needle.bytes, Buffer.from('tail')]).toString('base64url');
      assert.notDeepEqual(findTraces([needle], [{ name: 'planted', bytes: Buffer.from(text) }]), [], `base64url ${shift}`);
    }
  }
  const leak = join(demo.data, 'planted.log');
  writeFileSync(leak, `checked ${needles.at(-1).bytes.toString('base64url')} in 3 ms`);
  assert.equal(findTraces(needles, filesBelow(demo.data)).length > 0, true, 'the search of the folders has no teeth');
  rmSync(leak);
  // What was reported on purpose did reach the service: the search finds it in the reporter's traffic.
  const reported = { name: 'the reported sentence', bytes: Buffer.from(REPORTED) };
  assert.notDeepEqual(findTraces([reported], traffic), []);
  // And it is not readable in the database either: evidence is sealed at rest.
  assert.deepEqual(findTraces([reported], stored), []);
});
