// What a report can prove and what stays: edits, messages that disappear, reports without a connection, groups with gaps.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Demo, until } from './demo.mjs';
import { api, assertAccessible, Device, launch } from './people.mjs';
import { findTraces } from './traces.mjs';

let demo, browser, mira, jonas, sana;

before(async () => {
  demo = await Demo.start();
  browser = await launch();
  mira = await Device.open(browser, demo.origin);
  jonas = await Device.open(browser, demo.origin);
  sana = await Device.open(browser, demo.origin);
  for (const device of [mira, jonas]) await device.page.clock.install();
  await mira.join(demo.personLinks[0], 'mira');
  await jonas.join(demo.personLinks[1], 'jonas');
  await sana.join(await mira.invite(), 'sana');
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** Whether the service made each stamp for exactly what was reported. */
async function genuine(device, message) {
  const { token } = await device.token();
  const commitment = createHmac('sha256', Buffer.from(message.opening_key_b64, 'base64url'))
    .update(Buffer.from(message.content_b64, 'base64url'))
    .digest('base64url');
  const answer = await api(demo.origin, token, 'POST', '/api/v1/stamp-checks', {
    commitment_b64: commitment,
    context_b64: message.context_b64,
    stamp_b64: message.stamp_b64,
  });
  return answer.body.genuine;
}

const toPreview = (device) => device.page.getByRole('button', { name: 'See what will be shared' }).click();
const sendReport = (device) => device.page.getByRole('button', { name: 'Send the report' }).click();

/** What the page posts to /reports from here on. */
function watchReports(device) {
  const bodies = [];
  device.page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/api/v1/reports')) bodies.push(request.postDataJSON());
  });
  return bodies;
}

test('an edited message shows its newest version, and a report proves every version', async () => {
  await mira.startConversation('jonas');
  await mira.say('The boat leaves at six');
  await mira.bubbles('leaves at six').getByText('Sent').waitFor();
  await jonas.openConversation('mira');
  await jonas.hears('leaves at six');
  await mira.bubbles('leaves at six').getByRole('button', { name: 'Edit' }).click();
  await mira.page.getByLabel('New text of the message').fill('The boat leaves at seven');
  await mira.page.getByRole('button', { name: 'Save the edit' }).click();
  await jonas.hears('leaves at seven');
  await mira.hears('leaves at seven');
  assert.equal(await jonas.bubbles().count(), 1);
  await jonas.page.getByText('edited', { exact: true }).click();
  await jonas.page.getByText('as it was sent first: The boat leaves at six').waitFor();
  await assertAccessible(jonas.page, 'an edited message');
  // Others' messages offer no edit.
  assert.equal(await jonas.bubbles('leaves at seven').getByRole('button', { name: 'Edit' }).count(), 0);

  const bodies = watchReports(jonas);
  await jonas.page.getByRole('link', { name: 'Report this message' }).click();
  await assertAccessible(jonas.page, 'report of an edited message');
  await toPreview(jonas);
  const preview = jonas.page.locator('[data-preview]');
  await preview.getByText('The boat leaves at six').waitFor();
  await preview.getByText('The boat leaves at seven').waitFor();
  await sendReport(jonas);
  await jonas.page.locator('[data-receipt]').waitFor();
  assert.equal(bodies[0].messages.length, 2);
  for (const message of bodies[0].messages) assert.equal(await genuine(jonas, message), true);
  // Planted violation: other words under the same stamp must not pass the same check.
  const changed = { ...bodies[0].messages[1] };
  const content = Buffer.from(changed.content_b64, 'base64url');
  content[40] ^= 1;
  changed.content_b64 = content.toString('base64url');
  assert.equal(await genuine(jonas, changed), false);
});

