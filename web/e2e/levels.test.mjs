// What a match discloses, level by level, on the real service with three keepers: what people are told before the first
// check and at the moment of a match, and what leaves the device. Each claim about traffic meets a page that breaks it.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Demo, root, until } from './demo.mjs';
import { api, assertAccessible, Device, launch } from './people.mjs';
import { drawn, pixels } from './pictures.mjs';
import { Desk } from './reviewers.mjs';
import { line, summary } from './traffic.mjs';

// The guard with a table of classes that lets drawn pictures be disclosed like certified ones. Only tests have it.
const disclosing = resolve(root, 'build/wasm/bin/guard_disclosing.wasm');
const GUARDLESS = "if (message?.value?.verdict) message.value.verdict = { action: 'allow', reasons: [], disclosures: [] };";
const TOLD = {
  sending: ['POST http://host/api/v1/attachments?conversation={id}', 'POST http://host/api/v1/vouchers'],
  receiving: ['POST http://host/api/v1/vouchers'],
};

const withoutPort = (text) => text.replace(/^(\w+ http:\/\/host):\d+/, '$1');
const asFile = (name, buffer) => ({ name, mimeType: 'image/png', buffer });

/** Requests to the service: method and address; sizes of pictures differ by themselves. The stock of key packages is looked
 * after every five minutes, whatever happens. */
const toService = (exchanges, origin) =>
  exchanges
    .filter((one) => one.url.startsWith(origin) && !one.url.endsWith('/api/v1/key-packages'))
    .map((one) => withoutPort(line(one).split(' up ')[0]));
/** The keepers must see the same to the byte. */
const toKeepers = (exchanges, keepers) =>
  summary(exchanges.filter((one) => keepers.some((keeper) => one.url.startsWith(keeper))), keepers);

