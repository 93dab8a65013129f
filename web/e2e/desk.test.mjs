// The reviewer's desk on the real service: films, versions of a message, the whole way by keyboard, watermarks, nothing
// that stays behind, identical files, floods, search and saved views, and pages that look for news by themselves.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Demo, until } from './demo.mjs';
import { drawnFilm } from './films.mjs';
import { api, Device, launch } from './people.mjs';
import { drawn } from './pictures.mjs';
import { acquaint, reportWithAll, sendDrawing, tell } from './reports.mjs';
import { Desk, keptInBrowser, livingBlobs, unnamed, watchBlobs } from './reviewers.mjs';

const EDITED = ['The boat leaves at six', 'The boat leaves at seven'];
const COLOURS = ['#246', '#642', '#264', '#426'];
let demo, browser, mira, jonas, sana, rita, sven;
/** The case with the films and the edit; the one of another conversation with an identical picture. */
let films, other;

before(async () => {
  demo = await Demo.start();
  browser = await launch();
  mira = await Device.open(browser, demo.origin);
  jonas = await Device.open(browser, demo.origin);
  sana = await Device.open(browser, demo.origin);
  await mira.join(demo.personLinks[0], 'mira');
  await jonas.join(demo.personLinks[1], 'jonas');
  await sana.join(await mira.invite(), 'sana');
  rita = await Desk.open(browser, demo.origin);
  sven = await Desk.open(browser, demo.origin);
  await watchBlobs(rita.page);
  await rita.join(demo.facts.links.reviewer, 'rita');
  await sven.join(demo.facts.links.senior, 'sven');
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const asStaff = async (desk, method, path, body) => {
  const { token } = await desk.device.token('console');
  return api(demo.origin, token, method, `/api/v1${path}`, body);
};
const mediaOf = async (desk, id) => (await asStaff(desk, 'GET', `/cases/${id}/media`)).body.media;
const theOnlyCase = async (view) => {
  const { body } = await asStaff(rita, 'GET', `/cases?view=${view}`);
  assert.equal(body.cases.length, 1, view);
  return body.cases[0].case;
};
const figure = (desk, item) => desk.page.locator(`[data-medium="${item}"]`);

async function look(desk, item, step) {
  const words = { blurred: 'Show it blurred and grey', grey: 'Show it grey', colour: 'Show it in colour' }[step];
  await figure(desk, item).getByRole('button', { name: words, exact: true }).click();
  await figure(desk, item).locator(`img[data-step=${step}]`).waitFor();
}

async function sign(desk, item, summary) {
  await figure(desk, item).getByText(summary).click();
  await figure(desk, item).getByRole('radio', { name: /^0: nothing/ }).check();
  await figure(desk, item).getByRole('button', { name: 'Sign it' }).click();
  await figure(desk, item).getByText('You have said that you looked at the whole file.').waitFor();
}

/** What a report of this case would say of this file: whether a person has viewed all of it. */
async function saidToBeViewed(id, item) {
  const { body } = await asStaff(rita, 'GET', `/cases/${id}/tip`);
  const facts = { ...body.facts, narrative: '[message 1: placeholder, 24 characters]', jurisdiction: ['US'] };
  const kept = await asStaff(rita, 'PUT', `/cases/${id}/tip`, facts);
  assert.ok(kept.body.preview, JSON.stringify(kept.body).slice(0, 600));
  const said = kept.body.file_details.filter((xml) => xml.includes('<fileViewedByEsp>true</fileViewedByEsp>')).length;
  return { viewed: kept.body.preview.files.find((one) => one.item === item).viewed, said };
}

test('films that a changed app sends under the name of a picture arrive as key frames, and never as a film', async () => {
  await acquaint(mira, jonas);
  await jonas.say(EDITED[0]);
  await jonas.bubbles(EDITED[0]).getByText('Sent').waitFor();
  await jonas.bubbles(EDITED[0]).getByRole('button', { name: 'Edit' }).click();
  await jonas.page.getByLabel('New text of the message').fill(EDITED[1]);
  await jonas.page.getByRole('button', { name: 'Save the edit' }).click();
  await mira.hears(EDITED[1]);
  const silent = await drawnFilm(jonas.page, { colours: COLOURS, sound: false });
  const loud = await drawnFilm(jonas.page, { colours: [...COLOURS, ...COLOURS], sound: true });
  // Two widths of chosen pictures stand for the two films.
  await jonas.changeGuard(`
    const film = { 321: ${JSON.stringify(silent.toString('base64'))}, 322: ${JSON.stringify(loud.toString('base64'))} };
    const clean = message?.value?.clean;
    if (clean && film[clean.width]) clean.bytes = Uint8Array.from(atob(film[clean.width]), (c) => c.charCodeAt(0));`);
  await jonas.openConversation('mira');
  for (const [at, width] of [321, 322].entries()) {
    const buffer = await drawn(jonas.page, { seed: 50 + at, width, height: 240 });
    assert.equal(await jonas.choose({ name: 'a.jpg', mimeType: 'image/jpeg', buffer }), 'ready');
    await jonas.send();
    await mira.page.getByText('This file is not a picture that can be checked, so it is not shown.').nth(at).waitFor();
  }
  await sendDrawing(jonas, 'And a picture.', 41);
  await mira.page.locator('img.picture').first().waitFor();
  await reportWithAll(mira, EDITED[1], 'Something I don’t want to get');

  films = await theOnlyCase('queue');
  await rita.view('Queue');
  await rita.openCase();
  const media = await mediaOf(rita, films);
  assert.deepEqual(media.map((one) => [one.frames > 1, one.every_frame]), [[true, true], [true, false], [false, true]]);
  for (const { item, frames } of media.slice(0, 2)) {
    await figure(rita, item).getByText(`${frames} key frames, no sound`).waitFor();
  }
  await rita.accessible('films');
});

test('only who has opened every frame may sign; a film with sound is never called viewed', async () => {
  const [silent, loud] = await mediaOf(rita, films);
  assert.deepEqual(await saidToBeViewed(films, silent.item), { viewed: false, said: 0 });
  for (const { item, frames } of [silent, loud]) {
    await look(rita, item, 'blurred');
    await look(rita, item, 'grey');
    // The service itself refuses a signature while frames are left, whatever a page might send.
    const early = await asStaff(rita, 'POST', `/cases/${films}/media/${item}/viewed`, { severity: 0 });
    assert.equal(early.body.code, 'conflict', 'signed before every frame was opened');
    assert.equal((await saidToBeViewed(films, item)).viewed, false);
    for (let at = 2; at <= frames; at++) {
      await figure(rita, item).getByRole('button', { name: `Frame ${at} of ${frames}` }).click();
      await figure(rita, item).getByRole('button', { name: `Frame ${at} of ${frames}`, pressed: true }).waitFor();
    }
    await rita.accessible('frames');
    await sign(rita, item, item === silent.item ? 'I have looked at the whole file' : 'I have looked at every key frame');
    await figure(rita, item).getByRole('button', { name: 'Cover it' }).click();
  }
  // One file of three was seen whole, and the documents say so of that one alone.
  assert.deepEqual(await saidToBeViewed(films, silent.item), { viewed: true, said: 1 });
  assert.deepEqual(await saidToBeViewed(films, loud.item), { viewed: false, said: 1 });
  // What reached the browser were pictures, and nothing that plays.
  assert.equal(await rita.page.locator('video, audio').count(), 0);
  const renditions = rita.device.recorder.exchanges.filter((one) => /\/media\/\d+\/(blurred|grey|colour)/.test(one.url));
  assert.ok(renditions.length >= silent.frames + loud.frames);
  for (const one of renditions) assert.equal(one.reply.subarray(0, 3).toString('hex'), 'ffd8ff', one.url);
});

test('every version of an edited message is there, each proved, with a way from one to the other', async () => {
  const { page } = rita;
  for (const words of EDITED) await page.getByRole('blockquote').getByText(words, { exact: true }).waitFor();
  const later = page.getByRole('button', { name: /^Changed later at position \d+/ });
  const position = (await later.innerText()).match(/\d+/)[0];
  await later.click();
  assert.equal(await page.evaluate(() => document.activeElement.id), `position-${position}`);
  const edit = page.locator(`#position-${position}`);
  assert.equal(await edit.getAttribute('data-finding'), 'verified');
  await edit.getByText(EDITED[1], { exact: true }).waitFor();
  await edit.getByRole('button', { name: /^Changes position \d+/ }).click();
  const original = page.locator('li:focus');
  await original.getByText(EDITED[0], { exact: true }).waitFor();
  assert.equal(await original.getAttribute('data-finding'), 'verified');
});

test('each step carries the mark of the person who looks', async () => {
  const [, , { item }] = await mediaOf(rita, films);
  await mediaOf(sven, films);
  const shown = async (desk, step) => {
    const { token } = await desk.device.token('console');
    const answer = await fetch(`${demo.origin}/api/v1/cases/${films}/media/${item}/${step}?frame=0`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200, step);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    return Buffer.from(await answer.arrayBuffer());
  };
  for (const step of ['blurred', 'grey', 'colour']) {
    const mine = await shown(rita, step);
    // One person gets the same bytes each time: a difference between two people is the mark.
    assert.ok(mine.equals(await shown(rita, step)), `${step} differs for one person`);
    assert.ok(!mine.equals(await shown(sven, step)), `${step} does not say who looks`);
  }
  for (const desk of [rita, sven]) {
    const { pseudonym } = await desk.device.token('console');
    await desk.page.getByText(`shown as ${pseudonym}`).waitFor();
  }
});

test('a case is found, taken, looked at, signed and decided by keyboard alone, and every stop has a name', async () => {
  const { page } = rita;
  await sana.startConversation('jonas');
  await sana.say('Hello.');
  await jonas.openConversation('sana');
  await jonas.page.getByRole('button', { name: 'Yes' }).click();
  await sendDrawing(jonas, 'The same picture again.', 41);
  await sana.page.locator('img.picture').first().waitFor();
  await reportWithAll(sana, 'The same picture again.', 'Pressure or a threat');
  await page.keyboard.press('g');
  await page.keyboard.press('q');
  await until('both cases stand in the queue', async () => (await rita.entries().count()) === 2);
  other = (await asStaff(rita, 'GET', '/cases?view=queue&harm=threat')).body.cases[0].case;
  const entry = rita.page.locator(`[data-case="${other}"]`);
  for (let presses = 0; presses < 3; presses++) {
    await page.keyboard.press('j');
    if (await entry.evaluate((one) => one === document.activeElement)) break;
  }
  await page.keyboard.press('w');
  await page.getByRole('dialog', { name: 'Why it stands here' }).waitFor();
  await page.keyboard.press('Escape'); // not twice: that is the panic key
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Enter');
  await rita.evidence();
  await until('the address is that of the case', () => page.url().endsWith(other));
  await page.keyboard.press('a');
  await rita.decision().getByText('With you').waitFor();
  await page.keyboard.press('a');
  await rita.decision().getByText('Nobody has taken this case.').waitFor();
  await page.keyboard.press('a');
  await rita.decision().getByText('With you').waitFor();

  /** Tabs on until the control with this name has the focus. */
  const tabTo = async (name) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab');
      const here = await page.evaluate(() => (document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.closest('label')?.innerText ?? document.activeElement?.innerText ?? '').trim());
      if (here.startsWith(name)) return;
    }
    assert.fail(`no way by keyboard to: ${name}`);
  };
  await page.keyboard.press('e');
  await tabTo('Show it blurred and grey');
  for (const step of ['blurred', 'grey', 'colour']) {
    // The button of the next step stands where the last one was.
    await page.keyboard.press('Enter');
    await page.locator(`img[data-step=${step}]`).waitFor();
  }
  assert.deepEqual(await unnamed(page), [], 'a screen reader meets something without a name');
  await tabTo('I have looked at the whole file');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await tabTo('Sign it');
  await page.keyboard.press('Enter');
  await rita.file().getByText('You have said that you looked at the whole file.').waitFor();
  await page.keyboard.press('h');
  await rita.assertNothingShown('covered by h');
  await page.keyboard.press('2');
  await page.keyboard.type('A notice is enough here.');
  await tabTo('Decide');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Decide: Warn the person?' }).waitFor();
  assert.deepEqual(await unnamed(page), []);
  await tabTo('Yes, decide');
  await page.keyboard.press('Enter');
  await rita.decision().getByText('Decided: Warn the person').waitFor();

  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: 'A page, a deed, or any id' }).waitFor();
  await rita.accessible('palette');
  await page.keyboard.type(films);
  await page.keyboard.press('Enter');
  await until('the other case is open', () => page.url().endsWith(films));
  await rita.evidence();
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await until('the view is mine', async () => (await page.getByRole('combobox', { name: 'View' }).inputValue()) === 'mine');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).getByText('Panic: a blank page at once').waitFor();
  await rita.accessible('keys');
  await page.keyboard.press('Escape'); // once: twice in a moment is the panic key
  await page.getByRole('dialog').waitFor({ state: 'detached' });

  // The check has teeth.
  await page.evaluate(() => document.querySelector('main').append(document.createElement('button')));
  assert.notDeepEqual(await unnamed(page), []);
  await page.evaluate(() => document.querySelector('main > button:last-child').remove());
});

