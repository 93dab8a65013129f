// From a case to a hotline: what the reviewer sets, what the linter finds, and the journal of each submission.
import { send, sendJson } from './http.ts';
import type { Hold } from './preservation_api.ts';
import type { AwaitsApproval } from './staff_api.ts';
import type { Id } from './types.ts';

export type Outlet = 'ncmec' | 'nca' | 'dsa18' | 'abuse_site';
export const outlets: readonly Outlet[] = ['ncmec', 'nca', 'dsa18', 'abuse_site'];
export type DocumentOutlet = 'nca' | 'dsa18' | 'abuse-site';

export interface TipFile {
  item: number;
  classification: string | null;
  annotations: string[];
  relevance: string;
}

/** What a reviewer sets; everything else of a report comes from the case by itself. */
export interface TipFacts {
  incident_type: string;
  incident_ms: number;
  time_denotes: string;
  escalate_reason: string | null;
  annotations: string[];
  narrative: string;
  files: TipFile[];
  victims: { age: number | null; account: Id | null }[];
  outlet: Outlet;
  /** Countries with a link to it, two capital letters each. */
  jurisdiction: string[];
}

export interface ScorePart {
  code?: string;
  points: number;
  why: string;
}

export interface Score {
  score: number;
  parts: ScorePart[];
}

export interface LintFinding {
  field: string;
  rule: string;
  severity: 'hard' | 'soft';
  why: string;
  mend: string;
}

export interface InvestigatorView {
  reporting_service: string;
  incident_type: string;
  incident_at: string;
  escalated: boolean;
  captures: { who: string; ip: string; port: number | null; at: string; event: string; possible_proxy: boolean }[];
  people: { role: string; esp_identifier: string; esp_service: string; screen_name: string; contacts: string[]; age: string }[];
  files: {
    item: number;
    name: string;
    viewed: boolean;
    /** Their tool keeps it closed until a warrant is recorded. */
    locked: boolean;
    classification: string;
    sha256: string;
    note: string;
  }[];
}

export interface TipAnswer {
  case_file: Record<string, unknown>;
  /** As saved, or as suggested: nothing of a suggestion is in the report until a person saves it. */
  facts?: TipFacts | null;
  facts_kept?: boolean;
  lint: { completeness: Score; rescue: Score; findings: LintFinding[] };
  /** Null while the report is not complete enough to be written; then `xml` is empty. */
  preview: InvestigatorView | null;
  outlets?: { outlet: Outlet; applies: boolean; why: string }[];
  xml: string;
  file_details: string[];
  hold: Hold | null;
  submissions: Submission[];
}

export type SubmissionState =
  | 'queued'
  | 'opening'
  | 'uploading'
  | 'finishing'
  | 'done'
  | 'retracted'
  | 'quarantined'
  | 'stopped';

export interface SubmissionStep {
  at_ms: number;
  step: string;
  result: string;
  code: number | null;
  request_id: string | null;
}

export interface Submission {
  id: number;
  case: Id;
  outlet: string;
  dry_run: boolean;
  state: SubmissionState;
  report_id: string | null;
  steps: SubmissionStep[];
  files: { item: number; file_id: string | null; md5_matches: boolean | null }[];
  opened_ms: number | null;
  expires_ms: number | null;
  receipt: string | null;
  problem: string | null;
}

export interface ReportingState {
  environment: string;
  armed: boolean;
  schema: { pinned: string | null; seen: string | null };
  kill_switch: boolean;
  /** Answers of the hotline about rights or set-up have stopped sending. */
  stopped?: boolean;
  queue: number;
  alarms: { code: string; since_ms: number; words: string }[];
}

export const isFinal = (state: SubmissionState): boolean =>
  ['done', 'retracted', 'quarantined', 'stopped'].includes(state);

export const readTip = (id: Id): Promise<TipAnswer> => sendJson(`/api/v1/cases/${id}/tip`);

export const saveTip = (id: Id, facts: TipFacts): Promise<TipAnswer> =>
  sendJson(`/api/v1/cases/${id}/tip`, { method: 'PUT', json: facts });

export const submitTip = (id: Id, dry_run: boolean, override_reason: string | null): Promise<Submission> =>
  sendJson(`/api/v1/cases/${id}/tip/submissions`, {
    method: 'POST',
    json: { dry_run, ...(override_reason === null ? {} : { override_reason }) },
  });

export const listSubmissions = async (): Promise<Submission[]> =>
  (await sendJson<{ submissions: Submission[] }>('/api/v1/submissions')).submissions;

/** Asked again and again while a submission runs. */
export const readSubmission = (id: number): Promise<Submission> =>
  sendJson(`/api/v1/submissions/${id}`, { background: true });

/** Ends a submission that waits for a person; its case may then be sent again. */
export const setAside = (id: number, reason: string): Promise<Submission> =>
  sendJson(`/api/v1/submissions/${id}/set-aside`, { method: 'POST', json: { reason } });

export const readReporting = (): Promise<ReportingState> => sendJson('/api/v1/reporting');

export const setKillSwitch = (on: boolean, reason: string): Promise<unknown> =>
  sendJson('/api/v1/reporting/kill-switch', { method: 'POST', json: { on, reason } });

export interface ArmRequest {
  schema_sha256: string;
  contact_email: string;
  contact_phone: string;
}
export const armProduction = (body: ArmRequest): Promise<AwaitsApproval> =>
  sendJson('/api/v1/reporting/arm', { method: 'POST', json: body });

export async function readOutletDocument(id: Id, outlet: DocumentOutlet): Promise<Blob> {
  return (await send(`/api/v1/cases/${id}/outlets/${outlet}`)).blob();
}
