// The guard for JavaScript: include/lightkeeper/guard.hpp through WebAssembly. Works in a worker, in a page and in Node.
// Everything throws LightkeeperError. In a page use GuardClient (guard_client.ts), which keeps this off the main thread.

import { Reader, Writer, fromHex, toHex } from './codec.js';
import { LightkeeperError } from './errors.js';
import { ModuleStopped, WasmModule, systemRandom, type RandomSource } from './wasm_module.js';

export { LightkeeperError } from './errors.js';
export type { ErrorCodeName } from './errors.js';

export type Direction = 'sending' | 'receiving';
export type Action = 'allow' | 'warn' | 'blur' | 'block';

export type DisclosureLevel = 'prevent' | 'offer' | 'disclose';

export interface Disclosed { what: string; to: string }
export interface Verdict {
  action: Action;
  reasons: { code: string; text: string }[];
  /** What a report by the person would share. */
  disclosures: Disclosed[];
  /** What a match discloses: nothing ever; what the person reports; a voucher, of which the person is told now. */
  level: DisclosureLevel;
  /** At `disclose`: what the voucher shares with whom. Show it at the moment when it is sent. */
  disclosedNow: Disclosed[];
  match?: { hypothesis: string; distance: number; provenance: string; category: number; manifestVersion: number };
}
export interface EpochFiles {
  manifest: Uint8Array;
  /** 32 bytes, pinned by the messenger. */
  listKey: Uint8Array;
  tiles: Uint8Array;
  leaves: Uint8Array;
  nowMs: number;
  /** The highest version this device has ever installed; lower ones are refused. */
  leastVersion?: number;
}
export interface EpochInfo { version: number; listName: string; keepers: string[]; notAfterMs: number }
/** `levels`: what a match of each class would disclose. */
export interface CheckPolicy { checks: string[]; levels: string[]; disclosures: Disclosed[] }
export interface CleanPicture { type: string; width: number; height: number; bytes: Uint8Array }
/** 4 bytes per pixel: R, G, B, A, not premultiplied, upright, sRGB. */
export interface PicturePixels { width: number; height: number; rgba: Uint8Array }
export interface PictureCheck { check: number; requests: { url: string; body: Uint8Array }[] }
export interface AttachmentDescriptor {
  /** 32 hex digits: the service's name of the ciphertext; zeros until it was uploaded. */
  id: string;
  mediaType: string;
  plaintextSize: number;
  fileKey: string;
  ciphertextRoot: string;
  plaintextRoot: string;
}
export interface Content {
  /** An edit has exactly one ref, the first version; a timer has only expiresAfter. */
  type: 'text' | 'picture' | 'edit' | 'timer';
  /** Account id and conversation id, 32 hex digits each. */
  sender: string;
  conversation: string;
  body: string;
  attachments: AttachmentDescriptor[];
  /** Commitments (64 hex digits) of messages that this one answers, edits or forwards. */
  refs: string[];
  /** Seconds after which devices delete it, one of kExpiryChoices; 0 never. Of a timer: the conversation's new value. */
  expiresAfter: number;
}
/** The times that a content may name, in seconds (src/core/franking/frank.hpp). */
export const kExpiryChoices: readonly number[] = [300, 3600, 86400, 604800, 2419200];
/** The message of a picture that matched. Of one that was stopped: the content that would have been sent, without a stamp. */
export interface VoucherMessage {
  contentBytes: Uint8Array;
  attachment: number;
  openingKey: Uint8Array;
  stamped: { context: Uint8Array; stamp: Uint8Array } | null;
}
/** At the level `offer` only a person's own act makes a voucher. */
export type VoucherCause = 'level' | 'person';
export interface FrankedContent { payload: Uint8Array; commitment: Uint8Array; contentBytes: Uint8Array; openingKey: Uint8Array }
export interface OpenedContent { content: Content; contentBytes: Uint8Array; openingKey: Uint8Array }
export interface SealedAttachment { ciphertext: Uint8Array; descriptor: AttachmentDescriptor }

/** The limits of src/core/media/pixels.hpp, checked before anything is copied. */
export const kMaxPixels = 50_000_000;
export const kMaxFileBytes = 32 * 1024 * 1024;

const kCall = { installEpoch: 1, policy: 2, cleanPicture: 3, beginPicture: 4, finishPicture: 5, cancel: 6, frank: 7,
  openMessage: 8, sealAttachment: 9, openAttachment: 10, makeVoucher: 11 } as const;
const kDirection = { sending: 1, receiving: 2 } as const;
const kLevels = ['prevent', 'offer', 'disclose'] as const;
const kCause = { level: 1, person: 2 } as const;

export class Guard {
  private constructor(private readonly module: WasmModule) {}

