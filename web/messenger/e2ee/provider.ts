// What the messenger needs from an end-to-end encryption protocol, and nothing of how it does it.
//
// Every operation takes the state it starts from as opaque bytes and gives back the state it ends in. Nothing is kept
// in memory between calls, so the caller can write state and effect in one database transaction: what is not written
// did not happen. Who learns what: nothing here talks to the network, except through the CredentialCheck it is given.

export type AccountId = string; // 32 hex digits
export type ConversationId = string; // 32 hex digits

/** This device's long-lived signature key pair for one account. */
export interface DeviceIdentity {
  account: AccountId;
  signatureKey: Uint8Array<ArrayBuffer>;
  signaturePrivateKey: Uint8Array<ArrayBuffer>;
}

/** A one-time invitation to a group: `published` goes to the directory, `stored` stays on the device. */
export interface KeyPackagePair {
  reference: string; // hex, names the package in a welcome
  published: Uint8Array;
  stored: Uint8Array;
}

export interface Member {
  account: AccountId;
  signatureKey: Uint8Array;
}

export interface Created {
  state: Uint8Array;
  welcome: Uint8Array;
  members: Member[];
}

export interface Joined {
  state: Uint8Array;
  conversation: ConversationId;
  members: Member[];
  /** Of the group: how many commits there were. */
  epoch: number;
  usedReference: string;
}

export interface Committed {
  state: Uint8Array;
  commit: Uint8Array;
  /** Empty when nobody was added. */
  welcome: Uint8Array;
  members: Member[];
}

/** Both empty: only this device's keys change. */
export interface Change {
  /** Published key packages. */
  add: Uint8Array[];
  /** Signature keys of the leaves that go. */
  remove: Uint8Array[];
}

export interface Sealed {
  state: Uint8Array;
  message: Uint8Array;
}

export type Opened =
  | {
      kind: 'message';
      state: Uint8Array;
      plaintext: Uint8Array;
      /** Covered by the authenticated encryption; read only after it opened. */
      authenticatedData: Uint8Array;
      /** From the leaf whose key verified the signature, never from the content. */
      sender: Member;
    }
  | {
      kind: 'commit';
      state: Uint8Array;
      /** One for each device. */
      members: Member[];
      by: Member;
      /** This device is not in the group any more; the state opens nothing that comes after. */
      out: boolean;
    }
  /** The sender says that they leave; somebody else has to take their devices out. */
  | { kind: 'leaving'; state: Uint8Array; sender: Member };

/** Decides whether a key may speak for an account. Throwing means "cannot tell now"; false means "it may not". */
export interface CredentialCheck {
  mayUse(account: AccountId, signatureKey: Uint8Array): Promise<boolean>;
}

/** The message or the group does not hold: changed bytes, unknown keys, a credential that was refused. */
export class E2eeError extends Error {
  constructor(
    readonly code: 'decryption_failed' | 'credential_mismatch' | 'bad_format' | 'not_for_this_device',
    detail: string,
  ) {
    super(detail);
    this.name = 'E2eeError';
  }
}

export interface E2eeProvider {
  createIdentity(account: AccountId): Promise<DeviceIdentity>;
  createKeyPackages(identity: DeviceIdentity, count: number): Promise<KeyPackagePair[]>;
  /** A new group with everyone in it. `invited` are the others' published key packages. */
  create(identity: DeviceIdentity, conversation: ConversationId, invited: Uint8Array[]): Promise<Created>;
  /** `own` are the stored halves of this device's key packages that are not used yet. */
  join(welcome: Uint8Array, own: Uint8Array[]): Promise<Joined>;
  change(state: Uint8Array, change: Change): Promise<Committed>;
  /** The statement that this device's person leaves. The state does not move: nothing follows it. */
  leave(state: Uint8Array): Promise<Uint8Array>;
  seal(state: Uint8Array, plaintext: Uint8Array, authenticatedData: Uint8Array): Promise<Sealed>;
  open(state: Uint8Array, message: Uint8Array): Promise<Opened>;
  members(state: Uint8Array): Member[];
  /** With the device's long-lived key, over bytes that start with a label of their own. */
  sign(identity: DeviceIdentity, bytes: Uint8Array): Promise<Uint8Array>;
  verify(signatureKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean>;
}
