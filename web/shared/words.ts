// An error as a person reads it.
import { OfflineError, ServiceError } from './api/http.ts';
import { t } from './strings/index.ts';

interface Coded {
  code: string;
  mend?: string;
}

const isCoded = (error: unknown): error is Error & Coded =>
  error instanceof Error && typeof (error as Partial<Coded>).code === 'string';

export function errorCode(error: unknown): string {
  if (error instanceof OfflineError) return 'offline';
  return isCoded(error) ? error.code : 'unexpected';
}

export function inWords(error: unknown): string {
  if (error instanceof OfflineError) return t.errors.offline;
  const own = t.errors.codes[errorCode(error)];
  if (own !== undefined) return own;
  if (error instanceof ServiceError) return [error.problem.title, error.problem.mend].filter(Boolean).join('. ');
  if (isCoded(error)) return [error.message, error.mend].filter(Boolean).join('. ');
  return t.errors.unexpected;
}

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dateTimeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

export function clockTime(ms: number): string {
  return timeFormat.format(ms);
}

export function dateAndTime(ms: number): string {
  return dateTimeFormat.format(ms);
}

export function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

export function when(ms: number): string {
  return sameDay(ms, Date.now()) ? clockTime(ms) : dateAndTime(ms);
}

export function byteSize(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
