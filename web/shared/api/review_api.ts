// Media of a case in deliberate steps, and the time that a reviewer has spent looking.
import { send, sendJson } from './http.ts';
import type { EvidenceClass } from './case_types.ts';
import type { Id, Person } from './types.ts';

export type Step = 'blurred' | 'grey' | 'colour';
export const steps: readonly Step[] = ['blurred', 'grey', 'colour'];
export type BudgetState = 'ok' | 'soft' | 'hard';
export type Severity = 0 | 1 | 2 | 3;

export interface CaseMedium {
  item: number;
  media_type: string;
  size: number;
  sha256: string;
  class: EvidenceClass;
  seen_before: number;
  /** 0: a kind of file that cannot be shown. */
  frames: number;
  /** False when the frames are a part of the file only, as of a film. */
  every_frame: boolean;
  /** What this reviewer has opened of it. */
  steps: Step[];
  viewed: boolean;
}

export interface Rendition {
  picture: Blob;
  /** Names the view in heartbeats; null when the service counts no time for it. */
  view: number | null;
}

export interface Exposure {
  /** Seconds of today by severity; 0 in soft or hard: without limit. */
  budgets: { severity: Severity; seconds: number; soft: number; hard: number }[];
  state: BudgetState;
  released_until_ms: number | null;
}

export const listMedia = async (id: Id): Promise<CaseMedium[]> =>
  (await sendJson<{ media: CaseMedium[] }>(`/api/v1/cases/${id}/media`)).media;

export async function openRendition(id: Id, item: number, step: Step, frame: number): Promise<Rendition> {
  const response = await send(`/api/v1/cases/${id}/media/${item}/${step}?frame=${frame}`);
  const view = response.headers.get('Lightkeeper-View');
  return { picture: await response.blob(), view: view === null ? null : Number(view) };
}

export const beat = (view: number, ended: boolean): Promise<{ state: BudgetState; seconds_left: number | null }> =>
  sendJson(`/api/v1/views-open/${view}`, { method: 'POST', json: { ended }, background: true, keepalive: ended });

export const markViewed = (id: Id, item: number, severity: Severity): Promise<{ event: number; whole_file: boolean }> =>
  sendJson(`/api/v1/cases/${id}/media/${item}/viewed`, { method: 'POST', json: { severity } });

export const readExposure = (background: boolean): Promise<Exposure> => sendJson('/api/v1/exposure', { background });

export const readTeam = async (): Promise<{ person: Person; state: BudgetState }[]> =>
  (await sendJson<{ people: { person: Person; state: BudgetState }[] }>('/api/v1/exposure/team')).people;

export const releaseExposure = (account: Id, minutes: number, reason: string): Promise<{ released_until_ms: number }> =>
  sendJson('/api/v1/exposure/releases', { method: 'POST', json: { account, minutes, reason } });
