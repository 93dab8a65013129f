// Holds on evidence, destruction, and its certificates.
import { send, sendJson } from './http.ts';
import type { AwaitsApproval } from './staff_api.ts';
import type { Id, Person } from './types.ts';

export type Basis = 'report_2258a' | 'letter_2703f' | 'epoc_pr' | 'uk_osa' | 'internal';
export const bases: readonly Basis[] = ['report_2258a', 'letter_2703f', 'epoc_pr', 'uk_osa', 'internal'];

export interface Hold {
  id: number;
  case: Id;
  basis: Basis;
  reference: string;
  placed_ms: number;
  until_ms: number;
  placed_by: Person | null;
  state: 'live' | 'expired' | 'released';
  items: number;
}

export interface Certificate {
  id: number;
  case: Id;
  destroyed_ms: number;
  items: number;
  text: string;
  signature_b64: string;
}

export const listHolds = async (id: Id | null): Promise<Hold[]> =>
  (await sendJson<{ holds: Hold[] }>(`/api/v1/holds${id === null ? '' : `?case=${id}`}`)).holds;

export const placeHold = (body: { case: Id; basis: Basis; days?: number; reference: string }): Promise<Hold> =>
  sendJson('/api/v1/holds', { method: 'POST', json: body });

export const extendHold = (id: number, reference: string): Promise<Hold> =>
  sendJson(`/api/v1/holds/${id}/extend`, { method: 'POST', json: { reference } });

export const releaseHold = (id: number, reason: string): Promise<AwaitsApproval> =>
  sendJson(`/api/v1/holds/${id}/release`, { method: 'POST', json: { reason } });

export const destroyCase = (id: Id, reason: string): Promise<AwaitsApproval> =>
  sendJson(`/api/v1/cases/${id}/destruction`, { method: 'POST', json: { reason } });

/** Bytes of one held file, to be handed over and not shown; each reading is on record with its reason. */
export async function readHeld(id: Id, item: number, reason: string): Promise<Blob> {
  return (await send(`/api/v1/cases/${id}/held-evidence/${item}`, { method: 'POST', json: { reason } })).blob();
}

export const listCertificates = async (): Promise<Certificate[]> =>
  (await sendJson<{ certificates: Certificate[] }>('/api/v1/certificates')).certificates;
