// Page objects, by role and name only: what a person or a screen reader would go by.
import { chromium } from 'playwright-core';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';
import { Recorder } from './recorder.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
export const PASSWORD = 'four calm words here';

export const launch = () => chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, args: FLAGS });

/** Violations of WCAG 2.2 A and AA on the page as it stands; an empty list is a pass. */
export async function accessibilityFaults(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  const result = await page.evaluate((values) => axe.run(document, { runOnly: { type: 'tag', values } }), WCAG);
  return result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join(' | ')}`);
}

export async function assertAccessible(page, where) {
  assert.deepEqual(await accessibilityFaults(page), [], `accessibility: ${where}`);
}

/** One person at one browser, with everything recorded that leaves or reaches it. */
export class Device {
  /** Uncaught errors and refusals by the content security policy: there must be none. */
  faults = [];

  static async open(browser, origin, options = {}) {
    const device = new Device();
    device.origin = origin;
    device.recorder = await Recorder.start();
    device.context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      proxy: device.recorder.proxy,
      locale: 'en-GB',
      timezoneId: 'UTC',
      ...options,
    });
    await device.newPage();
    return device;
  }

  async newPage() {
    this.page = await this.context.newPage();
    this.page.setDefaultTimeout(20_000);
    this.page.on('pageerror', (error) => this.faults.push(error.message));
    this.page.on('console', (message) => {
      const text = message.text();
      if (text.includes('Content Security Policy')) this.faults.push(text);
    });
    return this.page;
  }

  async close() {
    await this.context.close();
    this.recorder.stop();
  }

  /**
   * A device whose guard was tampered with: every answer of its worker goes through `change`, a statement about
   * `message`, before the page gets it. The tab starts anew and signs in.
   */
  async changeGuard(change) {
    await this.page.close();
    await this.context.addInitScript(() => {
      const Real = globalThis.Worker;
      globalThis.Worker = class extends Real {
        constructor(url, options) {
          super(`/changed-guard.js?${encodeURIComponent(String(url))}`, options);
        }
      };
    });
    await this.context.route('**/changed-guard.js*', (route) => {
      const original = decodeURIComponent(new URL(route.request().url()).search.slice(1));
      const body = `
        import ${JSON.stringify(original)};
        const post = self.postMessage.bind(self);
        self.postMessage = (message, transfer) => {
          ${change}
          post(message, transfer ?? []);
        };`;
      return route.fulfill({ contentType: 'text/javascript', body });
    });
    await this.newPage();
    await this.signIn();
  }

  async join(link, name, password = PASSWORD) {
    const { page } = this;
    this.name = name;
    await page.goto(link);
    await page.getByLabel('Your name here').fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Join with a password' }).click();
    await this.atHome();
  }

  async signIn(name = this.name, password = PASSWORD, path = '/') {
    const { page } = this;
    this.name = name;
    await page.goto(`${this.origin}${path}`);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await this.atHome();
  }

  /** Signed in, keys ready, and what a match tells whom read once: nothing is checked before. */
  async atHome() {
    await this.page.getByRole('button', { name: 'Sign out' }).waitFor();
    const console = new URL(this.page.url()).pathname.startsWith('/console');
    if (!console && !this.leaveLevelsUnread) await this.readLevels();
  }

  async readLevels() {
    const { page } = this;
    await page.locator('[data-levels=read], [data-levels=unread]').waitFor();
    if ((await page.locator('[data-levels=unread]').count()) === 0) return;
    // On a phone the list may be in front of it.
    await page.locator('[data-ask-levels]').getByRole('button', { name: 'I have read this', includeHidden: true }).dispatchEvent('click');
    await page.locator('[data-levels=read]').waitFor();
  }

  async invite() {
    const { page } = this;
    await page.getByRole('link', { name: 'New conversation' }).first().click();
    await page.getByRole('link', { name: 'Invite someone' }).click();
    await page.getByRole('button', { name: 'Make a link' }).click();
    return page.locator('code').innerText();
  }

  async startConversation(...names) {
    const { page } = this;
    await page.getByRole('link', { name: 'New conversation' }).first().click();
    for (const name of names) {
      await page.getByLabel('Exact name').fill(name);
      await page.getByRole('button', { name: 'Find' }).click();
      await page.getByRole('button', { name: `Remove ${name}` }).waitFor();
    }
    await page.getByRole('button', { name: /^Start a/ }).click();
    await this.composer().waitFor();
  }

  async openConversation(name) {
    await this.page.getByRole('navigation').getByRole('link', { name: new RegExp(name) }).click();
    await this.page.getByRole('region', { name: 'Messages' }).waitFor();
  }

  /** There the list is a page of its own. */
  async openConversationOnPhone(name) {
    await this.page.goto(`${this.origin}/#/`);
    await this.openConversation(name);
  }

  composer() {
    return this.page.getByRole('textbox', { name: 'Write a message' });
  }

  async say(text) {
    await this.composer().fill(text);
    await this.composer().press('Enter');
  }

  bubbles(text) {
    const all = this.page.getByRole('article');
    return text === undefined ? all : all.filter({ hasText: text });
  }

  async hears(text) {
    await this.bubbles(text).first().waitFor();
  }

  /** Everything that this page has stored for its account, as bytes: texts as they are, byte arrays raw. */
  async stored() {
    const { account } = await this.token();
    const text = await this.page.evaluate(async (name) => {
      const done = (request) =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await done(indexedDB.open(name));
      let out = '';
      const walk = (value) => {
        if (typeof value === 'string') out += `${value}\n`;
        else if (value instanceof Uint8Array) for (const byte of value) out += String.fromCharCode(byte);
        else if (value !== null && typeof value === 'object') Object.values(value).forEach(walk);
      };
      for (const store of database.objectStoreNames) {
        walk(await done(database.transaction(store).objectStore(store).getAll()));
      }
      database.close();
      return out;
    }, `lightkeeper-${account}`);
    // Letters beyond one byte only come from texts; both they and raw bytes keep their values below 256.
    return Buffer.from(text, 'latin1');
  }

  /** Chooses a picture and waits for what the check says: 'ready', 'stopped' or 'failed'. */
  async choose(file) {
    await this.page.locator('input[type=file]').setInputFiles(file);
    const verdict = this.page.locator('[data-verdict]:not([data-verdict=checking])');
    await verdict.waitFor();
    return verdict.getAttribute('data-verdict');
  }

  async removePicture() {
    await this.page.getByRole('button', { name: 'Remove the picture' }).click();
    await this.page.locator('[data-verdict]').waitFor({ state: 'detached' });
  }

  async send() {
    await this.page.getByRole('button', { name: 'Send', exact: true }).click();
  }

  async sendPicture(file) {
    assert.equal(await this.choose(file), 'ready');
    const before = await this.page.locator('img.picture').count();
    await this.send();
    await this.page.locator('img.picture').nth(before).waitFor();
  }

  /** The session of this tab, for talking to the API as this person. */
  async token(page = 'messenger') {
    const stored = await this.page.evaluate((key) => sessionStorage.getItem(key), `lightkeeper-${page}-session`);
    return JSON.parse(stored);
  }
}

export async function api(origin, token, method, path, body) {
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = /json/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, body: text === '' ? null : json ? JSON.parse(text) : text };
}