test('the panic key and covering leave nothing of it: no picture, no address, nothing kept, nothing cached', async () => {
  const { page } = rita;
  await rita.openCaseById(films);
  const [, , { item }] = await mediaOf(rita, films);
  for (const step of ['blurred', 'grey', 'colour']) {
    await look(rita, item, step);
    await page.keyboard.press('0');
    await page.locator('[data-blank]').waitFor();
    assert.equal(await page.locator('img').count(), 0, step);
    assert.equal(new URL(page.url()).hash, '#/');
    assert.equal(await page.title(), 'Lightkeeper');
    assert.deepEqual(await livingBlobs(page), [], `after the panic key in ${step}`);
    await page.getByRole('button', { name: 'Continue' }).click();
    await rita.evidence();
    assert.equal(await rita.shown().count(), 0, 'the picture came back by itself');
    if (step === 'colour') break;
    // Every look begins with the first step again, up to where it was.
    for (const before of ['blurred', 'grey'].slice(0, ['blurred', 'grey'].indexOf(step) + 1)) await look(rita, item, before);
  }
  assert.deepEqual(await keptInBrowser(page), { local: [], session: ['lightkeeper-console-session'], caches: [], databases: [] });
  // The check of addresses has teeth: what is shown now can be read.
  await look(rita, item, 'blurred');
  assert.equal((await livingBlobs(page)).length, 1);
  await page.keyboard.press('h');
  await rita.assertNothingShown('h');
  assert.deepEqual(rita.cacheable(), [], 'the browser may keep answers of the service');
  // And so does that of the answers: one that may be kept is found.
  await sven.page.route('**/api/v1/exposure', (route) => route.fulfill({ json: {}, headers: { 'Cache-Control': 'max-age=60' } }));
  await sven.page.evaluate(() => fetch('/api/v1/exposure'));
  await until('the planted answer is found', () => sven.cacheable().length === 1);
  await sven.page.unrouteAll();
});

