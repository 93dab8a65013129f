// Conversations between devices: groups, offline delivery, reloads, exactly-once, keys that change, refusals.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Demo, sleep, until } from './demo.mjs';
import { api, assertAccessible, Device, launch, PASSWORD } from './people.mjs';
import { strangersKeyPackage } from './strangers_key_package.mjs';

let demo, browser, mira, jonas, sana;

before(async () => {
  demo = await Demo.start();
  browser = await launch();
  mira = await Device.open(browser, demo.origin);
  jonas = await Device.open(browser, demo.origin);
  sana = await Device.open(browser, demo.origin);
  await mira.join(demo.personLinks[0], 'mira');
  await jonas.join(demo.personLinks[1], 'jonas');
  await sana.join(await mira.invite(), 'sana');
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

/** What the open conversation shows, in order, without times. */
const shown = (device) =>
  device.page.locator('article .bubble-text').allInnerTexts();

test('a used link says so and offers the way on', async () => {
  const guest = await Device.open(browser, demo.origin);
  await guest.page.goto(demo.personLinks[0]);
  await guest.page.getByRole('heading', { name: 'This link can’t be used' }).waitFor();
  await assertAccessible(guest.page, 'used link');
  await guest.close();
});

test('names are found only when they are exact', async () => {
  const { page } = mira;
  await page.getByRole('link', { name: 'New conversation' }).first().click();
  await page.getByLabel('Exact name').fill('jona');
  await page.getByRole('button', { name: 'Find' }).click();
  await page.getByText('Nobody here is called jona').waitFor();
  await assertAccessible(page, 'new conversation');
});

test('two people talk, and the lock says the exact words', async () => {
  await mira.startConversation('jonas');
  await mira.say('Good morning, the ferry leaves at nine.');
  await jonas.openConversation('mira');
  await jonas.hears('the ferry leaves at nine');
  await jonas.page.getByText('You haven’t talked with mira before').waitFor();
  await assertAccessible(jonas.page, 'first contact');
  await jonas.page.getByRole('button', { name: 'Yes' }).click();
  await jonas.say('I will bring the tickets.');
  await mira.hears('I will bring the tickets');
  for (const device of [mira, jonas]) {
    await device.page.getByText('end-to-end encrypted, with a private check on your device').first().waitFor();
  }
});

test('a group of three reads the same in the same order, also after being offline and after a reload', async () => {
  await mira.startConversation('jonas', 'sana');
  await mira.say('Group: one');
  await jonas.openConversation('mira and sana');
  await jonas.hears('Group: one');
  await jonas.say('Group: two');
  await mira.hears('Group: two');

  await sana.context.setOffline(true);
  await sana.page.close();
  await mira.say('Group: three');
  await jonas.hears('Group: three');
  await jonas.say('Group: four');
  await mira.hears('Group: four');

  await sana.context.setOffline(false);
  await sana.newPage();
  await sana.signIn('sana');
  await sana.openConversation('mira and jonas');
  await sana.hears('Group: four');
  await sana.say('Group: five');
  await mira.hears('Group: five');
  await jonas.hears('Group: five');

  await mira.page.reload();
  await mira.atHome();
  await mira.hears('Group: five');
  const expected = ['one', 'two', 'three', 'four', 'five'].map((word) => `Group: ${word}`);
  for (const device of [mira, jonas, sana]) assert.deepEqual(await shown(device), expected, device.name);
});

test('events that come twice are shown once', async () => {
  // Planted fault: a relay that repeats every event, and loses every acknowledgement, so that all come again later.
  await jonas.page.close();
  await jonas.context.routeWebSocket(/\/api\/v1\/relay$/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      if (!String(message).includes('"ack"')) server.send(message);
    });
    server.onMessage((message) => {
      socket.send(message);
      if (String(message).includes('"event"')) socket.send(message);
    });
  });
  await jonas.newPage();
  await jonas.signIn('jonas');
  await jonas.openConversation('mira and sana');
  await mira.say('Group: six');
  await sana.hears('Group: six');
  await sana.say('Group: seven');
  await jonas.hears('Group: seven');
  await jonas.page.reload();
  await jonas.atHome();
  await jonas.hears('Group: seven');
  await sleep(500);
  const texts = await shown(jonas);
  assert.deepEqual(texts, [...new Set(texts)], 'a message is shown twice');
  assert.equal(texts.length, 7);
  const repeated = jonas.recorder.frames.filter((frame) => frame.text.includes('"event"')).length;
  assert.ok(repeated > 2, 'the planted fault did not repeat anything');
  await jonas.context.unrouteAll();
});

