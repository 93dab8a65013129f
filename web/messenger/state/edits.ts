// Versions of a message. The newest is shown, all are kept: each has its own stamp and can be reported.
import { fromBase64Url, toBase64Url, toHex } from '../../shared/bytes.ts';
import type { ChatMessage, FrankEvidence, Version } from './model.ts';

async function commitmentOver(evidence: FrankEvidence): Promise<Uint8Array> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', fromBase64Url(evidence.opening_key_b64), algorithm, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, fromBase64Url(evidence.content_b64)));
}

/** 64 hex digits: what an edit names. */
export const commitmentOf = async (message: ChatMessage): Promise<string> =>
  toHex(message.commitment_b64 === '' ? await commitmentOver(message.evidence) : fromBase64Url(message.commitment_b64));

export const commitmentFor = async (evidence: FrankEvidence): Promise<string> => toBase64Url(await commitmentOver(evidence));

/** The message with one version more. The same one twice changes nothing; the newest is the one with the highest position. */
export function applyEdit(message: ChatMessage, version: Version): ChatMessage {
  if (message.versions.some((one) => one.seq === version.seq)) return message;
  const versions = [...message.versions, version].sort((a, b) => a.seq - b.seq);
  return { ...message, firstBody: message.firstBody ?? message.body, body: versions.at(-1)?.body ?? message.body, versions };
}

/** Own texts and captions that the service has. */
export const isEditable = (message: ChatMessage): boolean =>
  message.mine && message.status === 'accepted' && message.kind !== 'timer';