/** What is wrong with the traffic of a match at this level, beside that of a picture without one; empty is right. */
function faultsOf(level, direction, { harmless, match, demo }) {
  const faults = [];
  const [quiet, loud] = [harmless, match].map((one) => toKeepers(one, demo.keepers));
  if (quiet.length < 3) faults.push('the recorder saw no query');
  if (quiet.join('\n') !== loud.join('\n')) faults.push('the keepers see a difference');
  const left = toService(harmless, demo.origin);
  const extra = toService(match, demo.origin).filter((one) => {
    const at = left.indexOf(one);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
  const allowed = level === 'disclose' ? TOLD[direction] : [];
  if (extra.join('\n') !== allowed.join('\n')) faults.push(`beside the usual: ${extra.join(', ') || 'nothing'}`);
  if (left.length > 0) faults.push(`missing: ${left.join(', ')}`);
  return faults;
}

/** What a person's browser said from here to when it is quiet. */
async function observed(device, act) {
  await device.recorder.quiet();
  const mark = device.recorder.mark();
  await act();
  await device.recorder.quiet();
  return device.recorder.since(mark);
}

const vouchersSent = (device) => device.recorder.exchanges.filter((one) => one.method === 'POST' && one.url.endsWith('/api/v1/vouchers'));

/** A page that hands something to /vouchers by itself as soon as a match is on the screen. */
const plant = (device) =>
  device.page.evaluate(() => {
    const { token } = JSON.parse(sessionStorage.getItem('lightkeeper-messenger-session'));
    const matches = () => document.querySelectorAll('[data-verdict=stopped], [data-covered]').length;
    const before = matches();
    new MutationObserver((_, observer) => {
      if (matches() <= before) return;
      observer.disconnect();
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
      void fetch('/api/v1/vouchers', { method: 'POST', headers, body: '{}' });
    }).observe(document, { subtree: true, childList: true });
  });

class Room {
  static async open(level) {
    const room = new Room();
    room.level = level;
    room.demo = await Demo.start({ options: ['--disclosure', level] });
    room.browser = await launch();
    room.listed = Buffer.from(await (await fetch(`${room.demo.origin}/demo/test-picture.png`)).arrayBuffer());
    room.mira = await room.device();
    room.jonas = await room.device();
    await room.mira.join(room.demo.personLinks[0], 'mira');
    await room.jonas.join(room.demo.personLinks[1], 'jonas');
    await room.mira.startConversation('jonas');
    await room.mira.say('Hello.');
    await room.jonas.openConversation('mira');
    await room.jonas.page.getByRole('button', { name: 'Yes' }).click();
    // As large as the listed one, so that only what is in it differs.
    const { width, height } = await pixels(room.mira.page, room.listed, 'image/png');
    room.harmless = async (seed) => asFile('a.png', await drawn(room.mira.page, { seed, width, height, type: 'image/png' }));
    room.match = asFile('b.png', room.listed);
    return room;
  }

  async device() {
    const device = await Device.open(this.browser, this.demo.origin);
    if (this.level === 'disclose') {
      assert.ok(existsSync(disclosing), `${disclosing} is not built: tools/test_wasm.sh builds it`);
      await device.context.route('**/guard/guard.wasm', (route) =>
        route.fulfill({ path: disclosing, contentType: 'application/wasm' }),
      );
    }
    return device;
  }

  async close() {
    await this.browser?.close();
    await this.demo?.stop();
  }

  async chosen(file, verdict) {
    const seen = await observed(this.mira, async () => assert.equal(await this.mira.choose(file), verdict));
    await this.mira.removePicture();
    return seen;
  }

  /** What jonas's browser says when mira, whose guard is gone, sends him this. */
  async arriving(file, covered) {
    const count = covered ? '[data-covered]' : 'img.picture';
    const before = await this.jonas.page.locator(count).count();
    return observed(this.jonas, async () => {
      await this.mira.sendPicture(file);
      await this.jonas.page.locator(count).nth(before).waitFor();
    });
  }

  async staff(method, path) {
    const { token } = await this.rita.token('console');
    return (await api(this.demo.origin, token, method, `/api/v1${path}`)).body;
  }

  async cases() {
    if (this.rita === undefined) {
      this.desk = await Desk.open(this.browser, this.demo.origin);
      this.rita = this.desk.device;
      await this.desk.join(this.demo.reviewerLink, 'rita');
    }
    const { cases } = await this.staff('GET', '/cases?view=all');
    return Promise.all(cases.map((one) => this.staff('GET', `/cases/${one.case}`)));
  }
}

async function reportCovered(card, device, what) {
  await card.getByRole('link', { name: 'Report' }).click();
  await device.page.getByRole('button', { name: 'See what will be shared' }).click();
  await device.page.locator('[data-preview]').waitFor();
  await what();
}

for (const level of ['prevent', 'offer', 'disclose']) {
  describe(`level ${level}`, () => {
    let room;
    before(async () => {
      room = await Room.open(level);
    });
    after(() => room?.close());

    test('a stopped picture: what leaves, and what the person is told at that moment', async () => {
      const { mira, demo } = room;
      await room.chosen(await room.harmless(31), 'ready'); // preflights are cached from here on
      const harmless = await room.chosen(await room.harmless(31), 'ready');
      const match = await observed(mira, async () => {
        assert.equal(await mira.choose(room.match), 'stopped');
        const card = mira.page.locator('[data-verdict=stopped]');
        if (level === 'disclose') {
          await card.getByText('somebody is told about it now').waitFor();
          await card.getByText('This picture, that your account was about to send it').waitFor();
          await card.locator('[data-told=sent]').waitFor();
        } else {
          await card.getByText('Nobody has been told.').waitFor();
          assert.equal(await card.locator('[data-told]').count(), 0);
        }
        await assertAccessible(mira.page, `stopped at ${level}`);
      });
      await mira.removePicture();
      assert.deepEqual(faultsOf(level, 'sending', { harmless, match, demo }), []);
      // Planted: a page that tells by itself; at `disclose`, one that tells a second time, and one that tells nothing.
      await plant(mira);
      const planted = await room.chosen(room.match, 'stopped');
      assert.notDeepEqual(faultsOf(level, 'sending', { harmless, match: planted, demo }), []);
      const silent = faultsOf(level, 'sending', { harmless, match: harmless, demo });
      assert.equal(silent.length > 0, level === 'disclose');
    });

    test('a covered picture: what leaves, and what the person is told at that moment', async () => {
      const { mira, jonas, demo } = room;
      await mira.changeGuard(GUARDLESS);
      await mira.openConversation('jonas');
      await room.arriving(await room.harmless(32), false);
      const harmless = await room.arriving(await room.harmless(33), false);
      const match = await room.arriving(room.match, true);
      const card = jonas.page.locator('[data-covered]').last();
      if (level === 'disclose') {
        await card.getByText('somebody is told about it now').waitFor();
        await card.getByText('This picture, its message, who sent it, that it reached you, and when').waitFor();
        await card.locator('[data-told=sent]').waitFor();
      } else {
        await card.getByText('Nobody has been told').waitFor();
        assert.equal(await card.locator('[data-told]').count(), 0);
      }
      await assertAccessible(jonas.page, `covered at ${level}`);
      assert.deepEqual(faultsOf(level, 'receiving', { harmless, match, demo }), []);
      // Seen again later, nothing is said again.
      const again = await observed(jonas, async () => {
        await jonas.page.goto(`${demo.origin}/#/`);
        await jonas.openConversation('mira');
        await jonas.page.locator('[data-covered]').last().waitFor();
      });
      assert.deepEqual(again.filter((one) => one.method === 'POST').map((one) => one.url), []);
      // Planted, on this side too; and at `disclose` one that tells nothing.
      await jonas.page.reload();
      await jonas.atHome();
      await jonas.page.locator('[data-covered]').last().waitFor();
      await plant(jonas);
      const planted = await room.arriving(room.match, true);
      assert.notDeepEqual(faultsOf(level, 'receiving', { harmless, match: planted, demo }), []);
      const silent = faultsOf(level, 'receiving', { harmless, match: harmless, demo });
      assert.equal(silent.length > 0, level === 'disclose');
    });

    test('a report of a covered picture takes the match along where the list offers that, and not before', async () => {
      const { jonas, demo } = room;
      const before = vouchersSent(jonas).length;
      const cards = jonas.page.locator('[data-covered]');
      await reportCovered(cards.last(), jonas, async () => {
        const said = jonas.page.locator('[data-match]');
        if (level === 'offer') await said.waitFor();
        else assert.equal(await said.count(), 0);
        await assertAccessible(jonas.page, `preview at ${level}`);
        await jonas.recorder.quiet();
        assert.equal(vouchersSent(jonas).length, before, 'something was said before the report was sent');
      });
      await jonas.page.getByRole('button', { name: 'Send the report' }).click();
      await jonas.page.locator('[data-receipt]').waitFor();
      await jonas.recorder.quiet();
      const sent = vouchersSent(jonas).slice(before);
      assert.deepEqual(sent.map((one) => one.status), level === 'offer' ? [201] : []);
      if (level !== 'offer') return;
      // The page was closed since the first one was covered, so its match is found once more, and only then told.
      await jonas.page.goto(`${demo.origin}/#/`);
      await jonas.openConversation('mira');
      await reportCovered(cards.first(), jonas, () => jonas.page.locator('[data-match]').waitFor());
      const seen = await observed(jonas, async () => {
        await jonas.page.getByRole('button', { name: 'Send the report' }).click();
        await jonas.page.locator('[data-receipt]').waitFor();
        await until('the voucher is there', () => vouchersSent(jonas).length === before + 2);
      });
      assert.ok(toKeepers(seen, demo.keepers).length >= 3, 'the voucher was ready before the person reported');
      assert.equal(vouchersSent(jonas).at(-1).status, 201);
    });

    test('the reviewer sees the voucher as evidence of its own kind, confirmed by the service', async () => {
      const all = await room.cases();
      const ofVouchers = (side) => all.filter((one) => one.vouchers_list.some((voucher) => voucher.side === side));
      const [received, stopped] = [ofVouchers('recipient'), ofVouchers('sender')];
      assert.equal(received.length, level === 'prevent' ? 0 : 1);
      assert.equal(stopped.length > 0, level === 'disclose');
      for (const one of all.flatMap((whole) => whole.vouchers_list)) {
        assert.equal(one.finding, 'confirmed', one.why);
        assert.equal(one.provenance, 'test');
      }
      if (level === 'prevent') return;
      // The report and the match are about the same message, so they are one case.
      const [whole] = received;
      assert.ok(whole.report_list.length >= 2, 'report and voucher went into different cases');
      assert.ok(whole.messages.some((message) => message.class === 'verified'));
      await room.desk.openCaseById(whole.case);
      await room.rita.page.locator('[data-finding=voucher][data-voucher=confirmed]').first().waitFor();
      await assertAccessible(room.rita.page, `case with a voucher at ${level}`);
      // Whom the decision concerns gets a notice with people to talk to beside it.
      if (level !== 'offer') return;
      await room.desk.decide('Warn the person', 'A notice is enough here.');
      await room.mira.page.goto(`${room.demo.origin}/#/feedback`);
      const notice = room.mira.page.locator('[data-person-notice=statement_of_reasons]');
      await notice.getByRole('button', { name: 'Get help or advice' }).click();
      await room.mira.page.locator('dialog [data-help]').waitFor();
      await room.mira.page.keyboard.press('Escape');
    });

    test('no page raised an error or broke the content security policy', () => {
      for (const device of [room.mira, room.jonas]) assert.deepEqual(device.faults, [], device.name);
    });

    if (level === 'offer') {
      test('nothing is checked before the person has read what a match tells whom', async () => {
        const { mira, demo } = room;
        const nora = await room.device();
        nora.leaveLevelsUnread = true;
        await nora.join(await mira.invite(), 'nora');
        const ask = nora.page.locator('[data-ask-levels]');
        await ask.getByText('nobody is told unless you report it').waitFor();
        await assertAccessible(nora.page, 'levels, before the first check');
        await nora.startConversation('jonas');
        const queries = () => nora.recorder.exchanges.filter((one) => demo.keepers.some((keeper) => one.url.startsWith(keeper)));
        await nora.page.locator('input[type=file]').setInputFiles(await room.harmless(41));
        await nora.page.getByText('First read what a match tells whom').waitFor();
        await nora.recorder.quiet();
        assert.equal(queries().length, 0, 'a check began unread');
        await nora.readLevels();
        await nora.page.locator('[data-verdict=ready]').waitFor();
        assert.ok(queries().length >= 3, 'the search for queries has no teeth');
        await nora.removePicture();
        // Once is enough, also after the page was closed; it can be read again.
        await nora.page.close();
        await nora.newPage();
        await nora.signIn();
        await nora.page.locator('[data-levels=read]').waitFor();
        assert.equal(await nora.page.locator('[data-ask-levels]').count(), 0);
        await nora.page.getByRole('link', { name: 'Privacy and checks' }).click();
        await nora.page.locator('[data-level-lines]').getByText('nobody is told unless you report it').waitFor();
        // The service's own number, not one that the page knows.
        const { capture_days: days } = await (await fetch(`${demo.origin}/config.json`)).json();
        await nora.page.locator(`[data-address="${days}"]`).getByText(`for ${days} days`).waitFor();
        await assertAccessible(nora.page, 'privacy and checks');
        // A list that says something else is asked about again.
        await nora.page.evaluate(async (name) => {
          const done = (request) => new Promise((ok, no) => { request.onsuccess = () => ok(request.result); request.onerror = () => no(request.error); });
          const database = await done(indexedDB.open(name));
          const store = database.transaction('self', 'readwrite').objectStore('self');
          const record = await done(store.get('self'));
          await done(store.put({ ...record, levelsRead: record.levelsRead.replace('unless you report it', 'at all') }));
          database.close();
        }, `lightkeeper-${(await nora.token()).account}`);
        await nora.page.close();
        await nora.newPage();
        await nora.signIn();
        await nora.page.locator('[data-levels=unread]').waitFor();
        await nora.close();
      });

      test('help is there by country, chosen by the person, and nothing is asked of anybody', async () => {
        const { mira } = room;
        const { page } = mira;
        await mira.openConversation('jonas');
        await page.goto(`${room.demo.origin}/#/feedback`);
        const seen = await observed(mira, async () => {
          await page.getByRole('button', { name: 'Get help or advice' }).first().click();
          const help = page.locator('[data-help]');
          assert.equal(await help.getAttribute('data-help'), 'GB'); // the browser's language is en-GB
          await help.getByText('0800 1111').waitFor();
          await assertAccessible(page, 'help by country');
          await page.getByLabel('Where are you?').selectOption({ label: 'Germany' });
          await help.getByText('116 111').waitFor();
          assert.equal(await help.getByText('0800 1111').count(), 0);
          await page.keyboard.press('Escape');
        });
        assert.deepEqual(seen.map((one) => one.url), []);
      });
    }

    if (level === 'disclose') {
      test('what the service is told survives a lost connection and a closed tab, and arrives once', async () => {
        const { demo } = room;
        const otto = await room.device();
        await otto.join(await room.jonas.invite(), 'otto');
        await otto.startConversation('jonas');
        for (const lost of ['**/api/v1/attachments*', '**/api/v1/vouchers']) {
          const before = vouchersSent(otto).length;
          let aborted = 0;
          await otto.context.route(lost, async (route) => {
            await route.abort();
            aborted++;
          });
          assert.equal(await otto.choose(room.match), 'stopped');
          await otto.page.locator('[data-told=sending], [data-told=waiting]').waitFor();
          await until('the first attempt is lost', () => aborted > 0);
          await otto.page.close();
          await otto.context.unroute(lost);
          await otto.newPage();
          await otto.signIn();
          await until('the voucher is there', () => vouchersSent(otto).slice(before).some((one) => one.done));
          await otto.recorder.quiet();
          assert.deepEqual(vouchersSent(otto).slice(before).map((one) => one.status), [201], lost);
          await otto.page.goto(`${demo.origin}/#/`);
          await otto.openConversation('jonas');
        }
        // At the next start nothing is left to be said.
        const before = vouchersSent(otto).length;
        await otto.page.close();
        await otto.newPage();
        await otto.signIn();
        await otto.recorder.quiet();
        assert.equal(vouchersSent(otto).length, before);
        await otto.close();
      });
    }
  });
}
