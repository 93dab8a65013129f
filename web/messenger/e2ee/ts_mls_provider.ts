// MLS (RFC 9420) by ts-mls 1.6.4, cipher suite 1 (X25519, AES-128-GCM, SHA-256, Ed25519) on the browser's WebCrypto.
// ts-mls has had no professional audit; it is pinned exactly and stays behind provider.ts so that it can be replaced.
//
// Three things ts-mls 1.6.4 leaves to its caller, and where they are done here:
// - it accepts every credential by default: `authService` below asks our CredentialCheck, for every leaf it meets;
// - its result names neither the sender nor the authenticated data: `open` reads both, after decryption succeeded;
// - it accepts every commit: `onlyPeople` refuses commits that change more of the group than who is in it.
import {
  createApplicationMessage,
  createCommit,
  createGroup,
  createProposal,
  decodeGroupState,
  decodeMlsMessage,
  defaultKeyPackageEqualityConfig,
  defaultKeyRetentionConfig,
  defaultLifetimeConfig,
  defaultPaddingConfig,
  emptyPskIndex,
  encodeGroupState,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  getCiphersuiteFromName,
  getCiphersuiteImpl,
  joinGroup,
  processPrivateMessage,
  zeroOutUint8Array,
  type Capabilities,
  type CiphersuiteImpl,
  type ClientConfig,
  type ClientState,
  type Credential,
  type IncomingMessageCallback,
  type KeyPackage,
  type Proposal,
  type MLSMessage,
  type PrivateKeyPackage,
  type PrivateMessage,
  type RatchetTree,
} from 'ts-mls';
import { decodeKeyPackage, encodeKeyPackage, makeKeyPackageRef } from 'ts-mls/keyPackage.js';
import { decryptSenderData } from 'ts-mls/privateMessage.js';
import { equalBytes, fromHex, toHex } from '../../shared/bytes.ts';
import {
  E2eeError,
  type AccountId,
  type Change,
  type Committed,
  type ConversationId,
  type Created,
  type CredentialCheck,
  type DeviceIdentity,
  type E2eeProvider,
  type Joined,
  type KeyPackagePair,
  type Member,
  type Opened,
  type Sealed,
} from './provider.ts';

const SUITE = 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519';
const capabilities: Capabilities = {
  versions: ['mls10'],
  ciphersuites: [SUITE],
  extensions: [],
  proposals: [],
  credentials: ['basic'],
};
const THIRTY_DAYS_SECONDS = 30n * 24n * 3600n;
const CLOCK_SLACK_SECONDS = 24n * 3600n;

function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function accountOf(credential: Credential): AccountId {
  if (credential.credentialType !== 'basic') throw new E2eeError('credential_mismatch', 'not a basic credential');
  const identity = credential.identity;
  if (identity.length !== 16) throw new E2eeError('credential_mismatch', 'an identity that is no account id');
  return toHex(identity);
}

function membersOf(tree: RatchetTree): Member[] {
  return tree.flatMap((node) =>
    node?.nodeType === 'leaf'
      ? [{ account: accountOf(node.leaf.credential), signatureKey: node.leaf.signaturePublicKey }]
      : [],
  );
}

function readMessage(bytes: Uint8Array): MLSMessage {
  const decoded = decodeMlsMessage(bytes, 0);
  if (decoded === undefined || decoded[1] !== bytes.length) throw new E2eeError('bad_format', 'not one MLS message');
  return decoded[0];
}

// Stored half of a key package: three private keys and the package itself, each with a 4-byte length in front.
function packStored(pair: { publicPackage: KeyPackage; privatePackage: PrivateKeyPackage }): Uint8Array {
  const parts = [
    pair.privatePackage.initPrivateKey,
    pair.privatePackage.hpkePrivateKey,
    pair.privatePackage.signaturePrivateKey,
    encodeKeyPackage(pair.publicPackage),
  ];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    bytes.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytes;
}

