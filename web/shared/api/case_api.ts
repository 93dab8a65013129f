// The routes of the review desk. Staff only; each needs the permission that api/openapi.json names.
import type { CaseStateNow, CaseStatistics, Decision, Harm, QueueEntry, QueueView, SavedView, WholeCase } from './case_types.ts';
import { send, sendJson } from './http.ts';
import type { Id } from './types.ts';

export interface CaseQuery {
  view: QueueView;
  harm?: Harm;
  /** A case id's beginning, an account's whole name, or a file's whole SHA-256, SHA-1 or MD5. */
  q?: string;
  after?: string;
  limit?: number;
}

export interface CasePage {
  cases: QueueEntry[];
  next: string | null;
  total: number;
}

const post = <T>(path: string, json: unknown): Promise<T> => sendJson<T>(path, { method: 'POST', json });

export function queueAddress(query: CaseQuery): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== '') search.set(name, String(value));
  return `/api/v1/cases?${search.toString()}`;
}

export const readQueue = (query: CaseQuery): Promise<CasePage> => sendJson(queueAddress(query));
export const readWholeCase = (id: Id): Promise<WholeCase> => sendJson(`/api/v1/cases/${id}`);
/** `background`: asked by the page again and again, and not by a person. */
export const readCaseStatistics = (background: boolean): Promise<CaseStatistics> =>
  sendJson('/api/v1/cases/statistics', { background });
export const assignCase = (id: Id, to: 'me' | null): Promise<QueueEntry> => post(`/api/v1/cases/${id}/assignment`, { to });
export const decideCase = (id: Id, decision: Decision, reason: string): Promise<{ state: CaseStateNow }> =>
  post(`/api/v1/cases/${id}/decisions`, { decision, reason });
export const secondCase = (id: Id, agree: boolean, reason: string): Promise<{ state: CaseStateNow }> =>
  post(`/api/v1/cases/${id}/second`, { agree, reason });
export const decideInBulk = (
  cases: Id[],
  sha256: string,
  decision: Decision,
  reason: string,
): Promise<{ decided: number; skipped: { case: Id; why: string }[] }> => post('/api/v1/cases/bulk', { cases, sha256, decision, reason });
export const releaseCase = (id: Id): Promise<QueueEntry> => post(`/api/v1/cases/${id}/release`, {});
export const decideAppeal = (id: Id, uphold: boolean, reason: string): Promise<{ state: CaseStateNow }> =>
  post(`/api/v1/cases/${id}/appeal-decision`, { uphold, reason });

export const readViews = (): Promise<{ views: SavedView[] }> => sendJson('/api/v1/views');
export const saveView = (view: SavedView): Promise<{ views: SavedView[] }> => post('/api/v1/views', view);
export async function forgetView(name: string): Promise<void> {
  await send(`/api/v1/views?name=${encodeURIComponent(name)}`, { method: 'DELETE' });
}
