import { send, sendJson } from './http.ts';
import type { CaseDetail, CaseState, CaseSummary, DecisionKind, Id } from './types.ts';

export const listCases = (state: CaseState, after: string | null): Promise<{ cases: CaseSummary[]; next: string | null }> =>
  sendJson(`/api/v1/cases?state=${state}${after === null ? '' : `&after=${encodeURIComponent(after)}`}`);

export const readCase = (report: Id): Promise<CaseDetail> => sendJson(`/api/v1/cases/${report}`);

export async function readCasePicture(report: Id, message: number, attachment: number): Promise<Blob> {
  const response = await send(`/api/v1/cases/${report}/messages/${message}/attachments/${attachment}`);
  return response.blob();
}

export const decide = (report: Id, decision: DecisionKind, reason: string): Promise<{ state: CaseState }> =>
  sendJson(`/api/v1/cases/${report}/decisions`, { method: 'POST', json: { decision, reason } });