test('messages disappear on both devices, and a report keeps what it needs until it is sent', async () => {
  await mira.openConversation('jonas');
  await mira.page.getByRole('link', { name: 'About this conversation' }).click();
  await mira.page.getByLabel('New messages disappear after').selectOption('300');
  await mira.page.getByText('You set that new messages here disappear after 5 minutes').waitFor();
  await jonas.openConversation('mira');
  await jonas.page.getByText('mira set that new messages here disappear after 5 minutes').waitFor();
  await assertAccessible(mira.page, 'details with a timer');
  const words = ['Evaporates on the lamp stand', 'Evaporates and is reported'];
  for (const text of words) {
    await mira.say(text);
    await mira.bubbles(text).getByText('Sent').waitFor();
    await jonas.hears(text);
  }
  const needles = words.map((text) => ({ name: text, bytes: Buffer.from(text) }));
  const traces = async (device, which) =>
    findTraces(which, [{ name: `${device.name}'s storage`, bytes: await device.stored() }]);
  // The control: before their time is over, the same search finds both on both devices.
  for (const device of [mira, jonas]) {
    for (const needle of needles) assert.notDeepEqual(await traces(device, [needle]), [], device.name);
  }
  await jonas.bubbles('and is reported').getByRole('link', { name: 'Save what happened and report' }).click();
  await jonas.page.getByText('What you choose here is kept on this device').waitFor();
  for (const device of [mira, jonas]) await device.page.clock.fastForward('06:00');
  await until('mira has nothing of it', async () => (await traces(mira, needles)).length === 0);
  await until('jonas has nothing of the other', async () => (await traces(jonas, [needles[0]])).length === 0);
  assert.notDeepEqual(await traces(jonas, [needles[1]]), []); // kept for the report
  assert.equal(await mira.page.getByText('Evaporates').count(), 0);
  const bodies = watchReports(jonas);
  await toPreview(jonas);
  await jonas.page.locator('[data-preview]').getByText('Evaporates and is reported').waitFor();
  await sendReport(jonas);
  await jonas.page.locator('[data-receipt]').waitFor();
  assert.equal(await genuine(jonas, bodies[0].messages[0]), true);
  await until('jonas has nothing at all', async () => (await traces(jonas, needles)).length === 0);
});

test('a report that is written without a connection is sent later, once, also after a reload', async () => {
  await mira.page.getByLabel('New messages disappear after').selectOption('0');
  await mira.say('Said in the tunnel');
  await jonas.openConversation('mira');
  await jonas.hears('Said in the tunnel');
  await jonas.bubbles('Said in the tunnel').getByRole('link', { name: 'Report this message' }).click();
  await toPreview(jonas);
  const bodies = watchReports(jonas);
  await jonas.page.route('**/api/v1/reports', (route) => route.abort());
  await sendReport(jonas);
  await jonas.page.getByRole('heading', { name: 'Your report waits for a connection' }).waitFor();
  await assertAccessible(jonas.page, 'a report that waits');
  await jonas.page.reload();
  await jonas.atHome();
  await jonas.page.goto(`${demo.origin}/#/feedback`);
  await jonas.page.locator('[data-kept]').getByText('Waits for a connection').waitFor();
  await assertAccessible(jonas.page, 'reports and notices');
  await jonas.page.unrouteAll();
  await jonas.page.reload();
  await jonas.atHome();
  await until('it is sent', async () => (await jonas.page.locator('[data-kept]').count()) === 0);
  assert.ok(bodies.length >= 2);
  assert.deepEqual(new Set(bodies.map((one) => one.client_id)).size, 1);
});

test('a report from a group shares several people’s messages and says which positions are missing', async () => {
  await mira.startConversation('jonas', 'sana');
  await mira.say('Position one');
  await jonas.openConversation('mira and sana');
  await jonas.hears('Position one');
  await sana.openConversation('mira and jonas');
  await sana.say('Position two');
  await jonas.hears('Position two');
  await jonas.say('Position three');
  await sana.hears('Position three');
  await sana.page.getByRole('link', { name: 'About this conversation' }).click();
  await sana.page.getByRole('complementary').getByText('mira', { exact: true }).click();
  await sana.page.getByRole('button', { name: 'Block mira' }).click();
  await mira.say('Position four, unseen by sana');
  await jonas.hears('Position four');
  await sana.page.getByRole('button', { name: 'Unblock', exact: true }).click();
  await jonas.say('Position five');
  await sana.hears('Position five');
  await sana.bubbles('Position five').getByRole('link', { name: 'Report this message' }).click();
  await sana.page.getByText('Message 4 is not on this device').waitFor();
  await sana.page.getByRole('checkbox', { name: /Position one/ }).check();
  await sana.page.getByLabel('Whom is it about?').selectOption({ label: 'mira' });
  await assertAccessible(sana.page, 'report from a group');
  const bodies = watchReports(sana);
  await toPreview(sana);
  await sana.page.getByText('Messages 2 to 4 are not shared').waitFor();
  await sendReport(sana);
  await sana.page.locator('[data-receipt]').waitFor();
  assert.equal(bodies[0].messages.length, 2);
  for (const message of bodies[0].messages) assert.equal(await genuine(sana, message), true);
});

