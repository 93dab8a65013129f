// Several devices of one person: seen by everybody, read along only after a confirmation, and gone when removed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Demo, until } from './demo.mjs';
import { api, assertAccessible, Device, launch } from './people.mjs';
import { strangersDevice } from './strangers_key_package.mjs';

let demo, browser, mira, jonas, laptop;

/** The lines of the open conversation; what a screen reader is told stands elsewhere. */
const lines = (device) => device.page.getByRole('region', { name: 'Messages' });

before(async () => {
  demo = await Demo.start();
  browser = await launch();
  mira = await Device.open(browser, demo.origin);
  jonas = await Device.open(browser, demo.origin);
  await mira.join(demo.personLinks[0], 'mira');
  await jonas.join(demo.personLinks[1], 'jonas');
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

test('a new device is a line in the conversation, and reads nothing before it is confirmed', async () => {
  await mira.startConversation('jonas');
  await mira.say('Before the laptop');
  await jonas.openConversation('mira');
  await jonas.hears('Before the laptop');
  laptop = await Device.open(browser, demo.origin);
  await laptop.signIn('mira');
  await lines(jonas).getByText('mira uses a new device. Until mira confirms it').waitFor();
  await jonas.page.getByRole('main').getByText('Not verified yet').first().waitFor();
  await mira.page.locator('[data-devices=asks]').waitFor();
  await laptop.page.locator('[data-devices=waits]').waitFor();
  await assertAccessible(mira.page, 'a new device asks');
  await jonas.say('Only for the telephone');
  await mira.hears('Only for the telephone');
  assert.equal(await laptop.page.getByText('Only for the telephone').count(), 0);
});

test('after the codes were compared the new device reads along, and the others take note without an alarm', async () => {
  await mira.page.getByRole('link', { name: 'Look at your devices' }).click();
  await laptop.page.getByRole('link', { name: 'Look at your devices' }).click();
  const codes = [];
  for (const [device, state] of [[mira, 'asks'], [laptop, 'waits']]) {
    const code = device.page.locator(`[data-device=${state}] [data-device-code]`);
    await until('the code is there', async () => /^(\d{5} ?){4}$/.test((await code.innerText()).trim()));
    codes.push((await code.innerText()).trim());
  }
  assert.equal(codes[0], codes[1]);
  await assertAccessible(mira.page, 'devices');
  await mira.page.getByRole('button', { name: 'It is mine: let it read along' }).click();
  await lines(jonas).getByText('mira uses a new device and confirmed it').waitFor();
  await jonas.page.getByRole('main').getByText('private check on your device').waitFor();
  await laptop.openConversation('jonas');
  await jonas.say('For both of them');
  await laptop.hears('For both of them');
  await mira.openConversation('jonas');
  await mira.hears('For both of them');
  assert.equal(await laptop.bubbles('Before the laptop').count(), 0);
  assert.equal(await laptop.bubbles('Only for the telephone').count(), 0);
  await laptop.say('Written on the laptop');
  await jonas.hears('Written on the laptop');
  await mira.hears('Written on the laptop');
  await mira.say('Written on the telephone');
  await laptop.hears('Written on the telephone');
  assert.equal(await mira.bubbles('Written on the laptop').count(), 1);
});

test('both people see the same safety number over all devices', async () => {
  const numbers = [];
  for (const [device, other] of [[mira, 'jonas'], [jonas, 'mira']]) {
    await device.page.getByRole('link', { name: 'About this conversation' }).click();
    await device.page.getByRole('complementary').getByText(other, { exact: true }).click();
    const number = device.page.locator('details[open] [data-safety-number]').first();
    await until('the number is there', async () => /^(\d{5} ?){12}$/.test((await number.innerText()).trim()));
    numbers.push((await number.innerText()).trim());
  }
  assert.equal(numbers[0], numbers[1]);
  await jonas.page.getByRole('complementary').getByText('2 devices').waitFor();
});

test('a removed device is signed out, and what is written afterwards is not for it', async () => {
  await mira.page.getByRole('link', { name: 'Your devices' }).first().click();
  const other = mira.page.locator('[data-current=false]');
  await other.getByRole('button', { name: 'Remove this device' }).click();
  await mira.page.getByRole('dialog').getByRole('button', { name: 'Remove this device' }).click();
  await laptop.page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
  await lines(jonas).getByText('mira removed a device').waitFor();
  await jonas.page.getByRole('complementary').getByText('1 device', { exact: true }).waitFor();
  await jonas.say('Between two devices again');
  await mira.openConversation('jonas');
  await mira.hears('Between two devices again');
  await jonas.page.getByRole('main').getByText('private check on your device').waitFor();
  assert.deepEqual(laptop.faults, []);
  await laptop.close();
});

test('a device that nobody was told about cannot read along unseen', async () => {
  // Planted violation: the service lists a further device for jonas and hands out a key package for it, without a word.
  const { token } = await mira.token();
  const found = await api(demo.origin, token, 'GET', '/api/v1/people?name=jonas');
  const { account } = found.body.people[0];
  const silent = await strangersDevice(account);
  await mira.page.route(`**/people/${account}`, async (route) => {
    const answer = await (await route.fetch()).json();
    answer.signature_keys_b64.push(silent.signatureKey);
    answer.devices.push({
      device: 'cd'.repeat(16),
      signature_key_b64: silent.signatureKey,
      created_ms: Date.now(),
      vouched_by: answer.devices[0].device,
      vouch_b64: Buffer.alloc(64, 7).toString('base64url'), // and pretends that jonas confirmed it
    });
    await route.fulfill({ json: answer });
  });
  await mira.page.route(`**/people/${account}/key-package`, async (route) => {
    const answer = await (await route.fetch()).json();
    answer.key_packages.push({ device: 'cd'.repeat(16), key_package_b64: silent.keyPackage });
    await route.fulfill({ json: answer });
  });
  await mira.page.getByRole('link', { name: 'New conversation' }).first().click();
  await mira.openConversation('jonas');
  await mira.page.getByText('jonas’s keys changed').first().waitFor();
  await mira.startConversation('jonas');
  await mira.page.getByRole('main').getByText('Not verified yet').first().waitFor();
  await mira.page.getByRole('link', { name: 'About this conversation' }).click();
  await mira.page.getByRole('complementary').getByText('2 devices').waitFor();
  await mira.page.unrouteAll();
});

test('no page raised an error or broke the content security policy', () => {
  for (const device of [mira, jonas]) assert.deepEqual(device.faults, [], device.name);
});
