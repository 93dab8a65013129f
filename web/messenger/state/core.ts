// What the parts of the messenger share while one account is signed in.
import { signal } from '@preact/signals';
import type { SessionAnswer } from '../../shared/api/types.ts';
import type { DirectoryCheck } from '../e2ee/credential_check.ts';
import type { DeviceIdentity, E2eeProvider } from '../e2ee/provider.ts';
import type { CheckPolicy, EpochInfo, GuardClient } from '../guard/client.ts';
import type { Contact, Conversation, KeptReport, KeptVoucher, StoredMessage } from './model.ts';
import type { OwnDevice } from './own_devices.ts';
import type { RelayStatus } from './relay.ts';
import type { Serial } from './serial.ts';
import type { Change, SelfRecord, Vault } from './vault.ts';

/** What the screen shows. Written only here in state/, read by the views. */
export class Screen {
  readonly conversations = signal<Conversation[]>([]);
  readonly contacts = signal<ReadonlyMap<string, Contact>>(new Map());
  readonly openConversation = signal<string | null>(null);
  readonly messages = signal<StoredMessage[]>([]);
  /** One's own devices; null until the service was asked. */
  readonly devices = signal<OwnDevice[] | null>(null);
  /** Reports that were not sent yet. */
  readonly keptReports = signal<KeptReport[]>([]);
  /** Matches that the service does not know yet, or that it refused to take. */
  readonly keptVouchers = signal<KeptVoucher[]>([]);
  readonly relay = signal<RelayStatus>('connecting');
  readonly list = signal<EpochInfo | null>(null);
  /** What a match discloses with this list; null until there is one. */
  readonly checks = signal<CheckPolicy | null>(null);
  /** Whether the person has read that; before, nothing is checked. */
  readonly levelsRead = signal(false);
  /** Read out by screen readers; each value once. */
  readonly announcement = signal<{ text: string; count: number }>({ text: '', count: 0 });

  announce(text: string): void {
    this.announcement.value = { text, count: this.announcement.value.count + 1 };
  }
}

export interface Core {
  session: SessionAnswer;
  vault: Vault;
  provider: E2eeProvider;
  directory: DirectoryCheck;
  identity: DeviceIdentity;
  guard: GuardClient;
  /** While the list's files are being fetched. */
  installing: Promise<void> | null;
  /** Matches that the guard still remembers, by the key of their message or the client id of their voucher. */
  matches: Map<string, number>;
  serial: Serial;
  screen: Screen;
}

/** Stores the changes and brings the screen up to date with what is stored. */
export async function commit(core: Core, changes: Change[]): Promise<void> {
  await core.vault.write(changes);
  await refresh(core);
}

export async function refresh(core: Core): Promise<void> {
  const { screen, vault } = core;
  const [conversations, contacts, reports, vouchers] = await Promise.all([
    vault.all('conversations'),
    vault.all('contacts'),
    vault.all('reports'),
    vault.all('vouchers'),
  ]);
  screen.keptVouchers.value = vouchers;
  screen.keptReports.value = reports.sort((a, b) => b.savedAt - a.savedAt);
  screen.conversations.value = conversations.sort((a, b) => b.lastAt - a.lastAt);
  screen.contacts.value = new Map(contacts.map((contact) => [contact.account, contact]));
  const open = screen.openConversation.value;
  const messages = open === null ? [] : await vault.messagesOf(open);
  // A refresh that began before the person opened another conversation must not put the old one back.
  if (screen.openConversation.value === open) screen.messages.value = messages;
}

export async function self(core: Pick<Core, 'vault'>): Promise<SelfRecord> {
  const record = await core.vault.get('self', 'self');
  if (record === null) throw new Error('this device has no identity yet');
  return record;
}
