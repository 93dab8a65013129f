// Page objects of the console, by role and name only, for the real service and for the fake one.
import assert from 'node:assert/strict';
import { assertAccessible, Device } from './people.mjs';

export class Desk {
  #cacheable = [];

  static async open(browser, origin, options = {}) {
    const desk = new Desk();
    desk.device = await Device.open(browser, origin, options);
    desk.page = desk.device.page;
    desk.page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.startsWith('/api/') && response.headers()['cache-control'] !== 'no-store') desk.#cacheable.push(pathname);
    });
    return desk;
  }

  get faults() {
    return this.device.faults;
  }

  async close() {
    await this.device.close();
  }

  join(link, name) {
    return this.device.join(link, name);
  }

  /** Addresses of answers of the service that the browser was allowed to keep. */
  cacheable() {
    return this.#cacheable;
  }

  signIn(name) {
    return this.device.signIn(name, undefined, '/console/');
  }

  async go(page) {
    await this.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: page, exact: true }).click();
    if (page !== 'Cases') await this.page.getByRole('heading', { level: 1, name: page }).waitFor();
  }

  entries() {
    return this.page.getByRole('navigation', { name: 'Queue' }).locator('[data-case]');
  }

  async view(name) {
    await this.page.getByRole('combobox', { name: 'View' }).selectOption({ label: name });
    await this.page.getByRole('navigation', { name: 'Queue' }).getByText(/^(1|[\d,]+) cases?/).waitFor();
  }

  /** Opens the entry at this place of the queue. */
  async openCase(at = 0) {
    await this.entries().nth(at).click();
    await this.evidence();
  }

  async openCaseById(id) {
    await this.page.goto(`${this.device.origin}/console/#/cases/${id}`);
    await this.evidence();
  }

  async evidence() {
    await this.page.getByRole('heading', { level: 2, name: /^Case \d+/ }).waitFor();
  }

  decision() {
    return this.page.getByRole('complementary', { name: 'Decision' });
  }

  /** Chooses, gives the reason, and answers the question that comes before it counts. */
  async decide(what, reason) {
    await this.decision().getByRole('radio', { name: what }).check();
    await this.decision().getByLabel('Reason for the decision').fill(reason);
    await this.decision().getByRole('button', { name: 'Decide', exact: true }).click();
    await this.page.getByRole('dialog', { name: `Decide: ${what}?` }).getByRole('button', { name: 'Yes, decide' }).click();
    await this.page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  async opinion(words, reason) {
    await this.decision().getByRole('radio', { name: words, exact: true }).check();
    await this.decision().getByLabel('Your reason').fill(reason);
    await this.decision().getByRole('button', { name: 'Send', exact: true }).click();
  }

  file(item = 0) {
    return this.page.getByRole('figure', { name: /^File \d+/ }).nth(item);
  }

  async look(step, item = 0) {
    const words = { blurred: 'Show it blurred and grey', grey: 'Show it grey', colour: 'Show it in colour' }[step];
    await this.file(item).getByRole('button', { name: words, exact: true }).click();
    await this.file(item).getByRole('img').and(this.page.locator(`[data-step=${step}]`)).waitFor();
  }

  shown() {
    return this.page.locator('img.case-image');
  }

  async assertNothingShown(where) {
    await this.shown().first().waitFor({ state: 'detached' });
    assert.equal(await this.shown().count(), 0, where);
  }

  async accessible(where) {
    await assertAccessible(this.page, where);
  }
}

/** Text at twice its size, small screens and long words must not push the page sideways. */
export async function assertNoSidewaysScroll(page, where) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${where}: ${content} px of content in ${window} px`);
}

/** From the next load on, remembers every blob address that the page makes. */
export async function watchBlobs(page) {
  await page.addInitScript(() => {
    const create = URL.createObjectURL.bind(URL);
    globalThis.madeBlobs = [];
    URL.createObjectURL = (blob) => {
      const url = create(blob);
      globalThis.madeBlobs.push(url);
      return url;
    };
  });
}

/** The blob addresses that still lead to a picture. */
export function livingBlobs(page) {
  return page.evaluate(async () => {
    const living = [];
    for (const url of globalThis.madeBlobs) {
      const lives = await new Promise((done) => {
        const image = new Image();
        image.onload = () => done(true);
        image.onerror = () => done(false);
        image.src = url;
      });
      if (lives) living.push(url);
    }
    return living;
  });
}

/** Names of everything that this page has stored in the browser. */
export function keptInBrowser(page) {
  return page.evaluate(async () => ({
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    caches: await caches.keys(),
    databases: (await indexedDB.databases()).map((one) => one.name),
  }));
}

/** Controls and pictures for which a screen reader has no name; an empty list is a pass. */
export async function unnamed(page) {
  const snapshot = await page.locator('body').ariaSnapshot();
  const roles = 'button|link|textbox|searchbox|combobox|radio|checkbox|img|figure|dialog|navigation|complementary|region|meter';
  return snapshot.split('\n').filter((line) => new RegExp(`^\\s*- (${roles})(?: \\[[^\\]]*\\])*:?$`).test(line));
}
