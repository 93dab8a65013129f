// What an older version of this page stored and the database could not translate by itself: it needs the encryption.
import type { Core } from './core.ts';
import { commitmentFor } from './edits.ts';
import { put, type Change } from './vault.ts';

export async function finishMigration(core: Core): Promise<void> {
  const changes: Change[] = [];
  for (const conversation of await core.vault.all('conversations')) {
    if (conversation.state === null || conversation.ownKeys.length > 0) continue;
    const own = core.provider.members(conversation.state).filter((one) => one.account === core.session.account);
    changes.push(put('conversations', { ...conversation, ownKeys: own.map((one) => one.signatureKey) }));
  }
  for (const message of await core.vault.all('messages')) {
    if (message.kind === 'notice' || message.commitment_b64 !== '') continue;
    changes.push(put('messages', { ...message, commitment_b64: await commitmentFor(message.evidence) }));
  }
  if (changes.length > 0) await core.vault.write(changes);
}

