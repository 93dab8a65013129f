// What this device keeps for one account. Everything here is readable by whoever can open this browser profile.
import type { ConversationKind, Id } from '../../shared/api/types.ts';
import type { Trust } from '../e2ee/credential_check.ts';
import type { AttachmentDescriptor, Verdict } from '../guard/client.ts';

export interface ConversationMember {
  account: Id;
  name: string;
  /** Of the member's leaf in the group: the key that really opens and signs here. */
  signatureKey: Uint8Array;
}

export interface Conversation {
  id: Id;
  kind: ConversationKind;
  members: ConversationMember[]; // without this account
  /** The encryption state; null when the group could not be opened safely. */
  state: Uint8Array | null;
  /** The service's count of commits, needed to post the next one. */
  epoch: number;
  lastAt: number;
  lastLine: string;
  unread: number;
  hidden: number; // messages of blocked people that are not shown
  lastSeq: number;
  /** Somebody new wrote first; the question "do you know them?" is open. */
  firstContact: 'ask' | 'advise' | 'settled';
}

export interface FrankEvidence {
  content_b64: string;
  opening_key_b64: string;
  context_b64: string;
  stamp_b64: string;
}

export type NoticeKind = 'started' | 'added' | 'unverifiable' | 'unreadable' | 'mismatch';

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

export interface ChatMessage extends MessageBase {
  kind: 'text' | 'picture';
  sender: Id;
  mine: boolean;
  body: string;
  attachment: AttachmentDescriptor | null;
  status: 'waiting' | 'accepted' | 'failed';
  evidence: FrankEvidence;
}

export type StoredMessage = Notice | ChatMessage;

export interface Contact {
  account: Id;
  name: string;
  pinnedKey: Uint8Array;
  trust: Trust;
  /** What the directory or a group showed last; differs from pinnedKey while trust is 'changed'. */
  seenKey: Uint8Array;
  blocked: boolean;
}

export interface StoredPicture {
  attachment: Id;
  mediaType: string;
  width: number;
  height: number;
  bytes: Uint8Array<ArrayBuffer>;
  verdict: Verdict;
}

export interface OutgoingItem {
  order?: number; // given by the database, the sending order
  conversation: Id;
  messageKey: string;
  clientId: Id;
  mls_b64: string;
  commitment_b64: string;
}

export interface PendingCommit {
  conversation: Id; // at most one per conversation
  clientId: Id;
  epoch: number;
  mls_b64: string;
  welcome_b64: string;
  newMembers: ConversationMember[];
  nextState: Uint8Array;
  members: ConversationMember[];
}

export interface PendingConversation {
  conversation: Id;
  clientId: Id;
  kind: ConversationKind;
  members: Id[];
  welcome_b64: string;
}