test('words alone can be reported', async () => {
  await sana.openConversation('mira and jonas');
  await sana.page.getByRole('link', { name: 'About this conversation' }).click();
  await sana.page.getByRole('link', { name: 'Report without a message' }).click();
  await sana.page.getByLabel('Somebody tries to gain a child’s trust').check();
  assert.equal(await sana.page.getByRole('button', { name: 'See what will be shared' }).isDisabled(), true);
  await sana.page.getByLabel('What happened, in your words').fill('[statement of 40 characters]');
  const bodies = watchReports(sana);
  await toPreview(sana);
  await sendReport(sana);
  await sana.page.locator('[data-receipt]').waitFor();
  assert.equal(bodies[0].messages.length, 0);
  assert.equal(bodies[0].reason, 'grooming');
});

test('under pressure: words first, what happened is saved, and somebody to talk to, whether or not it is sent', async () => {
  const { page } = sana;
  const advice = 'You’re not in trouble. Don’t pay and don’t send anything.';
  await page.goto(`${demo.origin}/#/`);
  await sana.openConversation('mira and jonas');
  await sana.bubbles('Position five').getByRole('link', { name: 'Report this message' }).click();
  await page.getByRole('heading', { name: 'Report', exact: true }).waitFor();
  assert.equal(await page.getByText(advice).count(), 0);
  await page.getByLabel('Pressure or a threat').check();
  await page.getByText(advice).waitFor();
  await page.getByRole('button', { name: 'Talk to someone now' }).click();
  // What fits this moment stands first.
  assert.equal(await page.locator('dialog [data-help-kind]').first().getAttribute('data-help-kind'), 'threats');
  await assertAccessible(page, 'help under pressure');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Save what happened' }).click();
  await page.getByRole('main').getByText('Saved on this device').waitFor();
  await page.getByLabel('What happened, in your words').fill('[statement of 30 characters]');
  const bodies = watchReports(sana);
  await page.reload();
  await sana.atHome();
  await page.goto(`${demo.origin}/#/feedback`);
  await page.locator('[data-kept]').getByText('Kept on this device, not sent.').waitFor();
  assert.deepEqual(bodies, [], 'saving sent something');
  await page.getByRole('link', { name: 'Go on with this report' }).click();
  await page.getByLabel('Pressure or a threat').waitFor();
  await until('what was written after saving is kept too', async () =>
    (await page.getByLabel('What happened, in your words').inputValue()) === '[statement of 30 characters]');
  await toPreview(sana);
  await sendReport(sana);
  await page.locator('[data-receipt]').waitFor();
  assert.equal(bodies[0].reason, 'threat');
  await page.locator('[data-threat]').getByText(advice).waitFor();
  assert.equal(await page.locator('[data-help-kind]').first().getAttribute('data-help-kind'), 'threats');
  await assertAccessible(page, 'receipt under pressure');
  await page.goto(`${demo.origin}/#/feedback`);
  await page.locator('[data-report]').first().waitFor();
  assert.equal(await page.locator('[data-kept]').count(), 0);
});