test('a tab that is killed while events arrive loses none and shows none twice', async () => {
  for (let round = 0; round < 3; round++) {
    await jonas.page.close();
    await jonas.newPage();
    const arriving = (async () => {
      for (let n = 0; n < 4; n++) await mira.say(`Burst ${round}-${n}`);
    })();
    await jonas.signIn('jonas');
    await jonas.openConversation('mira and sana');
    if (round < 2) await jonas.page.close({ runBeforeUnload: false }); // in the middle of it
    await arriving;
  }
  await jonas.hears('Burst 2-3');
  await until('all twelve are there', async () => (await shown(jonas)).filter((text) => text.startsWith('Burst')).length === 12);
  const bursts = (await shown(jonas)).filter((text) => text.startsWith('Burst'));
  assert.deepEqual(bursts, [0, 1, 2].flatMap((round) => [0, 1, 2, 3].map((n) => `Burst ${round}-${n}`)));
});

test('what is written without a connection waits here and is sent once', async () => {
  await mira.page.route('**/messages', (route) => route.abort());
  await mira.say('Written in the tunnel');
  await mira.bubbles('Written in the tunnel').getByText(/Sending|Waiting/).waitFor();
  await mira.page.reload();
  await mira.atHome();
  await mira.page.unrouteAll();
  await mira.bubbles('Written in the tunnel').getByText('Sent').waitFor();
  await sana.hears('Written in the tunnel');
  assert.equal(await sana.bubbles('Written in the tunnel').count(), 1);
});

test('a message that could never be reported is not shown', async () => {
  // Planted violation: a sender who gives the service another commitment than the one inside the encryption.
  await mira.page.route('**/messages', (route) => {
    const body = route.request().postDataJSON();
    const commitment = Buffer.from(body.commitment_b64, 'base64url');
    commitment[0] ^= 1;
    return route.continue({ postData: JSON.stringify({ ...body, commitment_b64: commitment.toString('base64url') }) });
  });
  await mira.say('You will never prove this');
  await mira.bubbles('never prove this').getByText('Sent').waitFor();
  await mira.page.unrouteAll();
  await mira.say('An honest one');
  await sana.page.getByRole('navigation').getByRole('link', { name: /An honest one/ }).click();
  await sana.hears('An honest one');
  await sana.page.getByText('One message could not be verified, so it is not shown.').waitFor();
  assert.equal(await sana.page.getByText('never prove this').count(), 0);
});

test('a malformed message does not hold up those that come after it', async () => {
  // Planted violation: a sender whose messages name a version that does not exist, inside of the encryption.
  const ilse = await Device.open(browser, demo.origin);
  await ilse.join(await mira.invite(), 'ilse');
  await ilse.changeGuard('if (message?.value?.payload) message.value.payload[0] = 250;');
  await ilse.startConversation('sana');
  await ilse.say('Malformed');
  await ilse.bubbles('Malformed').getByText('Sent').waitFor();
  await mira.openConversation('jonas and sana');
  await mira.say('Sound and well');
  await sana.page.getByRole('navigation').getByText('Sound and well').waitFor();
  await sana.openConversation('ilse');
  await sana.page.getByRole('heading', { name: 'ilse' }).waitFor();
  await sana.page.locator('[data-notice=unverifiable]').waitFor();
  assert.equal(await sana.bubbles().count(), 0);
  await sana.openConversation('Sound and well');
  await ilse.close();
});

test('a person who is added to a group reads from then on', async () => {
  const lee = await Device.open(browser, demo.origin);
  const link = await mira.invite();
  await lee.join(link, 'lee');
  await mira.openConversation('jonas and sana');
  await mira.page.getByRole('link', { name: 'About this conversation' }).click();
  await mira.page.getByText('Add a person').click();
  await mira.page.getByLabel('Exact name').fill('lee');
  await mira.page.getByRole('button', { name: 'Add', exact: true }).click();
  await mira.page.getByText('lee is in the conversation from here on').waitFor();
  await assertAccessible(mira.page, 'details');
  await mira.say('After lee came');
  await lee.openConversation('After lee came');
  await lee.hears('After lee came');
  assert.equal(await lee.bubbles().count(), 1);
  await lee.say('Thank you for having me');
  for (const device of [mira, sana, jonas]) {
    await device.openConversation('Thank you for having me');
    await device.hears('Thank you for having me');
    await device.page.getByText('lee is in the conversation from here on').waitFor();
  }
  assert.deepEqual(lee.faults, []);
  await lee.close();
});

test('both sides see the same safety number', async () => {
  const numbers = [];
  for (const [device, other] of [[mira, 'sana'], [sana, 'mira']]) {
    await device.page.getByRole('link', { name: 'About this conversation' }).click();
    await device.page.getByRole('complementary').getByText(other, { exact: true }).click();
    const number = device.page.locator('details[open] [data-safety-number]').first();
    await until('the number is there', async () => /^(\d{5} ?){12}$/.test((await number.innerText()).trim()));
    numbers.push((await number.innerText()).trim());
  }
  assert.equal(numbers[0], numbers[1]);
});

