// What runs beside the guard in the worker: decodes a picture, posts the three requests, puts the parts in order.
// The platform comes in from outside, so that the same code runs under test without a browser.

import { LightkeeperError } from './errors.js';
import type { CheckPolicy, CleanPicture, Direction, EpochFiles, EpochInfo, Guard, PicturePixels, Verdict } from './guard.js';

/** What one keeper answered. */
export type KeeperAnswer = { kind: 'reply'; body: Uint8Array } | { kind: 'silent' } | { kind: 'other_manifest' };

export interface Platform {
  /** Pixels of a clean picture as a person sees it, over white. */
  decode(picture: CleanPicture): Promise<PicturePixels>;
  post(url: string, body: Uint8Array): Promise<KeeperAnswer>;
  nowMs(): number;
}

/** `check` names a match for makeVoucher() until it is made or dropped. */
export interface CheckedPicture { clean: CleanPicture; verdict: Verdict; check: number }

export class GuardHost {
  constructor(private readonly guard: Guard, private readonly platform: Platform) {}

  installEpoch(files: EpochFiles): EpochInfo { return this.guard.installEpoch(files); }
  policy(direction: Direction): CheckPolicy { return this.guard.policy(direction); }

  /**
   * The whole check of one file. What is decoded and hashed is the clean file, the one that is sent or shown.
   * Number, order and size of the requests do not depend on the picture. Any error: not checked, so do not send or show.
   */
  async checkFile(bytes: Uint8Array, claimedType: string, direction: Direction): Promise<CheckedPicture> {
    this.guard.policy(direction);
    const clean = this.guard.cleanPicture(bytes, claimedType);
    const pixels = await this.platform.decode(clean);
    // A decoder that sees another size than the file's own header reads the file in another way than we do.
    const upright = pixels.width === clean.width && pixels.height === clean.height;
    const turned = pixels.width === clean.height && pixels.height === clean.width;
    if (!upright && !turned) throw new LightkeeperError('picture_not_what_it_claims', 'guard_host.check_file', 'size');
    const check = this.guard.beginPicture(pixels, direction, this.platform.nowMs());
    pixels.rgba.fill(0);
    // All three are always sent, and always waited for, whatever one of them answers.
    const answers = await Promise.all(check.requests.map((request) => this.platform.post(request.url, request.body)));
    if (answers.some((answer) => answer.kind === 'other_manifest')) {
      this.guard.cancel(check.check);
      throw new LightkeeperError('manifest_mismatch', 'guard_host.check_file');
    }
    const replies = answers.map((answer) => (answer.kind === 'reply' ? answer.body : new Uint8Array()));
    return { clean, verdict: this.guard.finishPicture(check.check, replies), check: check.check };
  }
}

export interface KeeperPostOptions { timeoutMs: number; fetch: typeof fetch }

/** No honest reply is larger: 8 hypotheses, 1024 colours, 32 bytes, one tag. */
const kMostReply = 8 * 1024 * 32 + 16;

/** Posts without cookies, account, referrer or cache. Never throws: a keeper that fails is silent. */
export async function postToKeeper(url: string, body: Uint8Array, options: KeeperPostOptions): Promise<KeeperAnswer> {
  const { fetch, timeoutMs } = options; // a browser's fetch refuses to be called as a method of another object
  try {
    const response = await fetch(url, {
      method: 'POST', body: body as Uint8Array<ArrayBuffer>, headers: { 'Content-Type': 'application/octet-stream' },
      mode: 'cors', credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store', redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const reply = await readAtMost(response, kMostReply);
    if (response.status === 200) return { kind: 'reply', body: reply };
    if (response.status === 409 && isManifestMismatch(reply)) return { kind: 'other_manifest' };
  } catch {
    // Unreachable, too slow, too large: all the same here.
  }
  return { kind: 'silent' };
}

function isManifestMismatch(problem: Uint8Array): boolean {
  const parsed: unknown = JSON.parse(new TextDecoder().decode(problem));
  return typeof parsed === 'object' && parsed !== null && (parsed as { code?: unknown }).code === 'manifest_mismatch';
}

async function readAtMost(response: Response, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const next = await reader?.read();
    if (next === undefined || next.done) break;
    size += next.value.length;
    if (size > limit) {
      await reader?.cancel();
      throw new RangeError('the reply is too large');
    }
    parts.push(next.value);
  }
  const out = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Decodes with the browser's own decoder: orientation applied, colours converted to sRGB, over white. */
export async function decodeInBrowser(picture: CleanPicture): Promise<PicturePixels> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([picture.bytes as Uint8Array<ArrayBuffer>], { type: picture.type }),
      { imageOrientation: 'from-image' });
  } catch {
    throw new LightkeeperError('picture_damaged', 'guard_host.decode');
  }
  try {
    const { width, height } = bitmap;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true, colorSpace: 'srgb' });
    if (context === null) throw new LightkeeperError('unavailable', 'guard_host.decode', 'this browser gives no canvas in a worker');
    refuseCanvasThatHidesPixels(context, width, height);
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    const rgba = context.getImageData(0, 0, width, height).data;
    return { width, height, rgba: new Uint8Array(rgba.buffer, rgba.byteOffset, rgba.byteLength) };
  } catch (error) {
    if (error instanceof LightkeeperError) throw error;
    throw new LightkeeperError('picture_too_large', 'guard_host.decode');
  } finally {
    bitmap.close();
  }
}

/**
 * Some browsers answer with other pixels than were drawn, against fingerprinting. A bit of noise does not matter to
 * the hash; a blank or random answer would make every check say "no match", so it is an error instead.
 */
function refuseCanvasThatHidesPixels(context: OffscreenCanvasRenderingContext2D, width: number, height: number): void {
  const w = Math.min(width, 16);
  const h = Math.min(height, 16);
  const drawn = new ImageData(w, h);
  for (let i = 0; i < drawn.data.length; i++) drawn.data[i] = i % 4 === 3 ? 255 : (i * 89) % 256;
  context.putImageData(drawn, 0, 0);
  const seen = context.getImageData(0, 0, w, h).data;
  for (let i = 0; i < seen.length; i++) {
    if (Math.abs((seen[i] ?? 0) - (drawn.data[i] ?? 0)) > kCanvasNoise) {
      throw new LightkeeperError('unavailable', 'guard_host.decode', 'this browser hides the pixels of pictures from pages');
    }
  }
}
const kCanvasNoise = 4;
