// What this device keeps for one account. Everything here is readable by whoever can open this browser profile.
import type { ConversationKind, Id, ReportReason } from '../../shared/api/types.ts';
import type { Trust } from '../e2ee/credential_check.ts';
import type { AttachmentDescriptor, Verdict } from '../guard/client.ts';

export interface ConversationMember {
  account: Id;
  name: string;
  /** Of the member's leaves in the group, one for each device: the keys that really open and sign here. */
  signatureKeys: Uint8Array[];
}

export interface Conversation {
  id: Id;
  kind: ConversationKind;
  members: ConversationMember[]; // without this account
  /** This account's leaves, this device's among them. */
  ownKeys: Uint8Array[];
  /** The encryption state; null when the group could not be opened safely, or is not ours any more. */
  state: Uint8Array | null;
  /** Why nothing can be written any more. */
  ended: 'left' | 'removed' | null;
  /** The service's count of commits, needed to post the next one. */
  epoch: number;
  /** Who may remove people. */
  founder: Id | null;
  /** People who said that they leave; their devices are still to be taken out of the group. */
  leaving: Id[];
  lastAt: number;
  lastLine: string;
  unread: number;
  hidden: number; // messages of blocked people that are not shown
  lastSeq: number;
  /** The first position that this device could see. */
  firstSeq: number;
  /** Seconds after which messages written from now on disappear; 0 never. */
  timer: number;
  /** Since this device last renewed its keys here. */
  renewedAt: number;
  sentSince: number;
  /** Somebody new wrote first; the question "do you know them?" is open. */
  firstContact: 'ask' | 'advise' | 'settled';
}

export interface FrankEvidence {
  content_b64: string;
  opening_key_b64: string;
  context_b64: string;
  stamp_b64: string;
}

export type NoticeKind =
  | 'started'
  | 'added'
  | 'removed'
  | 'left'
  | 'you-left'
  | 'you-were-removed'
  | 'device-joined'
  | 'device-new'
  | 'device-confirmed'
  | 'device-removed'
  | 'unverifiable'
  | 'unreadable'
  | 'refused'
  | 'mismatch';

interface MessageBase {
  key: string; // `${conversation}/${sender}/${clientId}`: the same message is stored once
  conversation: Id;
  order: number;
  at: number;
}

export interface Notice extends MessageBase {
  kind: 'notice';
  notice: NoticeKind;
  names: string[];
}

/** One version of a message after the first, each a message of its own with its own stamp. */
export interface Version {
  seq: number;
  at: number;
  body: string;
  evidence: FrankEvidence;
}

export interface ChatMessage extends MessageBase {
  kind: 'text' | 'picture' | 'timer';
  sender: Id;
  mine: boolean;
  /** Of the newest version. */
  body: string;
  attachment: AttachmentDescriptor | null;
  status: 'waiting' | 'accepted' | 'failed';
  evidence: FrankEvidence;
  /** What edits name. */
  commitment_b64: string;
  /** The body as it was first sent, once there are edits. */
  firstBody: string | null;
  versions: Version[];
  /** Seconds; of a timer the new value. */
  expiresAfter: number;
  /** When this device deletes it; null: never, or not before it was on the screen. */
  expiresAt: number | null;
}

/** An edit on its way, or one that came before what it edits could be found. */
export interface PendingEdit {
  key: string;
  conversation: Id;
  target: string; // key of the message
  body: string;
  at: number;
  evidence: FrankEvidence;
}

export type StoredMessage = Notice | ChatMessage;

export interface Contact {
  account: Id;
  name: string;
  pinnedKeys: Uint8Array[];
  trust: Trust;
  /** What the directory showed last; differs from pinnedKeys while trust is 'changed'. */
  seenKeys: Uint8Array[];
  blocked: boolean;
}

export interface StoredPicture {
  attachment: Id;
  mediaType: string;
  width: number;
  height: number;
  bytes: Uint8Array<ArrayBuffer>;
  verdict: Verdict;
  /** Client id of the voucher that the service gets because of the match; null or absent: there is none. */
  voucher?: Id | null;
}

/** A match that the service is to learn, from the match (or the report) until the service has it. */
export interface KeptVoucher {
  clientId: Id;
  state: 'waiting' | 'refused';
  conversation: Id;
  /** The finished voucher; what it is made of goes when it is made. */
  voucher_b64: string | null;
  /** Stopped before it was sent: the sealed picture, and its key until it was uploaded under a name of the service. */
  stopped: { ciphertext: Uint8Array; descriptor: AttachmentDescriptor; uploaded: boolean } | null;
  /** Received and reported by the person: the message of the picture. */
  reported: { descriptor: AttachmentDescriptor; evidence: FrankEvidence } | null;
}

export interface OutgoingItem {
  order?: number; // given by the database, the sending order
  conversation: Id;
  messageKey: string;
  clientId: Id;
  mls_b64: string;
  commitment_b64: string;
  /** What is inside of the encryption, so that it can be encrypted anew when the group has moved on. */
  payload: Uint8Array;
  /** The service's count of commits when it was encrypted. */
  epoch: number;
}

export interface PendingCommit {
  conversation: Id; // at most one per conversation
  clientId: Id;
  epoch: number;
  mls_b64: string;
  welcome_b64: string;
  newMembers: ConversationMember[];
  newDevices: Id[];
  removedMembers: Id[];
  nextState: Uint8Array;
  members: ConversationMember[];
  ownKeys: Uint8Array[];
}

export interface PendingConversation {
  conversation: Id;
  clientId: Id;
  kind: ConversationKind;
  members: Id[];
  welcome_b64: string;
}

/** A report that is being written, or waits for a connection. What it needs stays here until it is sent or discarded. */
export interface KeptReport {
  clientId: Id;
  state: 'draft' | 'waiting';
  savedAt: number;
  conversation: Id;
  alleged: Id;
  reason: ReportReason;
  note: string;
  statement: string;
  /** Copies: they outlive the messages of a conversation whose messages disappear. */
  messages: ChatMessage[];
  /** Keys of the versions that are shared, as `${message key}#${position}`; all unless the person took one out. */
  left: string[];
}
