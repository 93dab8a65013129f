// The guard runs in a worker (bindings/wasm); this is the one place that names where it comes from.
import { GuardClient, LightkeeperError } from '../../../bindings/wasm/guard_client.ts';

export type {
  AttachmentDescriptor,
  CheckPolicy,
  CheckedPicture,
  Content,
  DisclosureLevel,
  EpochInfo,
  Verdict,
  VoucherMessage,
} from '../../../bindings/wasm/guard_client.ts';
export { LightkeeperError };
export type { GuardClient };

export const startGuard = (): Promise<GuardClient> => GuardClient.start('/guard/guard.wasm');

/** What a worker hands over never shares memory with it; the guard's own types leave that open. */
export const handedOver = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => bytes as Uint8Array<ArrayBuffer>;