test('what a blocked person sends is not shown, and unblocking shows what comes after', async () => {
  await sana.startConversation('jonas');
  await sana.say('Are you there, jonas?');
  await jonas.page.getByRole('navigation').getByRole('link', { name: /Are you there, jonas/ }).click();
  await jonas.say('Right here');
  await sana.hears('Right here');
  await sana.page.getByRole('link', { name: 'About this conversation' }).click();
  await sana.page.getByRole('complementary').getByText('jonas', { exact: true }).click();
  await sana.page.getByRole('button', { name: 'Block jonas' }).click();
  await sana.page.getByText('You blocked jonas').waitFor();
  assert.equal(await sana.composer().count(), 0);
  await jonas.say('And now');
  await jonas.bubbles('And now').getByText('Sent').waitFor(); // nothing tells them
  await sana.page.getByText('1 message is not shown.').waitFor();
  assert.equal(await sana.bubbles('And now').count(), 0);
  assert.equal(await sana.page.getByText('And now').count(), 0);
  await sana.page.getByRole('button', { name: 'Unblock', exact: true }).click();
  await jonas.say('Back again');
  await sana.hears('Back again');
});

test('a key package with a key that the directory does not know is refused', async () => {
  // Planted violation: the service hands out a key package in sana's name whose key is the attacker's.
  const { token } = await mira.token();
  const found = await api(demo.origin, token, 'GET', '/api/v1/people?name=sana');
  const forged = await strangersKeyPackage(found.body.people[0].account);
  await mira.page.route('**/key-package', (route) => route.fulfill({ json: { key_packages: [{ device: 'ab'.repeat(16), key_package_b64: forged }] } }));
  const mark = mira.recorder.mark();
  await mira.page.getByRole('link', { name: 'New conversation' }).first().click();
  await mira.page.getByLabel('Exact name').fill('sana');
  await mira.page.getByRole('button', { name: 'Find' }).click();
  await mira.page.getByRole('button', { name: /^Start a/ }).click();
  await mira.page.getByRole('alert').getByText('key that doesn’t belong to this person').waitFor();
  const created = mira.recorder.since(mark).filter((one) => one.method === 'POST' && one.url.endsWith('/conversations'));
  assert.deepEqual(created, [], 'a conversation was created with a forged key');
  await mira.page.unrouteAll();
});

test('a new device of the other person makes the conversation "Not verified yet" until numbers are compared', async () => {
  await mira.openConversation('jonas, sana and lee');
  const elsewhere = await Device.open(browser, demo.origin);
  await elsewhere.signIn('jonas', PASSWORD);
  await mira.page.getByRole('link', { name: 'New conversation' }).first().click();
  await mira.openConversation('jonas, sana and lee');
  await mira.page.getByText('jonas’s keys changed').first().waitFor();
  await mira.page.getByRole('main').getByText('Not verified yet').first().waitFor();
  await assertAccessible(mira.page, 'not verified yet');
  await elsewhere.startConversation('mira');
  await elsewhere.say('Hello from my new telephone');
  await mira.page.getByRole('navigation').getByRole('link', { name: /Hello from my new telephone/ }).click();
  await mira.hears('Hello from my new telephone');
  await mira.page.getByRole('main').getByText('Not verified yet').first().waitFor();
  await mira.page.getByRole('link', { name: 'About this conversation' }).click();
  await mira.page.getByRole('button', { name: 'The numbers are the same' }).click();
  await mira.page.getByRole('complementary').getByText('You compared this number').waitFor();
  await mira.page.getByRole('main').getByText('private check on your device').waitFor();
  await elsewhere.close();
});

test('a second tab asks before it takes over', async () => {
  // sessionStorage is per tab, so the second tab signs in; the account's keys still work in one tab at a time.
  const first = mira.page;
  const second = await mira.context.newPage();
  await second.goto(demo.origin);
  await second.getByLabel('Name', { exact: true }).fill('mira');
  await second.getByLabel('Password').fill(PASSWORD);
  await second.getByRole('button', { name: 'Sign in', exact: true }).click();
  await second.getByRole('heading', { name: 'This account is open in another tab' }).waitFor();
  await assertAccessible(second, 'second tab');
  await second.getByRole('button', { name: 'Use it in this tab' }).click();
  await second.getByRole('button', { name: 'Sign out' }).waitFor();
  await first.getByRole('heading', { name: 'This account is open in another tab' }).waitFor();
  await second.close();
});

test('no page raised an error or broke the content security policy', () => {
  for (const device of [mira, jonas, sana]) assert.deepEqual(device.faults, [], device.name);
});
