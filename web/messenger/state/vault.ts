// The device's own storage: one IndexedDB database per account, so that two accounts in one browser never meet.
//
// Writes are lists of changes that take effect together or not at all and are on disk when the promise resolves. An
// event of the relay is acknowledged only after that, so a closed tab loses nothing and shows nothing twice.
import type {
  Contact,
  Conversation,
  KeptReport,
  KeptVoucher,
  OutgoingItem,
  PendingCommit,
  PendingConversation,
  PendingEdit,
  StoredMessage,
  StoredPicture,
} from './model.ts';
import type { DeviceIdentity } from '../e2ee/provider.ts';

export interface KeyPackageRecord {
  reference: string;
  stored: Uint8Array;
  published: boolean;
  publishedBytes: Uint8Array;
}

export interface SelfRecord {
  id: 'self';
  identity: DeviceIdentity;
  /** The service's name of this device; null until it has taken note of its key. */
  device: string | null;
  lastEvent: number;
  listKey: Uint8Array | null;
  manifestVersion: number;
  /** What the person has read about what a match discloses (levels.ts). */
  levelsRead?: string;
}

interface Records {
  self: SelfRecord;
  keyPackages: KeyPackageRecord;
  conversations: Conversation;
  messages: StoredMessage;
  contacts: Contact;
  pictures: StoredPicture;
  outbox: OutgoingItem;
  commits: PendingCommit;
  creations: PendingConversation;
  edits: PendingEdit;
  reports: KeptReport;
  vouchers: KeptVoucher;
}
type StoreName = keyof Records;

const keyPaths: Record<StoreName, string> = {
  self: 'id',
  keyPackages: 'reference',
  conversations: 'id',
  messages: 'key',
  contacts: 'account',
  pictures: 'attachment',
  outbox: 'order',
  commits: 'conversation',
  creations: 'conversation',
  edits: 'key',
  reports: 'clientId',
  vouchers: 'clientId',
};
const VERSION = 3;
/** Of what was encrypted before epochs were noted. */
export const UNKNOWN_EPOCH = -1;

export type Change =
  | { [S in StoreName]: { store: S; put: Records[S] } }[StoreName]
  | { store: StoreName; remove: IDBValidKey };

export const put = <S extends StoreName>(store: S, record: Records[S]): Change => ({ store, put: record }) as Change;
export const remove = (store: StoreName, key: IDBValidKey): Change => ({ store, remove: key });

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the database refused a read'));
  });
}

type Old = Record<string, unknown>;

/** One device of each person, and neither edits nor times: every record gets what it had all along, under a new name. */
function fromVersion1(transaction: IDBTransaction): void {
  const change = (store: StoreName, to: (old: Old) => Old): void => {
    const cursor = transaction.objectStore(store).openCursor();
    cursor.onsuccess = () => {
      const at = cursor.result;
      if (at === null) return;
      at.update(to(at.value as Old));
      at.continue();
    };
  };
  const member = ({ signatureKey, ...rest }: Old): Old => ({ ...rest, signatureKeys: [signatureKey] });
  const members = (list: unknown): Old[] => (list as Old[]).map(member);
  change('self', ({ announced: _, ...rest }) => ({ ...rest, device: null }));
  change('contacts', ({ pinnedKey, seenKey, ...rest }) => ({ ...rest, pinnedKeys: [pinnedKey], seenKeys: [seenKey] }));
  change('conversations', (old) => ({
    ...old,
    members: members(old.members),
    ownKeys: [],
    ended: null,
    founder: null,
    leaving: [],
    firstSeq: 1,
    timer: 0,
    renewedAt: 0,
    sentSince: 0,
  }));
  change('messages', (old) =>
    old.kind === 'notice'
      ? old
      : { ...old, commitment_b64: '', firstBody: null, versions: [], expiresAfter: 0, expiresAt: null },
  );
  change('outbox', (old) => ({ ...old, payload: new Uint8Array(), epoch: UNKNOWN_EPOCH }));
  change('commits', (old) => ({
    ...old,
    newMembers: members(old.newMembers),
    members: members(old.members),
    newDevices: [],
    removedMembers: [],
    ownKeys: [],
  }));
}

export class Vault {
  private constructor(private readonly database: IDBDatabase) {}

  static async open(account: string): Promise<Vault> {
    const request = indexedDB.open(`lightkeeper-${account}`, VERSION);
    request.onupgradeneeded = (event) => {
      const names = request.result.objectStoreNames;
      for (const [name, keyPath] of Object.entries(keyPaths)) {
        if (names.contains(name)) continue;
        const store = request.result.createObjectStore(name, { keyPath, autoIncrement: name === 'outbox' });
        if (name === 'messages') store.createIndex('conversation', 'conversation');
      }
      if (event.oldVersion === 1 && request.transaction !== null) fromVersion1(request.transaction);
    };
    return new Vault(await settled(request));
  }

  close(): void {
    this.database.close();
  }

  async get<S extends StoreName>(store: S, key: IDBValidKey): Promise<Records[S] | null> {
    const found = await settled(this.database.transaction(store).objectStore(store).get(key));
    return (found as Records[S] | undefined) ?? null;
  }

  async all<S extends StoreName>(store: S): Promise<Records[S][]> {
    return settled(this.database.transaction(store).objectStore(store).getAll()) as Promise<Records[S][]>;
  }

  async messagesOf(conversation: string): Promise<StoredMessage[]> {
    const index = this.database.transaction('messages').objectStore('messages').index('conversation');
    const found = (await settled(index.getAll(conversation))) as StoredMessage[];
    return found.sort((a, b) => a.order - b.order || a.at - b.at);
  }

  write(changes: Change[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const stores = [...new Set(changes.map((change) => change.store))];
      const transaction = this.database.transaction(stores, 'readwrite', { durability: 'strict' });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('the database refused a write'));
      for (const change of changes) {
        const store = transaction.objectStore(change.store);
        if ('put' in change) store.put(change.put);
        else store.delete(change.remove);
      }
    });
  }
}
