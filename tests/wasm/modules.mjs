// Loads what the tests of guard.wasm share. tools/test_wasm.sh builds it first.
import { readFileSync } from 'node:fs';
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto; // Node 18 has it behind a flag

const root = new URL('../../', import.meta.url);
const built = new URL('build/wasm/ts/bindings/wasm/', root);
export const { Guard, LightkeeperError } = await import(new URL('guard.js', built));
export const { GuardHost, postToKeeper } = await import(new URL('guard_host.js', built));
export const { GuardClient } = await import(new URL('guard_client.js', built));
export const { WasmModule, ModuleStopped, systemRandom } = await import(new URL('wasm_module.js', built));
export const { Reader, Writer, toHex, fromHex } = await import(new URL('codec.js', built));

export const guardWasm = readFileSync(new URL('build/wasm/bin/guard.wasm', root));
/** The same guard with a table of classes by which drawn pictures may be disclosed; never shipped. */
export const disclosingWasm = readFileSync(new URL('build/wasm/bin/guard_disclosing.wasm', root));
const testingWasm = readFileSync(new URL('build/wasm/bin/guard_testing.wasm', root));
export const vectors = (name) => JSON.parse(readFileSync(new URL(`vectors/${name}.json`, root), 'utf8'));
export const hex = (text) => new Uint8Array(Buffer.from(text, 'hex'));

/** The primitives and the ideal keepers of bindings/wasm/testing_abi.cpp. */
export class Testing {
  static async load() {
    const out = new Testing();
    out.module = await WasmModule.load(testingWasm, systemRandom);
    return out;
  }
  call(number, build) {
    const request = new Writer();
    build(request);
    return new Reader(this.module.call(number, request.size, (target) => request.copyTo(target)));
  }
  pixels(width, height, seed) {
    return { width, height, rgba: this.call(9, (w) => w.u32(width).u32(height).u32(seed)).rest() };
  }
  /** `level`: what the manifest says a match of the class `test` may disclose. */
  epoch(version = 5, level = 'offer') {
    const answer = this.call(10, (w) => w.u32(version).u8(['prevent', 'offer', 'disclose'].indexOf(level)));
    return { manifest: answer.bytes(), listKey: answer.fixed(32), tiles: answer.bytes(), leaves: answer.bytes(), nowMs: answer.u64() };
  }
  answer(requests) {
    const answer = this.call(11, (w) => { for (const { body } of requests) w.bytes(body); });
    return [answer.bytes(), answer.bytes(), answer.bytes()];
  }
}

export const pictures = {
  listed: (testing) => testing.pixels(320, 240, 1),
  other: (testing) => testing.pixels(320, 240, 2),
  flat: () => ({ width: 320, height: 240, rgba: new Uint8Array(320 * 240 * 4).fill(90) }),
};

/** A guard that is ready to check, and the keepers that answer it. */
export async function ready() {
  const testing = await Testing.load();
  const guard = await Guard.load(guardWasm);
  const epoch = testing.epoch();
  const info = guard.installEpoch(epoch);
  guard.policy('sending');
  guard.policy('receiving');
  return { testing, guard, epoch, info };
}

export const codeOf = (run) => {
  try {
    run();
  } catch (error) {
    if (error instanceof LightkeeperError) return error.code;
    throw error;
  }
  return 'no error';
};
