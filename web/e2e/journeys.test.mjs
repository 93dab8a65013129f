// The same journeys by keyboard alone and on a telephone in the dark, with the screenshots of the documentation.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Demo, screenshots, sleep, until } from './demo.mjs';
import { assertAccessible, Device, launch, PASSWORD } from './people.mjs';
import { drawn } from './pictures.mjs';

let demo, browser, mira, jonas, rita, listed;

before(async () => {
  mkdirSync(screenshots, { recursive: true });
  demo = await Demo.start();
  browser = await launch();
  mira = await Device.open(browser, demo.origin, { reducedMotion: 'reduce' });
  jonas = await Device.open(browser, demo.origin, {
    viewport: { width: 360, height: 740 },
    colorScheme: 'dark',
    hasTouch: true,
    reducedMotion: 'reduce',
  });
  rita = await Device.open(browser, demo.origin);
  listed = {
    name: 'test.png',
    mimeType: 'image/png',
    buffer: Buffer.from(await (await fetch(`${demo.origin}/demo/test-picture.png`)).arrayBuffer()),
  };
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const shot = (device, name) => device.page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });

/** Tab until the focus is on what has this name; fails when a whole round does not meet it. */
async function tabTo(page, name, key = 'Tab') {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press(key);
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      const labels = element?.labels ? Array.from(element.labels, (label) => label.innerText).join(' ') : '';
      return element?.getAttribute('aria-label') ?? (labels || element?.innerText || '');
    });
    if (name.test(focused.trim())) {
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
      assert.notEqual(outline, 'none', `the focus on ${name} cannot be seen`);
      return;
    }
  }
  throw new Error(`the keyboard does not reach ${name}`);
}

/** The focus moves once the page is drawn anew, which may be a moment after the key. */
const focusIsOn = (page, name) =>
  until(`the focus is on "${name}"`, () =>
    page.evaluate((wanted) => {
      const element = document.activeElement;
      return [element?.getAttribute('aria-label'), element?.innerText].includes(wanted);
    }, name),
  );

/** Text at twice its size, small screens and long words must not push the page sideways. */
async function assertNoSidewaysScroll(page, where) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= window, `${where}: ${content} px of content in ${window} px`);
}

