// Passkeys with Chromium's virtual authenticator, passwords, and one-time codes.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Demo } from './demo.mjs';
import { assertAccessible, Device, launch, PASSWORD } from './people.mjs';

let demo, browser, device;

before(async () => {
  demo = await Demo.start();
  browser = await launch();
  device = await Device.open(browser, demo.origin);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function authenticator(page, { isUserVerified }) {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified,
    automaticPresenceSimulation: true,
  };
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options });
  return {
    credentials: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    forget: (credentialId) => session.send('WebAuthn.removeCredential', { authenticatorId, credentialId }),
    remove: () => session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId }),
  };
}

test('a person joins and signs in with a passkey, and no password ever leaves the device', async () => {
  const { page } = device;
  const keys = await authenticator(page, { isUserVerified: true });
  await page.goto(demo.personLinks[0]);
  await page.getByLabel('Your name here').fill('lina');
  await assertAccessible(page, 'join');
  await page.getByRole('button', { name: 'Join with a passkey' }).click();
  await device.atHome();
  assert.equal((await keys.credentials()).length, 1);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Name', { exact: true }).fill('lina');
  await assertAccessible(page, 'sign in');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await device.atHome();
  await page.getByText('lina', { exact: true }).waitFor();
  assert.ok(device.recorder.exchanges.every((one) => !one.body.includes('"password"')));

  // Without the key there is no way in, and the page says what to do.
  const [credential] = await keys.credentials();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await keys.forget(credential.credentialId);
  await page.getByLabel('Name', { exact: true }).fill('lina');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByRole('alert').getByText('The passkey was not used').waitFor();
  await keys.remove();
});

test('a password joins, a wrong one is refused, and the field says what is wrong', async () => {
  const guest = await Device.open(browser, demo.origin);
  const { page } = guest;
  await page.goto(demo.personLinks[1]);
  await page.getByLabel('Your name here').fill('X!');
  await page.getByLabel('Password').fill('short');
  await page.getByRole('button', { name: 'Join with a password' }).click();
  await page.getByText('Use 2 to 32 of these').waitFor();
  await page.getByText('Use at least 10 characters').waitFor();
  await assertAccessible(page, 'join with errors');
  await guest.join(demo.personLinks[1], 'omar');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Name', { exact: true }).fill('omar');
  await page.getByLabel('Password').fill(`${PASSWORD}!`);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('alert').getByText('don’t fit together').waitFor();
  await guest.close();
});

test('a name that is taken is said to be taken, and the code stays usable', async () => {
  const inviter = await Device.open(browser, demo.origin);
  await inviter.signIn('omar');
  const link = await inviter.invite();
  const guest = await Device.open(browser, demo.origin);
  await guest.page.goto(link);
  await guest.page.getByLabel('Your name here').fill('omar');
  await guest.page.getByLabel('Password').fill(PASSWORD);
  await guest.page.getByRole('button', { name: 'Join with a password' }).click();
  await guest.page.getByRole('alert').getByText('That name is taken').waitFor();
  await guest.join(link, 'pia');
  await guest.close();
  await inviter.close();
});

test("a reviewer's link opened on the messenger leads to the console", async () => {
  const guest = await Device.open(browser, demo.origin);
  await guest.page.goto(demo.reviewerLink.replace('/console/', '/'));
  await guest.page.getByRole('link', { name: 'Open that page' }).click();
  await guest.page.getByText('You are invited to review reports').waitFor();
  await guest.close();
});

test('no page raised an error or broke the content security policy', () => {
  assert.deepEqual(device.faults, []);
});
