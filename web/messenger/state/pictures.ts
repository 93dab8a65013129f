// Pictures: checked when chosen, checked again on arrival, and kept as the cleaned bytes that were checked.
import { downloadAttachment, uploadAttachment } from '../../shared/api/messenger_api.ts';
import { isTransient } from '../../shared/api/http.ts';
import { handedOver, type AttachmentDescriptor, type CheckedPicture } from '../guard/client.ts';
import { commit, type Core } from './core.ts';
import { ensureList } from './epoch.ts';
import { untilLevelsRead } from './levels.ts';
import type { ChatMessage, StoredPicture } from './model.ts';
import { enqueuePicture } from './outbox.ts';
import { put } from './vault.ts';
import { tellOfStopped, voucherOfReceived } from './vouchers.ts';

/** The largest file that is read into memory for a check. */
export const MAX_FILE_BYTES = 32 * 1024 * 1024;

class FileTooLarge extends Error {
  readonly code = 'too_large';
}

export interface ChosenCheck {
  checked: CheckedPicture;
  /** Client id of the voucher that the service gets of it, if the list says so. */
  voucher: string | null;
}

/**
 * The check happens here, when the picture is chosen; sending later adds no request that depends on the verdict. Only a
 * match of the level `disclose` makes the device say something, and the person is told with the verdict.
 */
export async function checkChosen(core: Core, conversation: string, file: File): Promise<ChosenCheck> {
  if (file.size > MAX_FILE_BYTES) throw new FileTooLarge('file');
  await ensureList(core);
  await untilLevelsRead(core);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const checked = await core.guard.checkFile(bytes, file.type, 'sending');
  return { checked, voucher: maySend(checked) ? null : await tellOfStopped(core, conversation, checked) };
}

export function maySend(checked: CheckedPicture): boolean {
  return checked.verdict.action === 'allow' || checked.verdict.action === 'warn';
}

/** Seals and uploads the cleaned bytes, never the chosen file, and only after a verdict that lets it pass. */
export async function sendPicture(core: Core, conversation: string, checked: CheckedPicture, caption: string): Promise<void> {
  if (!maySend(checked)) throw new Error('a picture that was stopped');
  const { clean, verdict } = checked;
  const sealed = await core.guard.sealAttachment(clean.bytes, clean.type);
  const id = await uploadAttachment(conversation, handedOver(sealed.ciphertext));
  const descriptor: AttachmentDescriptor = { ...sealed.descriptor, id };
  const picture: StoredPicture = {
    attachment: id,
    mediaType: clean.type,
    width: clean.width,
    height: clean.height,
    bytes: handedOver(clean.bytes),
    verdict,
  };
  await core.vault.write([put('pictures', picture)]);
  await enqueuePicture(core, conversation, caption, descriptor);
}

export type Arrival =
  | { state: 'shown' | 'covered'; picture: StoredPicture }
  /** Covered until the person has read what a check discloses. */
  | { state: 'unread' }
  /** Final: what arrived is not a picture that can be checked. */
  | { state: 'refused' }
  /** Covered for now: it could not be fetched or checked yet. */
  | { state: 'unchecked'; error: unknown };

/** What to do with the picture of a message: fetched, opened against both roots, checked, and only then shown. */
export async function openPicture(core: Core, message: ChatMessage): Promise<Arrival> {
  const descriptor = message.attachment;
  if (descriptor === null) return { state: 'refused' };
  const stored = await core.vault.get('pictures', descriptor.id);
  if (stored !== null) return arrivalOf(stored, message.mine);
  try {
    await ensureList(core);
    if (!core.screen.levelsRead.value) return { state: 'unread' };
    const ciphertext = await downloadAttachment(descriptor.id);
    const bytes = await core.guard.openAttachment(descriptor, ciphertext);
    const checked = await core.guard.checkFile(bytes, descriptor.mediaType, 'receiving');
    const { clean, verdict } = checked;
    const voucher = verdict.action === 'allow' ? null : await voucherOfReceived(core, message, checked);
    const picture: StoredPicture = {
      attachment: descriptor.id,
      mediaType: clean.type,
      width: clean.width,
      height: clean.height,
      bytes: handedOver(clean.bytes),
      verdict,
      voucher: voucher?.clientId ?? null,
    };
    // Together: a match that is to be told of is never forgotten, and never told of twice.
    await commit(core, [put('pictures', picture), ...(voucher === null ? [] : [put('vouchers', voucher)])]);
    return arrivalOf(picture, message.mine);
  } catch (error) {
    return isFinal(error) ? { state: 'refused' } : { state: 'unchecked', error };
  }
}

function arrivalOf(picture: StoredPicture, mine: boolean): Arrival {
  return { state: mine || picture.verdict.action === 'allow' ? 'shown' : 'covered', picture };
}

const finalCodes = new Set([
  'picture_type_unsupported',
  'picture_not_what_it_claims',
  'picture_damaged',
  'picture_too_large',
  'picture_animated',
  'frank_invalid',
  'decryption_failed',
  'bad_format',
  'truncated',
  'trailing_data',
  'not_found',
]);

function isFinal(error: unknown): boolean {
  return !isTransient(error) && finalCodes.has(String((error as { code?: unknown }).code));
}