test('a file hash, a name and an id find a case, and a view can be kept', async () => {
  const { page } = rita;
  await rita.view('All');
  const search = page.getByRole('searchbox', { name: 'Search' });
  const finds = async (text, count) => {
    await search.fill(text);
    await page.keyboard.press('Enter');
    await until(`${text} finds ${count}`, async () => (await rita.entries().count()) === count);
  };
  const [, , picture] = await mediaOf(rita, films);
  await finds(picture.sha256, 2);
  await finds(films.slice(0, 12), 1);
  await finds('jonas', 2);
  await finds('nobody-by-this-name', 0);
  await page.getByText('Nothing fits what you look for.').waitFor();
  await rita.accessible('nothing found');
  await finds(picture.sha256, 2);
  await page.getByText('Saved views').click();
  await page.getByRole('button', { name: 'Save this view' }).click();
  await page.getByLabel('Name of the view').fill('that picture');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('button', { name: 'that picture', exact: true }).waitFor();
  await finds('', 2);
  await rita.view('Queue');
  await until('one is open', async () => (await rita.entries().count()) === 1);
  // Kept by the service, for this person alone.
  await page.reload();
  await page.getByText('Saved views').click();
  await page.getByRole('button', { name: 'that picture', exact: true }).click();
  await until('the view is back', async () => (await rita.entries().count()) === 2);
  assert.equal(await search.inputValue(), picture.sha256);
  assert.deepEqual((await asStaff(sven, 'GET', '/views')).body.views, []);
  await page.getByRole('button', { name: 'Remove the view that picture' }).click();
  await page.getByRole('button', { name: 'that picture', exact: true }).waitFor({ state: 'detached' });
  await finds('', 2);
});

