// This device's identity and its stock of key packages.
import { publishKeyPackages, remainingKeyPackages, useDevice } from '../../shared/api/messenger_api.ts';
import { t } from '../../shared/strings/index.ts';
import type { DeviceIdentity, E2eeProvider } from '../e2ee/provider.ts';
import type { Core } from './core.ts';
import { self } from './core.ts';
import { put, type Vault } from './vault.ts';

const STOCK = 20;
const REFILL_BELOW = 10;

/** The stored identity, or null on a device that sees this account for the first time. */
export async function storedIdentity(vault: Vault): Promise<DeviceIdentity | null> {
  return (await vault.get('self', 'self'))?.identity ?? null;
}

export async function firstIdentity(vault: Vault, provider: E2eeProvider, account: string): Promise<DeviceIdentity> {
  const identity = await provider.createIdentity(account);
  const record = { id: 'self' as const, identity, device: null, lastEvent: 0, listKey: null, manifestVersion: 0 };
  await vault.write([put('self', record)]);
  return identity;
}

/** Words by which a person tells their devices apart; only they see them. */
export function deviceName(): string {
  const agent = navigator.userAgent;
  const browser = /Firefox/.test(agent) ? 'Firefox' : /Edg\//.test(agent) ? 'Edge' : /Chrome/.test(agent) ? 'Chrome' : /Safari/.test(agent) ? 'Safari' : '';
  const system = /Android/.test(agent) ? 'Android' : /iPhone|iPad/.test(agent) ? 'iOS' : /Windows/.test(agent) ? 'Windows' : /Mac/.test(agent) ? 'macOS' : /Linux/.test(agent) ? 'Linux' : '';
  return t.devices.nameOf(browser, system);
}

/** Tells the service which device this session is, at every start: a session of a lost device ends with the device. */
export async function announceDevice(core: Core): Promise<void> {
  const device = await useDevice(core.identity.signatureKey, deviceName());
  const record = await self(core);
  if (record.device !== device) await core.vault.write([put('self', { ...record, device })]);
}

/** Private halves are stored before the public halves leave, so that no welcome arrives that cannot be opened. */
export async function refillKeyPackages(core: Core): Promise<void> {
  const unpublished = (await core.vault.all('keyPackages')).filter((record) => !record.published);
  const remaining = await remainingKeyPackages();
  let ready = unpublished;
  if (remaining + unpublished.length < REFILL_BELOW) {
    const pairs = await core.serial.run(() => core.provider.createKeyPackages(core.identity, STOCK - remaining));
    const made = pairs.map((pair) => ({
      reference: pair.reference,
      stored: pair.stored,
      publishedBytes: pair.published,
      published: false,
    }));
    await core.vault.write(made.map((record) => put('keyPackages', record)));
    ready = [...unpublished, ...made];
  }
  if (ready.length === 0) return;
  await publishKeyPackages(ready.map((record) => record.publishedBytes));
  await core.vault.write(ready.map((record) => put('keyPackages', { ...record, published: true })));
}