function unpackStored(bytes: Uint8Array): { publicPackage: KeyPackage; privatePackage: PrivateKeyPackage } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const next = (): Uint8Array => {
    const length = view.getUint32(at);
    at += 4 + length;
    return bytes.slice(at - length, at);
  };
  const privatePackage = { initPrivateKey: next(), hpkePrivateKey: next(), signaturePrivateKey: next() };
  const decoded = decodeKeyPackage(next(), 0);
  if (decoded === undefined) throw new E2eeError('bad_format', 'a stored key package that cannot be read');
  return { privatePackage, publicPackage: decoded[0] };
}

// Devices come, go and renew their keys; joining from outside, re-initialising or changing extensions is not for us.
// Whether these people may come or go is the messenger's to judge (state/inbox.ts), before anything is stored.
const onlyPeople: IncomingMessageCallback = (incoming) =>
  incoming.kind === 'commit' &&
  incoming.senderLeafIndex !== undefined &&
  incoming.proposals.every((p) => p.proposal.proposalType === 'add' || p.proposal.proposalType === 'remove')
    ? 'accept'
    : 'reject';

function leafIndexOf(tree: RatchetTree, signatureKey: Uint8Array): number {
  const at = tree.findIndex((node) => node?.nodeType === 'leaf' && equalBytes(node.leaf.signaturePublicKey, signatureKey));
  if (at < 0) throw new E2eeError('bad_format', 'a device that is not in the group');
  return at / 2;
}

async function senderOf(state: ClientState, message: PrivateMessage, suite: CiphersuiteImpl): Promise<Member> {
  const past = state.historicalReceiverData.get(message.epoch);
  const present = message.epoch === state.groupContext.epoch;
  const secret = present ? state.keySchedule.senderDataSecret : past?.senderDataSecret;
  const tree = present ? state.ratchetTree : past?.ratchetTree;
  if (secret === undefined || tree === undefined) throw new E2eeError('decryption_failed', 'an epoch that is gone');
  const data = await decryptSenderData(message, secret, suite);
  const node = data === undefined ? undefined : tree[data.leafIndex * 2];
  if (node?.nodeType !== 'leaf') throw new E2eeError('decryption_failed', 'a sender that is no member');
  return { account: accountOf(node.leaf.credential), signatureKey: node.leaf.signaturePublicKey };
}

export class TsMlsProvider implements E2eeProvider {
  readonly #suite: CiphersuiteImpl;
  readonly #config: ClientConfig;
  // ts-mls turns a throwing credential check into the same failure as a false one, so the cause is kept aside.
  #undecided: unknown = null;
  #refused = false;