test('identical files are decided together, and what was decided before is left out', async () => {
  const { page } = rita;
  await rita.openCaseById(films);
  const others = page.getByRole('region', { name: 'Identical files elsewhere' });
  await others.getByText('The same file is in 1 other case.').waitFor();
  await others.getByRole('button', { name: 'Decide these together' }).click();
  const dialog = page.getByRole('dialog', { name: 'Decide these together' });
  await rita.accessible('together');
  await dialog.getByLabel('Reason for the decision').fill('The same drawing each time.');
  await dialog.getByRole('button', { name: 'Decide', exact: true }).click();
  await dialog.getByText('1 case decided, 1 left out.').waitFor();
  await rita.accessible('decided together');
  const { body } = await asStaff(rita, 'GET', `/cases/${films}`);
  assert.equal(body.state, 'decided');
  assert.equal((await asStaff(rita, 'GET', `/cases/${other}`)).body.decision, 'warn', 'a decision was made twice');
  await page.keyboard.press('Escape');
});

test('a flood is kept apart from the queue, and a person puts a case of it back', async () => {
  const { page } = rita;
  const { account } = await jonas.token();
  let apart = 0;
  for (let count = 1; apart === 0 && count <= 60; count++) {
    const answer = await tell(demo.origin, sana, account, `[statement ${count}, placeholder]`, 'unwanted');
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    apart = (await asStaff(rita, 'GET', '/cases?view=quarantine')).body.total;
  }
  assert.ok(apart > 0, 'no flood was kept apart');
  const before = (await asStaff(rita, 'GET', '/cases?view=queue')).body.total;
  await rita.view('Quarantine');
  await rita.openCase();
  await rita.decision().getByText('This came with many other reports at once.').waitFor();
  await rita.accessible('quarantine');
  await rita.decision().getByRole('button', { name: 'Put it into the queue' }).click();
  await rita.decision().getByRole('button', { name: 'Put it into the queue' }).waitFor({ state: 'detached' });
  assert.equal((await asStaff(rita, 'GET', '/cases?view=queue')).body.total, before + 1);
});

