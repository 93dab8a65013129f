// What a person is told about reports: their own, and decisions about their own account.
import type { Notice, OwnReport } from './case_types.ts';
import { sendJson } from './http.ts';
import type { Id } from './types.ts';

export const readOwnReports = (): Promise<{ reports: OwnReport[] }> => sendJson('/api/v1/reports');
export const readNotices = (): Promise<{ notices: Notice[] }> => sendJson('/api/v1/notices');
export const appeal = (notice: Id, words: string): Promise<{ state: 'open' }> =>
  sendJson(`/api/v1/notices/${notice}/appeal`, { method: 'POST', json: { words } });
