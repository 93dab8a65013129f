// The guard for the main thread of a page: the same calls as promises; the work happens in guard.worker.ts.

import { LightkeeperError } from './errors.js';
import type { AttachmentDescriptor, CheckPolicy, Content, Direction, EpochFiles, EpochInfo, FrankedContent, OpenedContent,
  SealedAttachment, VoucherCause, VoucherMessage } from './guard.js';
import type { CheckedPicture } from './guard_host.js';

export { LightkeeperError } from './errors.js';
export type { CheckedPicture } from './guard_host.js';
export type * from './guard.js';

/** What the worker does. */
export interface GuardMethods {
  start(wasmUrl: string): Promise<void>;
  installEpoch(files: EpochFiles): Promise<EpochInfo>;
  policy(direction: Direction): Promise<CheckPolicy>;
  checkFile(bytes: Uint8Array, claimedType: string, direction: Direction): Promise<CheckedPicture>;
  makeVoucher(check: number, cause: VoucherCause, message: VoucherMessage): Promise<Uint8Array>;
  cancel(check: number): Promise<void>;
  sealAttachment(bytes: Uint8Array, mediaType: string): Promise<SealedAttachment>;
  openAttachment(descriptor: AttachmentDescriptor, ciphertext: Uint8Array): Promise<Uint8Array>;
  frank(content: Content): Promise<FrankedContent>;
  openMessage(payload: Uint8Array, authenticated: Uint8Array, context: Uint8Array, sender: string, conversation: string): Promise<OpenedContent>;
}
export interface WorkerRequest { id: number; method: keyof GuardMethods; args: unknown[] }
interface ErrorParts { code: string; where: string; detail: string }
export type WorkerAnswer = { id: number; ok: true; value: unknown } | { id: number; ok: false; error: ErrorParts };

interface Waiting { resolve: (value: never) => void; reject: (error: LightkeeperError) => void }

export class GuardClient implements Omit<GuardMethods, 'start' | 'checkFile'> {
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private closed = false;

  private constructor(private readonly worker: Worker) {
    worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => this.settle(data);
    worker.onerror = () => this.failAll();
    worker.onmessageerror = () => this.failAll();
  }

  /** Starts the worker and loads the module. In the page: `await GuardClient.start('/guard/guard.wasm')`. */
  static async start(wasmUrl: string): Promise<GuardClient> {
    return GuardClient.startIn(new Worker(new URL('./guard.worker.ts', import.meta.url), { type: 'module' }), wasmUrl);
  }
  /** The same in a worker of the caller's, which must run guard.worker. */
  static async startIn(worker: Worker, wasmUrl: string): Promise<GuardClient> {
    const client = new GuardClient(worker);
    await client.ask('start', [new URL(wasmUrl, globalThis.location?.href).href]);
    return client;
  }

  installEpoch(files: EpochFiles): Promise<EpochInfo> { return this.ask('installEpoch', [files]); }
  policy(direction: Direction): Promise<CheckPolicy> { return this.ask('policy', [direction]); }
  /**
   * Cleans, decodes and checks a picture privately. Call it when a picture is chosen or received, not when it is sent.
   * Rejects with LightkeeperError when there is no verdict: then nothing may be sent or shown.
   */
  async checkFile(file: Blob | Uint8Array, claimedType: string, direction: Direction): Promise<CheckedPicture> {
    const bytes = file instanceof Uint8Array ? file : new Uint8Array(await file.arrayBuffer());
    return this.ask('checkFile', [bytes, claimedType, direction]);
  }
  /** Forgets a match that no voucher will be made for. */
  cancel(check: number): Promise<void> { return this.ask('cancel', [check]); }
  /** After a match, as its level allows. Keep the bytes: they are made once. */
  makeVoucher(check: number, cause: VoucherCause, message: VoucherMessage): Promise<Uint8Array> {
    return this.ask('makeVoucher', [check, cause, message]);
  }
  sealAttachment(bytes: Uint8Array, mediaType: string): Promise<SealedAttachment> { return this.ask('sealAttachment', [bytes, mediaType]); }
  openAttachment(descriptor: AttachmentDescriptor, ciphertext: Uint8Array): Promise<Uint8Array> {
    return this.ask('openAttachment', [descriptor, ciphertext]);
  }
  frank(content: Content): Promise<FrankedContent> { return this.ask('frank', [content]); }
  openMessage(payload: Uint8Array, authenticated: Uint8Array, context: Uint8Array, sender: string, conversation: string): Promise<OpenedContent> {
    return this.ask('openMessage', [payload, authenticated, context, sender, conversation]);
  }
  /** Ends the worker and all it holds; calls in flight are rejected. */
  close(): void {
    this.closed = true;
    this.worker.terminate();
    this.failAll();
  }

  private ask<M extends keyof GuardMethods>(method: M, args: Parameters<GuardMethods[M]>): ReturnType<GuardMethods[M]> {
    const answer = new Promise((resolve, reject) => {
      if (this.closed) {
        reject(new LightkeeperError('unavailable', 'guard_client', 'closed'));
        return;
      }
      const id = this.nextId++;
      this.waiting.set(id, { resolve: resolve as (value: never) => void, reject });
      this.worker.postMessage({ id, method, args } satisfies WorkerRequest);
    });
    return answer as ReturnType<GuardMethods[M]>;
  }
  private settle(answer: WorkerAnswer): void {
    const waiting = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.ok) {
      waiting?.resolve(answer.value as never);
    } else {
      waiting?.reject(LightkeeperError.named(answer.error.code, answer.error.where, answer.error.detail));
    }
  }
  private failAll(): void {
    for (const { reject } of this.waiting.values()) reject(new LightkeeperError('internal', 'guard_client', 'the worker stopped'));
    this.waiting.clear();
  }
}