  private constructor(suite: CiphersuiteImpl, check: CredentialCheck) {
    this.#suite = suite;
    this.#config = {
      keyRetentionConfig: defaultKeyRetentionConfig,
      lifetimeConfig: defaultLifetimeConfig,
      keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
      paddingConfig: defaultPaddingConfig,
      authService: {
        validateCredential: async (credential, signatureKey) => {
          try {
            const allowed = await check.mayUse(accountOf(credential), signatureKey);
            if (!allowed) this.#refused = true;
            return allowed;
          } catch (error) {
            if (error instanceof E2eeError) this.#refused = true;
            else this.#undecided = error;
            return false;
          }
        },
      },
    };
  }

  static async create(check: CredentialCheck): Promise<TsMlsProvider> {
    return new TsMlsProvider(await getCiphersuiteImpl(getCiphersuiteFromName(SUITE)), check);
  }

  async createIdentity(account: AccountId): Promise<DeviceIdentity> {
    const pair = await this.#suite.signature.keygen();
    return { account, signatureKey: own(pair.publicKey), signaturePrivateKey: own(pair.signKey) };
  }

  async createKeyPackages(identity: DeviceIdentity, count: number): Promise<KeyPackagePair[]> {
    const pairs: KeyPackagePair[] = [];
    for (let made = 0; made < count; made++) {
      const pair = await this.#keyPackage(identity);
      pairs.push({
        reference: toHex(await makeKeyPackageRef(pair.publicPackage, this.#suite.hash)),
        published: encodeMlsMessage({
          version: 'mls10',
          wireformat: 'mls_key_package',
          keyPackage: pair.publicPackage,
        }),
        stored: packStored(pair),
      });
    }
    return pairs;
  }

  async create(identity: DeviceIdentity, conversation: ConversationId, invited: Uint8Array[]): Promise<Created> {
    const mine = await this.#keyPackage(identity);
    const empty = await createGroup(
      fromHex(conversation),
      mine.publicPackage,
      mine.privatePackage,
      [],
      this.#suite,
      this.#config,
    );
    const { state, welcome, members } = await this.#commit(empty, { add: invited, remove: [] });
    if (welcome.length === 0) throw new E2eeError('bad_format', 'nobody to add');
    return { state, welcome, members };
  }

  async join(welcome: Uint8Array, stored: Uint8Array[]): Promise<Joined> {
    const message = readMessage(welcome);
    if (message.wireformat !== 'mls_welcome') throw new E2eeError('bad_format', 'not a welcome');
    const wanted = new Set(message.welcome.secrets.map((secret) => toHex(secret.newMember)));
    for (const candidate of stored) {
      const pair = unpackStored(candidate);
      const reference = toHex(await makeKeyPackageRef(pair.publicPackage, this.#suite.hash));
      if (!wanted.has(reference)) continue;
      const state = await this.#guarded(() =>
        joinGroup(
          message.welcome,
          pair.publicPackage,
          pair.privatePackage,
          emptyPskIndex,
          this.#suite,
          undefined,
          undefined,
          this.#config,
        ),
      );
      const conversation = toHex(state.groupContext.groupId);
      return {
        state: encodeGroupState(state),
        conversation,
        members: membersOf(state.ratchetTree),
        epoch: Number(state.groupContext.epoch),
        usedReference: reference,
      };
    }
    throw new E2eeError('not_for_this_device', 'a welcome for another device');
  }

  async change(state: Uint8Array, change: Change): Promise<Committed> {
    return this.#commit(this.#read(state), change);
  }

  async leave(state: Uint8Array): Promise<Uint8Array> {
    const before = this.#read(state);
    const removed = before.privatePath.leafIndex;
    const result = await createProposal(before, false, { proposalType: 'remove', remove: { removed } }, this.#suite);
    return encodeMlsMessage(result.message);
  }

  async seal(state: Uint8Array, plaintext: Uint8Array, authenticatedData: Uint8Array): Promise<Sealed> {
    const result = await createApplicationMessage(this.#read(state), plaintext, this.#suite, authenticatedData);
    const sealed = {
      state: encodeGroupState(result.newState),
      message: encodeMlsMessage({
        version: 'mls10',
        wireformat: 'mls_private_message',
        privateMessage: result.privateMessage,
      }),
    };
    result.consumed.forEach(zeroOutUint8Array);
    return sealed;
  }

  async open(state: Uint8Array, bytes: Uint8Array): Promise<Opened> {
    const before = this.#read(state);
    const message = readMessage(bytes);
    if (message.wireformat !== 'mls_private_message') throw new E2eeError('bad_format', 'not a private message');
    let rejected = false;
    let leaving = false;
    const result = await this.#guarded(() =>
      processPrivateMessage(before, message.privateMessage, emptyPskIndex, this.#suite, (incoming) => {
        const action = onlyPeople(incoming);
        if (incoming.kind === 'proposal') {
          const { proposal, senderLeafIndex } = incoming.proposal;
          leaving = proposal.proposalType === 'remove' && proposal.remove.removed === senderLeafIndex;
        }
        rejected = action === 'reject';
        return action;
      }),
    );
    if (result.kind === 'newState') {
      const sender = await senderOf(before, message.privateMessage, this.#suite);
      // Taken note of and not applied: who takes the devices out names them in their own commit.
      if (leaving) return { kind: 'leaving', state: encodeGroupState(result.newState), sender };
      if (rejected) throw new E2eeError('bad_format', 'a change of the group that is not supported');
      return {
        kind: 'commit',
        state: encodeGroupState(result.newState),
        members: membersOf(result.newState.ratchetTree),
        by: sender,
        out: result.newState.groupActiveState.kind === 'removedFromGroup',
      };
    }
    const opened: Opened = {
      kind: 'message',
      sender: await senderOf(before, message.privateMessage, this.#suite),
      plaintext: own(result.message),
      authenticatedData: own(message.privateMessage.authenticatedData),
      state: encodeGroupState(result.newState),
    };
    result.consumed.forEach(zeroOutUint8Array);
    return opened;
  }

  members(state: Uint8Array): Member[] {
    return membersOf(this.#read(state).ratchetTree);
  }

  sign(identity: DeviceIdentity, bytes: Uint8Array): Promise<Uint8Array> {
    return this.#suite.signature.sign(identity.signaturePrivateKey, bytes);
  }

  async verify(signatureKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): Promise<boolean> {
    try {
      return await this.#suite.signature.verify(signatureKey, bytes, signature);
    } catch {
      return false; // not a key or not a signature at all
    }
  }

  async #keyPackage(identity: DeviceIdentity): Promise<{ publicPackage: KeyPackage; privatePackage: PrivateKeyPackage }> {
    const now = BigInt(Math.floor(Date.now() / 1000));
    return generateKeyPackageWithKey(
      { credentialType: 'basic', identity: fromHex(identity.account) },
      capabilities,
      { notBefore: now - CLOCK_SLACK_SECONDS, notAfter: now + THIRTY_DAYS_SECONDS },
      [],
      { signKey: identity.signaturePrivateKey, publicKey: identity.signatureKey },
      this.#suite,
    );
  }

  async #commit(state: ClientState, change: Change): Promise<Committed> {
    const adds = change.add.map((bytes): Proposal => {
      const message = readMessage(bytes);
      if (message.wireformat !== 'mls_key_package') throw new E2eeError('bad_format', 'not a key package');
      return { proposalType: 'add', add: { keyPackage: message.keyPackage } };
    });
    const removes = change.remove.map((key): Proposal => {
      return { proposalType: 'remove', remove: { removed: leafIndexOf(state.ratchetTree, key) } };
    });
    const result = await this.#guarded(() =>
      createCommit({ state, cipherSuite: this.#suite }, { extraProposals: [...removes, ...adds], ratchetTreeExtension: true }),
    );
    const committed = {
      state: encodeGroupState(result.newState),
      commit: encodeMlsMessage(result.commit),
      welcome:
        result.welcome === undefined
          ? new Uint8Array()
          : encodeMlsMessage({ version: 'mls10', wireformat: 'mls_welcome', welcome: result.welcome }),
      members: membersOf(result.newState.ratchetTree),
    };
    result.consumed.forEach(zeroOutUint8Array);
    return committed;
  }

  #read(state: Uint8Array): ClientState {
    const decoded = decodeGroupState(state, 0);
    if (decoded === undefined) throw new E2eeError('bad_format', 'a stored group that cannot be read');
    return { ...decoded[0], clientConfig: this.#config };
  }

  /** Tells apart: the check said no, the check could not tell, and everything else that ts-mls throws. */
  async #guarded<T>(operation: () => Promise<T>): Promise<T> {
    this.#undecided = null;
    this.#refused = false;
    try {
      return await operation();
    } catch (error) {
      if (this.#undecided !== null) throw this.#undecided;
      if (this.#refused) throw new E2eeError('credential_mismatch', 'a key that is not on record');
      if (error instanceof E2eeError) throw error;
      throw new E2eeError('decryption_failed', error instanceof Error ? error.message : 'unknown');
    }
  }
}
