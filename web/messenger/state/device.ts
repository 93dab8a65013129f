// This device's identity and its stock of key packages.
import { publishKeyPackages, publishSignatureKey, remainingKeyPackages } from '../../shared/api/messenger_api.ts';
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
  const record = { id: 'self' as const, identity, announced: false, lastEvent: 0, listKey: null, manifestVersion: 0 };
  await vault.write([put('self', record)]);
  return identity;
}

/** Tells the service this device's key, once. From then on others see it as the account's key. */
export async function announceKey(core: Core): Promise<void> {
  const record = await self(core);
  if (record.announced) return;
  await publishSignatureKey(record.identity.signatureKey);
  await core.vault.write([put('self', { ...(await self(core)), announced: true })]);
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