/** Touch targets: 44 px for everything that is not a link inside of a sentence. */
async function smallTargets(page) {
  return page.evaluate(() => {
    const controls = document.querySelectorAll('button, a[class], summary, select, textarea, input:not([type=checkbox], [type=radio], [type=file])');
    return Array.from(controls)
      .filter((one) => one.checkVisibility() && !one.classList.contains('skip'))
      .map((one) => ({ text: one.getAttribute('aria-label') ?? one.innerText, box: one.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < 43.5 || box.height < 43.5))
      .map(({ text, box }) => `${text}: ${Math.round(box.width)} x ${Math.round(box.height)}`);
  });
}

test('by keyboard alone: join, find a contact, write, be stopped, get help, send a picture', async () => {
  await jonas.join(demo.personLinks[1], 'jonas');
  const { page } = mira;
  await page.goto(demo.personLinks[0]);
  await page.getByLabel('Your name here').waitFor();
  await shot(mira, 'join');
  await tabTo(page, /^Your name here/);
  await page.keyboard.type('mira');
  await tabTo(page, /^Password/);
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await mira.atHome();
  await tabTo(page, /^New conversation$/);
  await page.keyboard.press('Enter');
  await tabTo(page, /^Exact name/);
  await page.keyboard.type('jonas');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Remove jonas' }).waitFor();
  await tabTo(page, /^Start a conversation with jonas$/);
  await page.keyboard.press('Enter');
  await mira.composer().waitFor();
  await tabTo(page, /^Write a message$/);
  await page.keyboard.type('Good morning. The ferry leaves at nine.');
  await page.keyboard.press('Enter');
  await mira.bubbles('The ferry leaves at nine').getByText('Sent').waitFor();

  const opensChooser = page.waitForEvent('filechooser');
  await tabTo(page, /^Add a picture$/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await (await opensChooser).setFiles(listed);
  await page.locator('[data-verdict=stopped]').waitFor();
  const said = page.locator('[aria-live=polite]').first();
  assert.match(await said.innerText(), /can’t be sent/);
  await shot(mira, 'picture-stopped');
  await tabTo(page, /^Get help or advice$/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await shot(mira, 'help');
  await page.keyboard.press('Escape');
  await focusIsOn(page, 'Get help or advice');
  await tabTo(page, /^Remove the picture$/);
  await page.keyboard.press('Enter');
  await focusIsOn(page, 'Write a message');
});

test('new messages are read out', async () => {
  await jonas.openConversation('mira');
  await jonas.page.getByRole('button', { name: 'Yes' }).click();
  await jonas.say('I am at the pier.');
  await mira.hears('I am at the pier');
  const said = mira.page.locator('[aria-live=polite]').first();
  assert.match(await said.innerText(), /jonas: I am at the pier/);
  await mira.sendPicture({
    name: 'drawing.jpg',
    mimeType: 'image/jpeg',
    buffer: await drawn(mira.page, { seed: 5, width: 480, height: 320 }),
  });
  await jonas.page.locator('img.picture').first().waitFor();
  await shot(mira, 'conversation');
  await mira.page.getByRole('link', { name: 'About this conversation' }).click();
  await mira.page.getByRole('complementary').getByText('jonas', { exact: true }).click();
  await mira.page.locator('[data-safety-number]').first().waitFor();
  await mira.page.getByText('In this demo all three keepers run on one machine').waitFor();
  await sleep(200);
  await shot(mira, 'details');
  await mira.page.getByRole('complementary').getByRole('link', { name: 'Close' }).click();
});

test('on a telephone, in the dark: list, conversation, details, invitation, stopped picture', async () => {
  const { page } = jonas;
  await page.locator('img.picture').first().waitFor();
  await sleep(200);
  await shot(jonas, 'phone-conversation');
  const faults = async (where) => {
    await assertAccessible(page, where);
    await assertNoSidewaysScroll(page, where);
    assert.deepEqual(await smallTargets(page), [], `${where}: small targets`);
  };
  await faults('phone, conversation');
  assert.equal(await jonas.choose(listed), 'stopped');
  await shot(jonas, 'phone-picture-stopped');
  await faults('phone, stopped picture');
  await page.getByRole('button', { name: 'What this means' }).click();
  await shot(jonas, 'phone-what-this-means');
  await faults('phone, what this means');
  await page.keyboard.press('Escape');
  await jonas.removePicture();
  await page.getByRole('link', { name: 'About this conversation' }).click();
  await page.getByText('Who learns what').waitFor();
  await shot(jonas, 'phone-details');
  await faults('phone, details');
  await page.getByRole('link', { name: 'Close' }).click();
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByRole('link', { name: /mira/ }).waitFor();
  await shot(jonas, 'phone-list');
  await faults('phone, list');
  await page.getByRole('link', { name: 'Invite someone' }).click();
  await page.getByRole('button', { name: 'Make a link' }).click();
  await page.locator('code').waitFor();
  await faults('phone, invitation');
});

test('a report on the telephone, and the reviewer’s desk', async () => {
  const { page } = jonas;
  await jonas.openConversationOnPhone('mira');
  await jonas.bubbles('The ferry leaves at nine').getByRole('link', { name: 'Report this message' }).click();
  await page.getByRole('heading', { name: 'Report', exact: true }).waitFor();
  await shot(jonas, 'phone-report');
  await assertNoSidewaysScroll(page, 'phone, report');
  await page.getByRole('button', { name: 'See what will be shared' }).click();
  await page.locator('[data-preview]').waitFor();
  await shot(jonas, 'phone-report-preview');
  await assertAccessible(page, 'phone, preview');
  await page.getByRole('button', { name: 'Send the report' }).click();
  await page.getByText('Your report is there').waitFor();
  await rita.join(demo.reviewerLink, 'rita');
  await rita.page.locator('[data-case]').first().click();
  await rita.page.locator('[data-finding=verified]').waitFor();
  await shot(rita, 'console-case');
  await rita.page.setViewportSize({ width: 360, height: 740 });
  await assertNoSidewaysScroll(rita.page, 'phone, console');
});

test('with text at twice its size nothing is cut off sideways', async () => {
  const { page } = mira;
  await mira.openConversation('jonas');
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('html { font-size: 200%; }');
    document.adoptedStyleSheets.push(sheet);
  });
  await page.setViewportSize({ width: 1280, height: 800 });
  await assertNoSidewaysScroll(page, 'conversation at 200 %');
  await assertAccessible(page, 'conversation at 200 %');
  await page.setViewportSize({ width: 640, height: 800 });
  await assertNoSidewaysScroll(page, 'narrow conversation at 200 %');
});

test('no page raised an error or broke the content security policy', () => {
  for (const device of [mira, jonas, rita]) assert.deepEqual(device.faults, [], device.name);
});
