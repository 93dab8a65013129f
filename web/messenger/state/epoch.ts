// The list's files for the guard. The list key is pinned on first use and versions only rise: a service that swaps the
// list or rolls it back is refused.
import { readEpoch, readEpochPart } from '../../shared/api/messenger_api.ts';
import { equalBytes, fromBase64Url } from '../../shared/bytes.ts';
import { self, type Core } from './core.ts';
import { loadLevels } from './levels.ts';
import { put } from './vault.ts';

export class ListRefused extends Error {
  readonly code = 'bad_signature';
}

/** Resolves when a list is installed. Calls while one is being fetched join it. */
export function ensureList(core: Core): Promise<void> {
  if (core.screen.list.value !== null) return Promise.resolve();
  core.installing ??= installList(core).finally(() => {
    core.installing = null;
  });
  return core.installing;
}

async function installList(core: Core): Promise<void> {
  const epoch = await readEpoch();
  const listKey = fromBase64Url(epoch.list_key_b64);
  const record = await self(core);
  if (record.listKey !== null && !equalBytes(record.listKey, listKey)) throw new ListRefused('another list key than the pinned one');
  const [manifest, tiles, leaves] = await Promise.all([
    readEpochPart('manifest'),
    readEpochPart('tiles'),
    readEpochPart('leaves'),
  ]);
  const leastVersion = record.manifestVersion;
  const files = { manifest, listKey, tiles, leaves, nowMs: Date.now(), leastVersion };
  const installed = await core.guard.installEpoch(files);
  await core.vault.write([put('self', { ...(await self(core)), listKey, manifestVersion: installed.version })]);
  await loadLevels(core, installed);
  core.screen.list.value = installed;
}
