import { fromBase64Url, toBase64Url } from '../bytes.ts';
import { fetchBytes, send, sendJson } from './http.ts';
import type {
  Accepted,
  ClaimedKeyPackage,
  ConversationKind,
  Epoch,
  Id,
  OwnDeviceRecord,
  OwnReport,
  Person,
  PersonKeys,
  PersonNotice,
  ReportBody,
  ServerConversation,
} from './types.ts';

/** Says which device this session is. A key that the service doesn't know makes a new device, in the open. */
export const useDevice = async (key: Uint8Array, name: string): Promise<Id> =>
  (
    await sendJson<{ device: Id }>('/api/v1/devices/current', {
      method: 'PUT',
      json: { signature_key_b64: toBase64Url(key), name },
    })
  ).device;

export const listDevices = async (): Promise<OwnDeviceRecord[]> =>
  (await sendJson<{ devices: OwnDeviceRecord[] }>('/api/v1/devices')).devices;

export async function removeDevice(device: Id): Promise<void> {
  await send(`/api/v1/devices/${device}`, { method: 'DELETE' });
}

export async function vouchForDevice(device: Id, signature: Uint8Array): Promise<void> {
  await send(`/api/v1/devices/${device}/vouch`, { method: 'POST', json: { signature_b64: toBase64Url(signature) } });
}

export async function claimOwnKeyPackage(device: Id): Promise<Uint8Array<ArrayBuffer>> {
  const path = `/api/v1/devices/${device}/key-package`;
  return fromBase64Url((await sendJson<{ key_package_b64: string }>(path, { method: 'POST', json: {} })).key_package_b64);
}

/** Exact names only: the service offers no search, so that nobody can leaf through people. */
export async function findPerson(name: string): Promise<Person | null> {
  const { people } = await sendJson<{ people: Person[] }>(`/api/v1/people?name=${encodeURIComponent(name)}`);
  return people[0] ?? null;
}

export const readPerson = (account: Id): Promise<PersonKeys> => sendJson(`/api/v1/people/${account}`);

export async function publishKeyPackages(packages: Uint8Array[]): Promise<void> {
  await send('/api/v1/key-packages', { method: 'POST', json: { key_packages_b64: packages.map(toBase64Url) } });
}

export const remainingKeyPackages = async (): Promise<number> =>
  (await sendJson<{ remaining: number }>('/api/v1/key-packages')).remaining;

/** One for each device of the person, but this one. */
export async function claimKeyPackages(account: Id): Promise<Uint8Array<ArrayBuffer>[]> {
  const path = `/api/v1/people/${account}/key-package`;
  const answer = await sendJson<{ key_packages: ClaimedKeyPackage[] }>(path, { method: 'POST', json: {} });
  return answer.key_packages.map((one) => fromBase64Url(one.key_package_b64));
}

export interface NewConversation {
  conversation: Id;
  kind: ConversationKind;
  members: Id[];
  client_id: Id;
  epoch: number;
  welcome_b64: string;
}
export const createConversation = (body: NewConversation): Promise<{ conversation: Id }> =>
  sendJson('/api/v1/conversations', { method: 'POST', json: body });

export const listConversations = async (): Promise<ServerConversation[]> =>
  (await sendJson<{ conversations: ServerConversation[] }>('/api/v1/conversations')).conversations;

export interface OutgoingMessage {
  client_id: Id;
  mls_b64: string;
  commitment_b64: string;
  epoch?: number;
}
export const postMessage = (conversation: Id, body: OutgoingMessage): Promise<Accepted> =>
  sendJson(`/api/v1/conversations/${conversation}/messages`, { method: 'POST', json: body });

export interface OutgoingCommit {
  client_id: Id;
  epoch: number;
  mls_b64: string;
  welcome_b64?: string;
  new_members?: Id[];
  new_devices?: Id[];
  removed_members?: Id[];
}
export const postCommit = (conversation: Id, body: OutgoingCommit): Promise<{ epoch: number }> =>
  sendJson(`/api/v1/conversations/${conversation}/commits`, { method: 'POST', json: body });

export async function postLeave(conversation: Id, body: { client_id: Id; mls_b64: string }): Promise<void> {
  await send(`/api/v1/conversations/${conversation}/leave`, { method: 'POST', json: body });
}

export async function uploadAttachment(conversation: Id, ciphertext: Uint8Array<ArrayBuffer>): Promise<Id> {
  const path = `/api/v1/attachments?conversation=${conversation}`;
  return (await sendJson<{ attachment: Id }>(path, { method: 'POST', octets: ciphertext })).attachment;
}

export const downloadAttachment = (attachment: Id): Promise<Uint8Array<ArrayBuffer>> =>
  fetchBytes(`/api/v1/attachments/${attachment}`);

export const sendReport = (body: ReportBody): Promise<{ report: Id }> =>
  sendJson('/api/v1/reports', { method: 'POST', json: body });

export const sendVoucher = (body: { client_id: Id; voucher_b64: string }): Promise<{ report: Id }> =>
  sendJson('/api/v1/vouchers', { method: 'POST', json: body });

export const listOwnReports = async (): Promise<OwnReport[]> =>
  (await sendJson<{ reports: OwnReport[] }>('/api/v1/reports')).reports;

export const listNotices = async (): Promise<PersonNotice[]> =>
  (await sendJson<{ notices: PersonNotice[] }>('/api/v1/notices')).notices;

export const appealNotice = (notice: Id, words: string): Promise<{ state: 'open' }> =>
  sendJson(`/api/v1/notices/${notice}/appeal`, { method: 'POST', json: { words } });

export const readEpoch = (): Promise<Epoch> => sendJson('/api/v1/epoch');
export const readEpochPart = (part: 'manifest' | 'tiles' | 'leaves'): Promise<Uint8Array<ArrayBuffer>> =>
  fetchBytes(`/api/v1/epoch/${part}`);
