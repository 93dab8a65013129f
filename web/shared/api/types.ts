// The service's HTTP API, version 1, as the pages use it. Ids are 32 hex digits, *_b64 is base64url without padding.

export type Role = 'person' | 'reviewer' | 'senior' | 'legal' | 'auditor' | 'admin';
export type Permission =
  | 'read_cases'
  | 'decide'
  | 'decide_second'
  | 'release_exposure'
  | 'prepare_report'
  | 'submit_report'
  | 'hold_evidence'
  | 'destroy_evidence'
  | 'arm_production'
  | 'read_audit'
  | 'invite_staff'
  | 'approve';
export type Id = string;

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail?: string;
  mend?: string;
}

export interface Config {
  service_name: string;
  demo: boolean;
  /** Where reports to hotlines go; the console shows it on every page. */
  environment: 'demo' | 'test' | 'production';
  oidc: { name: string } | null;
  test_picture: string | null;
  e2ee_words: string;
  /** How long the service keeps people's addresses; 0: not at all. */
  capture_days: number;
  keepers: string[];
  list_key_b64: string;
}

export interface SessionAnswer {
  account: Id;
  name: string;
  role: Role;
  token: string;
  expires_ms: number;
  permissions: Permission[];
  scopes: string[]; // harms that this member of staff sees; empty: all
  pseudonym: string; // of staff, in watermarks and signed events; empty for people
}

export interface PasskeyAttestation {
  challenge_id: string;
  credential_id_b64: string;
  client_data_json_b64: string;
  attestation_object_b64: string;
}

export interface PasskeyAssertion {
  challenge_id: string;
  credential_id_b64: string;
  client_data_json_b64: string;
  authenticator_data_b64: string;
  signature_b64: string;
}

export interface RegistrationOptions {
  challenge_id: string;
  challenge_b64: string;
  rp_id: string;
  rp_name: string;
  user_id_b64: string;
  user_verification: UserVerificationRequirement;
}

export interface AssertionOptions {
  challenge_id: string;
  challenge_b64: string;
  rp_id: string;
  credential_ids_b64: string[];
  user_verification: UserVerificationRequirement;
}

export interface Person {
  account: Id;
  name: string;
}

export interface DeviceRecord {
  device: Id;
  signature_key_b64: string;
  created_ms: number;
  vouched_by: Id | null;
  vouch_b64: string | null;
}

export interface OwnDeviceRecord extends DeviceRecord {
  name: string;
  current: boolean;
}

export interface PersonKeys extends Person {
  signature_keys_b64: string[];
  devices: DeviceRecord[];
}

export interface ClaimedKeyPackage {
  device: Id;
  key_package_b64: string;
}

export type ConversationKind = 'direct' | 'group';

export interface ServerConversation {
  conversation: Id;
  kind: ConversationKind;
  members: Person[];
  epoch: number;
  /** Who may remove people. */
  founder: Id | null;
}

export interface Accepted {
  seq: number;
  accepted_ms: number;
  context_b64: string;
  stamp_b64: string;
}

export type ReportReason = 'known_picture' | 'grooming' | 'threat' | 'unwanted' | 'other';

export interface ReportedMessage {
  content_b64: string;
  opening_key_b64: string;
  context_b64: string;
  stamp_b64: string;
}

export interface ReportBody {
  client_id: Id;
  reason: ReportReason;
  note: string;
  alleged: Id;
  messages: ReportedMessage[];
  statement?: string;
  /** The person's own word that somebody under 18 is affected. */
  minor?: boolean;
}

export interface Epoch {
  list_key_b64: string;
  version: number;
  keepers: string[];
}

// --- What a person learns of their reports, and of decisions about them

export interface OwnReport {
  report: Id;
  sent_ms: number;
  status: 'received' | 'being_reviewed' | 'decided';
  /** Plain words, without secrets of anybody. */
  outcome: string | null;
}

export interface PersonNotice {
  notice: Id;
  kind: 'statement_of_reasons' | 'report_update' | 'appeal_update';
  made_ms: number;
  title: string;
  body: string[];
  appealable: boolean;
  appeal: null | 'open' | 'upheld' | 'changed';
}
