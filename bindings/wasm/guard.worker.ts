// The worker that holds the guard. GuardClient starts it and is the only one that talks to it.

import { LightkeeperError } from './errors.js';
import { Guard } from './guard.js';
import { GuardHost, decodeInBrowser, postToKeeper } from './guard_host.js';
import type { GuardMethods, WorkerAnswer, WorkerRequest } from './guard_client.js';

// The page's own types describe this scope; only what is used here is named.
declare const self: {
  onmessage: ((event: MessageEvent<WorkerRequest>) => void) | null;
  postMessage(message: WorkerAnswer, transfer?: Transferable[]): void;
};

const kKeeperTimeoutMs = 15_000;
let guard: Guard | undefined;
let host: GuardHost | undefined;

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new LightkeeperError('unavailable', 'guard_worker', 'not started');
  return part;
}

const methods: GuardMethods = {
  async start(wasmUrl) {
    const response = await fetch(wasmUrl, { credentials: 'omit', referrerPolicy: 'no-referrer' });
    if (!response.ok) throw new LightkeeperError('unavailable', 'guard_worker.start', 'guard.wasm was not found');
    guard = await Guard.load(await response.arrayBuffer());
    host = new GuardHost(guard, {
      decode: decodeInBrowser,
      post: (url, body) => postToKeeper(url, body, { timeoutMs: kKeeperTimeoutMs, fetch }),
      nowMs: () => Date.now(),
    });
  },
  async installEpoch(files) { return started(host).installEpoch(files); },
  async policy(direction) { return started(host).policy(direction); },
  async checkFile(bytes, claimedType, direction) { return started(host).checkFile(bytes, claimedType, direction); },
  async makeVoucher(check, cause, message) { return started(guard).makeVoucher(check, cause, message); },
  async cancel(check) { started(guard).cancel(check); },
  async sealAttachment(bytes, mediaType) { return started(guard).sealAttachment(bytes, mediaType); },
  async openAttachment(descriptor, ciphertext) { return started(guard).openAttachment(descriptor, ciphertext); },
  async frank(content) { return started(guard).frank(content); },
  async openMessage(payload, authenticated, context, sender, conversation) {
    return started(guard).openMessage(payload, authenticated, context, sender, conversation);
  },
};

self.onmessage = async ({ data }) => {
  try {
    const method = methods[data.method] as (...args: unknown[]) => Promise<unknown>;
    self.postMessage({ id: data.id, ok: true, value: await method(...data.args) });
  } catch (error) {
    const e = error instanceof LightkeeperError ? error : new LightkeeperError('internal', 'guard_worker');
    self.postMessage({ id: data.id, ok: false, error: { code: e.code, where: e.where, detail: e.detail } });
  }
};
