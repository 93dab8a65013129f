// The device's own storage: one IndexedDB database per account, so that two accounts in one browser never meet.
//
// Writes are lists of changes that take effect together or not at all and are on disk when the promise resolves. An
// event of the relay is acknowledged only after that, so a closed tab loses nothing and shows nothing twice.
import type {
  Contact,
  Conversation,
  OutgoingItem,
  PendingCommit,
  PendingConversation,
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
  /** The service has taken note of this device's signature key. */
  announced: boolean;
  lastEvent: number;
  listKey: Uint8Array | null;
  manifestVersion: number;
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
};

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

export class Vault {
  private constructor(private readonly database: IDBDatabase) {}

  static async open(account: string): Promise<Vault> {
    const request = indexedDB.open(`lightkeeper-${account}`, 1);
    request.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(keyPaths)) {
        const store = request.result.createObjectStore(name, { keyPath, autoIncrement: name === 'outbox' });
        if (name === 'messages') store.createIndex('conversation', 'conversation');
      }
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