  static async load(wasm: BufferSource | WebAssembly.Module): Promise<Guard> {
    return Guard.loadWithRandom(wasm, systemRandom);
  }
  /** For tests with known bytes. Anything but a cryptographic source exposes people's pictures to the keepers. */
  static async loadWithRandom(wasm: BufferSource | WebAssembly.Module, random: RandomSource): Promise<Guard> {
    try {
      return new Guard(await WasmModule.load(wasm, random));
    } catch (error) {
      throw new LightkeeperError('internal', 'guard.load', error instanceof ModuleStopped ? error.message : 'the module does not load');
    }
  }

  installEpoch(files: EpochFiles): EpochInfo {
    const answer = this.call(kCall.installEpoch, () => new Writer().bytes(files.manifest).fixed(sized(files.listKey, 32))
      .bytes(files.tiles).bytes(files.leaves).u64(files.nowMs).u32(files.leastVersion ?? 0));
    const version = answer.u32();
    const listName = answer.text();
    const notAfterMs = answer.u64();
    const keepers = [answer.text(), answer.text(), answer.text()];
    answer.finish();
    return { version, listName, keepers, notAfterMs };
  }

  /** What will be checked and what leaves the device. Ask it, and be able to show it, before the first check. */
  policy(direction: Direction): CheckPolicy {
    const answer = this.call(kCall.policy, () => new Writer().u8(numberOf(direction)));
    const checks = times(answer.u8(), () => answer.text());
    const levels = times(answer.u8(), () => answer.text());
    const disclosures = readDisclosures(answer);
    answer.finish();
    return { checks, levels, disclosures };
  }

  /** The same picture without place, camera and other metadata; refuses everything but still JPEG, PNG and WebP. */
  cleanPicture(bytes: Uint8Array, claimedType: string): CleanPicture {
    if (bytes.length > kMaxFileBytes) throw new LightkeeperError('too_large', 'guard.clean_picture');
    const answer = this.call(kCall.cleanPicture, () => new Writer().text(claimedType).bytes(bytes));
    const out = { type: answer.text(), width: answer.u32(), height: answer.u32(), bytes: answer.bytes() };
    answer.finish();
    return out;
  }

  /** Post each request without cookies or account, always all three, then call finishPicture. */
  beginPicture(picture: PicturePixels, direction: Direction, nowMs = Date.now()): PictureCheck {
    if (picture.width * picture.height > kMaxPixels) throw new LightkeeperError('picture_too_large', 'guard.begin_picture');
    const answer = this.call(kCall.beginPicture, () => new Writer().u8(numberOf(direction)).u64(nowMs)
      .u32(picture.width).u32(picture.height).bytes(picture.rgba));
    const check = answer.u32();
    const requests = times(3, () => ({ url: answer.text(), body: answer.bytes() }));
    answer.finish();
    return { check, requests };
  }

  /** The three answers in the order of the requests; empty where a keeper did not answer. An error is not "allow". */
  finishPicture(check: number, replies: Uint8Array[]): Verdict {
    const answer = this.call(kCall.finishPicture, () => {
      if (replies.length !== 3) throw new RangeError('expected three replies');
      const request = new Writer().u32(check);
      for (const reply of replies) request.bytes(reply);
      return request;
    });
    const verdict: Verdict = {
      action: answer.text() as Action,
      reasons: times(answer.u8(), () => ({ code: answer.text(), text: answer.text() })),
      disclosures: readDisclosures(answer),
      level: kLevels[answer.u8()] ?? 'prevent',
      disclosedNow: readDisclosures(answer),
    };
    if (answer.u8() === 1) {
      verdict.match = { hypothesis: answer.text(), distance: answer.u16(), provenance: answer.text(), category: answer.u16(),
        manifestVersion: answer.u32() };
    }
    answer.finish();
    return verdict;
  }

  /** Forgets a check that will not be finished. */
  cancel(check: number): void {
    this.call(kCall.cancel, () => new Writer().u32(check)).finish();
  }

  /** Once for a check that matched, and only if its level allows it. Keep the bytes to send them again. */
  makeVoucher(check: number, cause: VoucherCause, message: VoucherMessage, nowMs = Date.now()): Uint8Array {
    return this.call(kCall.makeVoucher, () => new Writer().u32(check).u8(kCause[cause]).u64(nowMs).bytes(message.contentBytes)
      .u8(message.attachment).fixed(sized(message.openingKey, 32)).bytes(message.stamped?.context ?? new Uint8Array())
      .fixed(sized(message.stamped?.stamp ?? new Uint8Array(32), 32))).rest();
  }

  /** Upload the ciphertext, put the service's name of it into descriptor.id, then frank the content. */
  sealAttachment(bytes: Uint8Array, mediaType: string): SealedAttachment {
    const answer = this.call(kCall.sealAttachment, () => new Writer().text(mediaType).bytes(bytes));
    const ciphertext = answer.bytes();
    const inner = new Reader(answer.bytes());
    const descriptor = readDescriptor(inner);
    inner.finish();
    answer.finish();
    return { ciphertext, descriptor };
  }

  openAttachment(descriptor: AttachmentDescriptor, ciphertext: Uint8Array): Uint8Array {
    const answer = this.call(kCall.openAttachment, () => {
      const encoded = new Writer();
      writeDescriptor(encoded, descriptor);
      return new Writer().bytes(encoded.take()).bytes(ciphertext);
    });
    return answer.rest();
  }

