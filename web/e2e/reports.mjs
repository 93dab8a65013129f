// What people do before a reviewer has something to read: talk, send, and report, as the messenger lets them.
import { randomBytes } from 'node:crypto';
import { drawn } from './pictures.mjs';
import { api } from './people.mjs';

/** `second` answers that `first` is known, so that both write freely from here on. */
export async function acquaint(first, second) {
  await first.startConversation(second.name);
  await first.say('Hello.');
  await second.openConversation(first.name);
  await second.page.getByRole('button', { name: 'Yes' }).click();
}

/** Sends words and a drawn picture; other seeds draw other pictures. */
export async function sendDrawing(from, words, seed) {
  await from.say(words);
  await from.sendPicture({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: await drawn(from.page, { seed }) });
}

/** Reports the message with these words and everything that may go with it, and comes back to the conversation. */
export async function reportWithAll(device, words, reason) {
  const { page } = device;
  await device.hears(words);
  await device.bubbles(words).getByRole('link', { name: 'Report this message' }).click();
  for (const box of await page.getByRole('checkbox').all()) if (!(await box.isChecked())) await box.check();
  await page.getByRole('radio', { name: reason }).check();
  await page.getByRole('button', { name: 'See what will be shared' }).click();
  await page.getByRole('button', { name: 'Send the report' }).click();
  await page.getByText('Your report is there').waitFor();
}

/** A report of words alone, in the form that the messenger sends it. */
export async function tell(origin, device, alleged, words, reason) {
  const { token } = await device.token();
  return api(origin, token, 'POST', '/api/v1/reports', {
    client_id: randomBytes(16).toString('hex'),
    reason,
    note: '',
    alleged,
    messages: [],
    statement: words,
  });
}