test('what pages ask by themselves keeps no session awake', async () => {
  const { page } = sven;
  await sven.openCaseById(films);
  const [, , { item }] = await mediaOf(sven, films);
  await page.clock.install();
  await page.reload();
  await sven.evidence();
  await look(sven, item, 'blurred');
  const { recorder } = sven.device;
  await recorder.quiet();
  const mark = recorder.mark();
  const awake = () =>
    recorder
      .since(mark)
      .filter((one) => new URL(one.url, demo.origin).pathname.startsWith('/api/') && one.headers['lightkeeper-background'] !== '1')
      .map((one) => `${one.method} ${one.url}`);
  const asked = (part) => recorder.since(mark).filter((one) => one.url.includes(part)).length;
  await page.clock.fastForward(6_000);
  await until('a heartbeat', () => asked('/views-open/') > 0);
  // Nobody touches anything: the page covers, says so to the service, and goes on looking for news.
  await page.clock.fastForward(31_000);
  await sven.assertNothingShown('30 s without a touch');
  await page.clock.fastForward(31_000);
  await until('the queue was watched', () => asked('/cases/statistics') > 0);
  await recorder.quiet();
  assert.deepEqual(awake(), [], 'asked by the page as if by a person');
  // The check has teeth: what a person asks for does count.
  await page.keyboard.press('r');
  await until('a person asked', () => awake().length > 0);
});

test('no page raised an error or broke the content security policy', () => {
  for (const one of [mira, jonas, sana, rita, sven]) assert.deepEqual(one.faults, []);
});
