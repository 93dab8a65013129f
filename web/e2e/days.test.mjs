// What was said yesterday under yesterday's keys and what is said today under today's: one report proves both, version by
// version, and a reviewer sees it so. The service and the devices really live through a day: it is restarted with its
// calendar a day ahead, everybody signs in anew, and the keys of the conversation are renewed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Demo, until } from './demo.mjs';
import { api, assertAccessible, Device, launch } from './people.mjs';
import { Desk } from './reviewers.mjs';

const DAY_S = 25 * 3600; // of sign-ins and of keys, and a little more
const [FIRST, EDITED, SECOND] = ['The kite is red', 'The kite is blue', 'The kite flew today'];
let demo, browser, mira, jonas, reported;

before(async () => {
  demo = await Demo.start();
  browser = await launch();
  mira = await Device.open(browser, demo.origin);
  jonas = await Device.open(browser, demo.origin);
  await mira.join(demo.personLinks[0], 'mira');
  await jonas.join(demo.personLinks[1], 'jonas');
  await mira.startConversation('jonas');
  await mira.say(FIRST);
  await jonas.openConversation('mira');
  await jonas.hears(FIRST);
  await mira.bubbles(FIRST).getByText('Sent').waitFor();
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const bytes = (text) => Buffer.from(text, 'base64url');
/** Which of the service's daily keys made the stamp (docs/reference/franking.md, context). */
const dayOf = (message) => bytes(message.context_b64).readUInt32BE(1);

async function genuine(message) {
  const { token } = await jonas.token();
  const commitment = createHmac('sha256', bytes(message.opening_key_b64)).update(bytes(message.content_b64)).digest('base64url');
  const { context_b64, stamp_b64 } = message;
  const body = { commitment_b64: commitment, context_b64, stamp_b64 };
  return (await api(demo.origin, token, 'POST', '/api/v1/stamp-checks', body)).body.genuine;
}

const commits = (device) =>
  device.recorder.exchanges.filter((one) => one.method === 'POST' && one.url.endsWith('/commits') && one.status < 300);

test('a day later everybody goes on, with renewed keys', async () => {
  assert.equal(commits(mira).length, 0);
  for (const device of [mira, jonas]) await device.page.close();
  const later = join(demo.folder, 'later.so');
  execFileSync('c++', ['-shared', '-fPIC', '-o', later, fileURLToPath(new URL('later.cpp', import.meta.url))]);
  await demo.restart({ env: { LD_PRELOAD: later, LK_TEST_LATER_SECONDS: String(DAY_S) } });
  for (const device of [mira, jonas]) {
    await device.newPage();
    await device.page.clock.install({ time: Date.now() + DAY_S * 1000 });
    await device.signIn();
  }
  await until('the keys of the conversation are renewed', () => commits(mira).length > 0);
  await mira.openConversation('jonas');
  await jonas.openConversation('mira');
  await mira.say(SECOND);
  await jonas.hears(SECOND);
  await jonas.hears(FIRST);
  await mira.bubbles(FIRST).getByRole('button', { name: 'Edit' }).click();
  await mira.page.getByLabel('New text of the message').fill(EDITED);
  await mira.page.getByRole('button', { name: 'Save the edit' }).click();
  await jonas.hears(EDITED);
});

test('one report proves what was said under the keys of both days, and every version', async () => {
  const { page } = jonas;
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/api/v1/reports')) reported = request.postDataJSON().messages;
  });
  await jonas.bubbles(EDITED).getByRole('link', { name: 'Report this message' }).click();
  await page.getByRole('checkbox', { name: new RegExp(SECOND) }).check();
  await page.getByRole('button', { name: 'See what will be shared' }).click();
  for (const text of [FIRST, EDITED, SECOND]) await page.locator('[data-preview]').getByText(text).waitFor();
  await page.getByRole('button', { name: 'Send the report' }).click();
  await page.locator('[data-receipt]').waitFor();
  assert.equal(reported.length, 3);
  const days = new Set(reported.map(dayOf));
  assert.equal(days.size, 2, 'all stamps are of one day');
  for (const message of reported) assert.equal(await genuine(message), true);
  // Planted: yesterday's stamp with today's day on it does not pass the same check.
  const moved = bytes(reported[0].context_b64);
  moved.writeUInt32BE(Math.max(...days) === dayOf(reported[0]) ? Math.min(...days) : Math.max(...days), 1);
  assert.equal(await genuine({ ...reported[0], context_b64: moved.toString('base64url') }), false);
});

test('the reviewer sees each version as verified, with the one that it replaces', async () => {
  const desk = await Desk.open(browser, demo.origin);
  await desk.join(demo.reviewerLink, 'rita');
  await desk.openCase();
  const { page } = desk;
  await page.locator('[data-finding=verified]').nth(2).waitFor();
  assert.equal(await page.locator('[data-finding=verified]').count(), 3);
  assert.equal(await page.locator('[data-finding=not_verified]').count(), 0);
  for (const text of [FIRST, EDITED, SECOND]) await page.getByText(text).first().waitFor();
  await assertAccessible(page, 'case with versions of two days');
  const { token } = await desk.device.token('console');
  const { body: queue } = await api(demo.origin, token, 'GET', '/api/v1/cases?view=all');
  const { body: whole } = await api(demo.origin, token, 'GET', `/api/v1/cases/${queue.cases[0].case}`);
  const first = whole.messages.find((one) => one.body === FIRST);
  const edit = whole.messages.find((one) => one.body === EDITED);
  assert.equal(edit.type, 'edit');
  assert.equal(edit.edits, first.seq);
  assert.ok(edit.accepted_ms - first.accepted_ms > 24 * 3600 * 1000);
  assert.deepEqual(desk.faults, []);
  await desk.close();
});

test('no page raised an error or broke the content security policy', () => {
  for (const device of [mira, jonas]) assert.deepEqual(device.faults, [], device.name);
});
