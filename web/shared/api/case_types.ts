// Cases as the console sees them, and what people are told about their reports. The service's side is
// src/service/cases and src/service/routes/cases_api.cpp; api/openapi.json is the reference.
import type { Id, Person } from './types.ts';

export type Harm = 'known_picture' | 'grooming' | 'threat' | 'unwanted' | 'other';
export type CaseStateNow = 'open' | 'awaiting_second' | 'decided' | 'appealed';
/** escalate: to a senior; report: to the hotline(s). */
export type Decision = 'no_action' | 'warn' | 'restrict' | 'escalate' | 'report';
export type EvidenceClass = 'verified' | 'not_verified' | 'provider_record';
export type QueueView = 'queue' | 'mine' | 'second' | 'appeals' | 'decided' | 'quarantine' | 'sampled' | 'all';
export type Band = 'rescue' | 'high' | 'normal' | 'low';

export interface PriorityPart {
  code: string;
  points: number;
  why: string;
}

export interface QueueEntry {
  case: Id;
  number: number;
  received_ms: number;
  due_ms: number;
  state: CaseStateNow;
  harm: Harm;
  reports: number;
  messages: number;
  verified: number;
  not_verified: number;
  vouchers: number;
  provider_records: number;
  priority: { score: number; band: Band; parts: PriorityPart[] };
  /** Released by itself after 30 minutes without a deed. */
  assigned: Person | null;
  quarantined: boolean;
  sampled: boolean;
  needs_second: boolean;
  /** Handed over: a senior takes it over or gives it back. */
  escalated: boolean;
  decision: Decision | null;
}

export interface EvidenceFile {
  /** Unique in the case; the media routes take it. */
  item: number;
  media_type: string;
  size: number;
  /** Empty unless the file is stored. */
  sha256: string;
  class: EvidenceClass;
  why: string;
  stored: boolean;
}

export interface EvidenceMessage {
  class: EvidenceClass;
  why: string;
  proves: string;
  does_not_prove: string;
  /** Empty without a readable stamp; for what is not verified, sender to accepted_ms are claims. */
  sender: Id | '';
  sender_name: string;
  conversation: Id | '';
  seq: number;
  accepted_ms: number;
  type: 'text' | 'picture' | 'edit' | 'timer' | 'unreadable';
  /** Position of the message that it edits, when that one was reported too. */
  edits?: number;
  expires_ms?: number;
  body: string;
  attachments: EvidenceFile[];
}

export interface CaseVoucher {
  side: 'sender' | 'recipient';
  finding: 'confirmed' | 'not_confirmed';
  why: string;
  proves: string;
  provenance: string;
  category: number;
  list_version: number;
  distance: number;
  item: number | null;
  made_ms: number;
}

export interface DecisionMade {
  decision: Decision;
  deed: 'decision' | 'second' | 'quality' | 'appeal';
  reason: string;
  decided_ms: number;
  reviewer: Person;
  policy_version: string;
  /** A second person's look, whether asked for before the decision took effect or as a sample of quality. */
  second: boolean;
  agrees: boolean | null;
}

export interface Appeal {
  words: string;
  made_ms: number;
  state: 'open' | 'upheld' | 'changed';
  reason?: string;
}

/** `messages` is the list here, where the queue counts them. */
export interface WholeCase extends Omit<QueueEntry, 'messages'> {
  reporters: Person[];
  alleged: Person;
  note: string;
  statement: string | null;
  report_list: { report: Id; received_ms: number; reporter: Person | null; harm: Harm }[];
  messages: EvidenceMessage[];
  /** First and last position of what was not reported between two verified messages of a conversation. */
  gaps: [number, number][];
  vouchers_list: CaseVoucher[];
  decisions: DecisionMade[];
  policy_version: string;
  second_pending: { decision: Decision; reason: string; by: Person } | null;
  appeal: Appeal | null;
  /** Identical files elsewhere. */
  duplicates: { sha256: string; cases: Id[] }[];
  statement_of_reasons: string | null;
}

export interface SavedView {
  name: string;
  /** A query string of GET /cases, for example "view=queue&harm=grooming". */
  query: string;
}

export interface CaseStatistics {
  open: number;
  awaiting_second: number;
  appeals: number;
  quarantined: number;
  overdue: number;
}

// --- What people are told ------------------------------------------------------------------------------------------

export interface OwnReport {
  report: Id;
  sent_ms: number;
  status: 'received' | 'being_reviewed' | 'decided';
  outcome: string | null;
}

export interface Notice {
  notice: Id;
  kind: 'statement_of_reasons' | 'report_update' | 'appeal_update';
  made_ms: number;
  title: string;
  body: string[];
  appealable: boolean;
  appeal: null | 'open' | 'upheld' | 'changed';
}
