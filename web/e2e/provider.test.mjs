// Staff come in through their organisation's provider, in the browser and against Debian's glewlwyd: away, back, and in.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startGlewlwyd } from '../../tests/service/glewlwyd.mjs';
import { Demo, freePort } from './demo.mjs';
import { launch } from './people.mjs';
import { Desk } from './reviewers.mjs';

const CLIENT = 'lightkeeper-console';
const SECRET = 'client-secret-7';
const users = { robin: 'password-of-robin', sam: 'password-of-sam' };
let folder, provider, demo, browser, robin;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lightkeeper-oidc-'));
  const port = await freePort();
  provider = await startGlewlwyd({ client: CLIENT, secret: SECRET, redirect: `http://localhost:${port}/console/`, users });
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, `${SECRET}\n`, { mode: 0o600 });
  demo = await Demo.start({
    port,
    env: {
      LK_OIDC_ISSUER: provider.issuer,
      LK_OIDC_CLIENT_ID: CLIENT,
      LK_OIDC_CLIENT_SECRET_FILE: secretFile,
      LK_OIDC_NAME: 'Example sign-in',
    },
  });
  browser = await launch();
  robin = await Desk.open(browser, demo.origin);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
  await provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * Stands for the provider's own page with name and password, which Debian's package leaves to each operator: signs this
 * browser in there and offers the way back, `change` having the last word about its address.
 */
async function atTheProvider(desk, name, change = (back) => back) {
  const { context } = desk.device;
  await context.unrouteAll();
  await context.route(`${provider.origin}/api/oidc/auth*`, async (route) => {
    const signedIn = await context.request.post(`${provider.origin}/api/auth/`, { data: { username: name, password: users[name] } });
    assert.equal(signedIn.status(), 200);
    await context.request.put(`${provider.origin}/api/auth/grant/${CLIENT}`, { data: { scope: 'openid' } });
    const answer = await context.request.get(`${route.request().url()}&g_continue`, { maxRedirects: 0 });
    assert.equal(answer.status(), 302, await answer.text());
    const back = change(new URL(answer.headers().location));
    await route.fulfill({ contentType: 'text/html', body: `<!doctype html><a href="${back.href.replaceAll('&', '&amp;')}">Go on</a>` });
  });
  await desk.page.getByRole('button', { name: 'Sign in with Example sign-in' }).click();
  await desk.page.getByRole('link', { name: 'Go on' }).click();
}

const finished = (desk) => desk.device.recorder.exchanges.filter((one) => one.url.includes('/oidc/finish')).length;

test('with an invitation a member of staff joins without a password, and nothing stays in the address', async () => {
  const { page } = robin;
  await page.goto(demo.facts.links.reviewer);
  await page.getByRole('button', { name: 'Sign in with Example sign-in' }).waitFor();
  await robin.accessible('join with a provider');
  await atTheProvider(robin, 'robin');
  await robin.device.atHome();
  await page.getByText(/^robin, shown as /).waitFor();
  assert.equal(new URL(page.url()).search, '');
  assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage)), ['lightkeeper-console-session']);
  const asked = robin.device.recorder.exchanges.filter((one) => new URL(one.url, demo.origin).origin === demo.origin);
  assert.ok(asked.every((one) => !one.body.includes(users.robin)), 'the service got the password of the provider');
});

test('the second time no invitation is needed, and it is the same account', async () => {
  const { page } = robin;
  const before = await robin.device.token('console');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Name', { exact: true }).waitFor();
  await robin.accessible('sign in with a provider');
  await atTheProvider(robin, 'robin');
  await robin.device.atHome();
  const now = await robin.device.token('console');
  assert.equal(now.account, before.account);
  assert.notEqual(now.token, before.token);
});

test('an answer that this tab did not ask for signs nobody in and is not even sent to the service', async () => {
  const { page } = robin;
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Name', { exact: true }).waitFor();
  const before = finished(robin);
  assert.ok(before > 0, 'the check sees an answer that was asked for');
  // A link from elsewhere: this tab has started nothing.
  await page.goto(`${demo.origin}/console/?code=of-somebody-else&state=of-somebody-else`);
  await page.getByRole('alert').getByText('The sign-in did not come back as it was started.').waitFor();
  assert.equal(new URL(page.url()).search, '');
  await robin.accessible('sign-in that did not come back');
  // A right code with another state, in the tab that has started.
  await atTheProvider(robin, 'robin', (back) => {
    back.searchParams.set('state', 'A'.repeat(back.searchParams.get('state').length));
    return back;
  });
  await page.waitForURL((url) => url.origin === demo.origin);
  await page.getByRole('alert').getByText('The sign-in did not come back as it was started.').waitFor();
  assert.equal(finished(robin), before, 'a forged answer was sent to the service');
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

test('who is not invited is told so and does not come in', async () => {
  const sam = await Desk.open(browser, demo.origin);
  await sam.page.goto(`${demo.origin}/console/`);
  await atTheProvider(sam, 'sam');
  await sam.page.getByRole('alert').getByText('Nobody of staff here is linked to this sign-in. Ask an administrator').waitFor();
  await sam.accessible('not invited');
  assert.equal(await sam.page.evaluate(() => sessionStorage.length), 0);
  assert.deepEqual(sam.faults, []);
  await sam.close();
});

test('no page raised an error or broke the content security policy', () => {
  assert.deepEqual(robin.faults, []);
});
