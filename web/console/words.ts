// Times and errors as a reviewer reads them.
import { errorCode, inWords } from '../shared/words.ts';
import { t } from '../shared/strings/index.ts';
import { c } from './strings/index.ts';

const relative = new Intl.RelativeTimeFormat(t.language, { numeric: 'auto' });
const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 24 * 60 * 60_000],
  ['hour', 60 * 60_000],
  ['minute', 60_000],
];

/** "in 3 hours", "2 days ago"; the exact time belongs beside it. */
export function fromNow(ms: number): string {
  const distance = ms - Date.now();
  for (const [unit, length] of units) {
    if (Math.abs(distance) >= length) return relative.format(Math.trunc(distance / length), unit);
  }
  return relative.format(0, 'minute');
}

export const problemInWords = (error: unknown): string => c.errors[errorCode(error)] ?? inWords(error);

/** A field of a document as words: "report_id" becomes "Report id". */
export function fieldInWords(name: string): string {
  const spaced = name.replaceAll(/[_-]+/g, ' ').replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export const shortId = (id: string): string => (id.length > 12 ? `${id.slice(0, 8)}…` : id);
