// What a match discloses. It is shown before the first check, and again when what it says has changed; nothing is checked
// before the person has read it. A list that is renewed and says the same is not worth asking again.
import { effect } from '@preact/signals';
import type { EpochInfo } from '../guard/client.ts';
import { self, type Core } from './core.ts';
import { put } from './vault.ts';

const whatItSays = (listName: string, levels: readonly string[]): string => JSON.stringify([listName, ...levels]);

export async function loadLevels(core: Core, list: EpochInfo): Promise<void> {
  const checks = await core.guard.policy('receiving');
  core.screen.levelsRead.value = (await self(core)).levelsRead === whatItSays(list.listName, checks.levels);
  core.screen.checks.value = checks;
}

export async function confirmLevels(core: Core): Promise<void> {
  const { checks, list, levelsRead } = core.screen;
  if (checks.value === null || list.value === null) return;
  const read = whatItSays(list.value.listName, checks.value.levels);
  await core.serial.run(async () => core.vault.write([put('self', { ...(await self(core)), levelsRead: read })]));
  levelsRead.value = true;
}

/** Resolves when the person has read what a check discloses. */
export function untilLevelsRead(core: Core): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (!core.screen.levelsRead.value) return;
      resolve();
      queueMicrotask(() => stop());
    });
  });
}
