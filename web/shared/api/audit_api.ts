// The audit log: who did what when. Its proofs are checked offline by `lightkeeper audit verify`.
import { send, sendJson } from './http.ts';
import type { Person } from './types.ts';

export interface AuditEntry {
  number: number;
  at_ms: number;
  action: string;
  actor: Person | null;
  subject: string;
  detail: string;
}

export interface AuditPage {
  entries: AuditEntry[];
  next: number | string | null;
}

export const listAudit = (after: number | string | null): Promise<AuditPage> =>
  sendJson(`/api/v1/audit?limit=100${after === null ? '' : `&after=${encodeURIComponent(String(after))}`}`);

export const readCheckpoint = async (): Promise<Blob> => (await send('/api/v1/audit/checkpoint')).blob();

export const readExport = async (): Promise<Blob> => (await send('/api/v1/audit/export')).blob();