/** Puts the storage of this device back into the form of the version before: one key each, no versions, no times. */
async function storedByTheVersionBefore(device) {
  const { account } = await device.token();
  await device.page.goto(`${demo.origin}/config.json`); // same origin, and nothing that holds the database open
  await device.page.evaluate(async (name) => {
    const done = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const paths = {
      self: 'id', keyPackages: 'reference', conversations: 'id', messages: 'key', contacts: 'account', pictures: 'attachment',
      outbox: 'order', commits: 'conversation', creations: 'conversation',
    };
    const now = await done(indexedDB.open(name));
    const records = {};
    for (const store of Object.keys(paths)) records[store] = await done(now.transaction(store).objectStore(store).getAll());
    now.close();
    await done(indexedDB.deleteDatabase(name));
    const without = (record, fields) => Object.fromEntries(Object.entries(record).filter(([key]) => !fields.includes(key)));
    const change = {
      self: (one) => ({ ...without(one, ['device']), announced: true }),
      contacts: (one) => ({ ...without(one, ['pinnedKeys', 'seenKeys']), pinnedKey: one.pinnedKeys[0], seenKey: one.seenKeys[0] }),
      conversations: (one) => ({
        ...without(one, ['ownKeys', 'ended', 'founder', 'leaving', 'firstSeq', 'timer', 'renewedAt', 'sentSince']),
        members: one.members.map((member) => ({ ...without(member, ['signatureKeys']), signatureKey: member.signatureKeys[0] })),
      }),
      messages: (one) => without(one, ['commitment_b64', 'firstBody', 'versions', 'expiresAfter', 'expiresAt']),
    };
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(paths)) {
        const made = opening.result.createObjectStore(store, { keyPath, autoIncrement: store === 'outbox' });
        if (store === 'messages') made.createIndex('conversation', 'conversation');
      }
    };
    const old = await done(opening);
    for (const [store, all] of Object.entries(records)) {
      for (const one of all) await done(old.transaction(store, 'readwrite').objectStore(store).put((change[store] ?? ((x) => x))(one)));
    }
    old.close();
  }, `lightkeeper-${account}`);
}

test('what the version before stored is all there, and goes on working', async () => {
  await storedByTheVersionBefore(sana);
  await sana.page.goto(`${demo.origin}/#/`);
  await sana.atHome();
  await sana.openConversation('mira and jonas');
  for (const text of ['Position one', 'Position two', 'Position three', 'Position five']) await sana.hears(text);
  await sana.page.getByRole('main').getByText('private check on your device').waitFor();
  await sana.say('Still here after the update');
  await jonas.openConversation('mira and sana');
  await jonas.hears('Still here after the update');
  await sana.bubbles('Position two').getByRole('button', { name: 'Edit' }).click();
  await sana.page.getByLabel('New text of the message').fill('Position two, edited after the update');
  await sana.page.getByRole('button', { name: 'Save the edit' }).click();
  await jonas.hears('Position two, edited after the update');
  assert.equal(await jonas.bubbles('Position two').count(), 1);
});

test('people leave a group and are removed from it, and everybody sees that', async () => {
  await mira.openConversation('jonas and sana');
  await sana.openConversation('mira and jonas');
  await sana.page.getByRole('link', { name: 'About this conversation' }).click();
  await sana.page.getByRole('button', { name: 'Leave the group' }).click();
  await sana.page.getByRole('dialog').getByRole('button', { name: 'Leave the group' }).click();
  await sana.page.getByText('You left this conversation').waitFor();
  await mira.page.getByText('sana left the conversation').waitFor();
  await mira.page.getByRole('heading', { name: 'jonas', exact: true }).waitFor();
  await mira.say('Without sana');
  await jonas.openConversation('Without sana');
  await jonas.hears('Without sana');
  assert.equal(await sana.page.getByText('Without sana').count(), 0);
  await mira.page.getByRole('link', { name: 'About this conversation' }).click();
  await mira.page.getByRole('complementary').getByText('jonas', { exact: true }).click();
  await mira.page.getByRole('button', { name: 'Remove jonas from the group' }).click();
  await jonas.page.getByText('You were removed from this conversation').waitFor();
  await mira.page.getByText('jonas was removed from the conversation').waitFor();
});

test('no page raised an error or broke the content security policy', () => {
  for (const device of [mira, jonas, sana]) assert.deepEqual(device.faults, [], device.name);
});
