// One's own devices. A new one is asked about on the earlier ones, in the open; only after the person has said that it is
// theirs does an earlier device vouch for it and take it into the conversations. It sees what comes after that.
import { listDevices, removeDevice, vouchForDevice } from '../../shared/api/messenger_api.ts';
import { equalBytes } from '../../shared/bytes.ts';
import { vouchedFor, vouchStatement, type SeenDevice } from '../e2ee/credential_check.ts';
import type { Core } from './core.ts';

export interface OwnDevice extends SeenDevice {
  name: string;
  current: boolean;
  /**
   * 'confirmed': this one, an earlier one, or vouched for. 'asks': came later, and nobody has said yet whose it is.
   * 'waits': this one, until an earlier one has confirmed it.
   */
  state: 'confirmed' | 'asks' | 'waits';
}

export async function refreshOwnDevices(core: Core): Promise<OwnDevice[]> {
  const records = await listDevices();
  const seen = await core.directory.checked(core.session.account, records);
  const mine = seen.find((one) => equalBytes(one.key, core.identity.signatureKey));
  const since = mine?.since ?? 0;
  const earlier = seen.filter((one) => one.since < since || one === mine).map((one) => one.key);
  const trusted = vouchedFor(earlier, seen);
  const alone = seen.every((one) => one === mine || one.since >= since);
  const devices = seen.map((one, at): OwnDevice => {
    const record = records[at];
    const known = trusted.some((key) => equalBytes(key, one.key));
    const waits = one === mine && !alone && one.vouchedBy === null;
    const state = waits ? 'waits' : known ? 'confirmed' : 'asks';
    return { ...one, name: record?.name ?? '', current: one === mine, state };
  });
  core.screen.devices.value = devices;
  return devices;
}

export const confirmedKeys = (devices: OwnDevice[] | null): Uint8Array[] | null =>
  devices?.filter((one) => one.state !== 'asks').map((one) => one.key) ?? null;

/** The person compared the code and says: this is mine. */
export async function confirmDevice(core: Core, device: OwnDevice): Promise<void> {
  const statement = vouchStatement(core.session.account, device.key);
  await vouchForDevice(device.device, await core.provider.sign(core.identity, statement));
  await refreshOwnDevices(core);
}

/** Not mine, or lost. What is written from then on is encrypted to keys that it never had. */
export async function dropDevice(core: Core, device: OwnDevice): Promise<void> {
  await removeDevice(device.device);
  await refreshOwnDevices(core);
}