  /** payload is for the encryption; commitment is the whole authenticated data of the encrypted message. */
  frank(content: Content): FrankedContent {
    const answer = this.call(kCall.frank, () => new Writer().bytes(encodeContent(content)));
    const out = { payload: answer.bytes(), commitment: answer.fixed(32), contentBytes: answer.bytes(), openingKey: answer.fixed(32) };
    answer.finish();
    return out;
  }

  /** `sender` is whom MLS authenticated, `conversation` the room it came in. Throws frank_invalid: then do not show it. */
  openMessage(payload: Uint8Array, authenticated: Uint8Array, context: Uint8Array, sender: string, conversation: string): OpenedContent {
    const answer = this.call(kCall.openMessage, () => new Writer().bytes(payload).bytes(authenticated).bytes(context)
      .fixed(fromHex(sender, 16)).fixed(fromHex(conversation, 16)));
    const contentBytes = answer.bytes();
    const openingKey = answer.fixed(32);
    answer.finish();
    return { content: decodeContent(contentBytes), contentBytes, openingKey };
  }

  private call(number: number, build: () => Writer): Reader {
    let answer: Reader;
    try {
      const request = build();
      answer = new Reader(this.module.call(number, request.size, (target) => request.copyTo(target)));
    } catch (error) {
      if (error instanceof LightkeeperError) throw error;
      if (error instanceof ModuleStopped) throw new LightkeeperError('internal', 'guard.call', error.message);
      throw new LightkeeperError('bad_argument', 'guard.call', error instanceof RangeError ? error.message : '');
    }
    if (answer.u8() === 1) return answer;
    const name = answer.text();
    answer.text(); // title and mend are in the generated catalogue, too
    answer.text();
    throw LightkeeperError.named(name, answer.text(), answer.text());
  }
}

function sized(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length !== size) throw new RangeError(`expected ${size} bytes`);
  return bytes;
}
function numberOf(direction: Direction): number {
  const number = kDirection[direction];
  if (number === undefined) throw new RangeError('unknown direction');
  return number;
}
function times<T>(count: number, read: () => T): T[] {
  return Array.from({ length: count }, read);
}
function readDisclosures(answer: Reader): Disclosed[] {
  return times(answer.u8(), () => ({ what: answer.text(), to: answer.text() }));
}

function writeDescriptor(out: Writer, descriptor: AttachmentDescriptor): void {
  out.fixed(fromHex(descriptor.id, 16)).text(descriptor.mediaType).u64(descriptor.plaintextSize)
    .fixed(fromHex(descriptor.fileKey, 32)).fixed(fromHex(descriptor.ciphertextRoot, 32)).fixed(fromHex(descriptor.plaintextRoot, 32));
}
function readDescriptor(input: Reader): AttachmentDescriptor {
  return { id: toHex(input.fixed(16)), mediaType: input.text(), plaintextSize: input.u64(), fileKey: toHex(input.fixed(32)),
    ciphertextRoot: toHex(input.fixed(32)), plaintextRoot: toHex(input.fixed(32)) };
}

const kContentTypes = ['text', 'picture', 'edit', 'timer'] as const;
/** Version 1: a text or picture that does not disappear. Everything else ends with the time, as version 2. */
const kFirstVersion = 1;
const kSecondVersion = 2;

/** The canonical bytes of docs/reference/franking.md. The guard checks them again. */
function encodeContent(content: Content): Uint8Array {
  const type = kContentTypes.indexOf(content.type) + 1;
  if (type === 0) throw new RangeError('unknown type of content');
  // An unpaired surrogate would silently become another letter.
  if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(content.body)) {
    throw new RangeError('the body is not well-formed text');
  }
  const version = type <= 2 && content.expiresAfter === 0 ? kFirstVersion : kSecondVersion;
  const out = new Writer().u8(version).u8(type).fixed(fromHex(content.sender, 16))
    .fixed(fromHex(content.conversation, 16)).text(content.body).u8(content.attachments.length);
  for (const attachment of content.attachments) writeDescriptor(out, attachment);
  out.u8(content.refs.length);
  for (const ref of content.refs) out.fixed(fromHex(ref, 32));
  if (version === kSecondVersion) out.u32(content.expiresAfter);
  return out.take();
}

/** Only for bytes that the guard has checked. */
function decodeContent(bytes: Uint8Array): Content {
  const input = new Reader(bytes);
  const version = input.u8();
  const type = kContentTypes[input.u8() - 1];
  if (type === undefined) throw new RangeError('unknown type of content');
  const content: Content = { type, sender: toHex(input.fixed(16)), conversation: toHex(input.fixed(16)), body: input.text(),
    attachments: times(input.u8(), () => readDescriptor(input)), refs: times(input.u8(), () => toHex(input.fixed(32))),
    expiresAfter: version === kSecondVersion ? input.u32() : 0 };
  input.finish();
  return content;
}
