// Loads a Lightkeeper WebAssembly module: the few WASI functions it imports, and calls with bytes in, bytes out.
// The module gets randomness and nothing else: no files, no clock, no network, no environment.

/** Fills the array with random bytes. */
export type RandomSource = (target: Uint8Array) => void;

export function systemRandom(target: Uint8Array): void {
  const most = 65536; // what getRandomValues gives at once
  for (let at = 0; at < target.length; at += most) {
    crypto.getRandomValues(target.subarray(at, at + most) as Uint8Array<ArrayBuffer>);
  }
}

/** The module has stopped for good (memory limit, or a broken invariant). Load a new one. */
export class ModuleStopped extends Error {
  override readonly name = 'ModuleStopped';
}

interface Exports {
  memory: WebAssembly.Memory;
  _initialize?: () => void;
  lk_abi_version(): number;
  lk_alloc(size: number): number;
  lk_call(number: number, request: number, size: number): number;
  lk_answer_size(): number;
  lk_release(): void;
}

const kAbiVersion = 2;
const kSuccess = 0;
const kBadDescriptor = 8;

export class WasmModule {
  private stopped = false;
  private constructor(private readonly exports: Exports) {}

  static async load(wasm: BufferSource | WebAssembly.Module, random: RandomSource): Promise<WasmModule> {
    const compiled = wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm);
    let memory: WebAssembly.Memory | undefined;
    const view = () => new DataView((memory as WebAssembly.Memory).buffer);
    const wasi: Record<string, (...args: never[]) => number> = {
      random_get(pointer: number, size: number) {
        random(new Uint8Array((memory as WebAssembly.Memory).buffer, pointer >>> 0, size >>> 0));
        return kSuccess;
      },
      // The C library's last words before it stops. They are dropped: what they hold is not ours to show.
      fd_write(_fd: number, vectors: number, count: number, written: number) {
        let total = 0;
        for (let i = 0; i < count; i++) total += view().getUint32((vectors >>> 0) + 8 * i + 4, true);
        view().setUint32(written >>> 0, total, true);
        return kSuccess;
      },
      fd_close: () => kBadDescriptor,
      fd_seek: () => kBadDescriptor,
    };
    const instance = await WebAssembly.instantiate(compiled, { wasi_snapshot_preview1: wasi });
    const exports = instance.exports as unknown as Exports;
    memory = exports.memory;
    exports._initialize?.();
    if (exports.lk_abi_version() !== kAbiVersion) throw new ModuleStopped('the module is of another version');
    return new WasmModule(exports);
  }

  /**
   * One call. `write` gets the request's place in the module's memory. Returns a copy of the answer.
   * Throws ModuleStopped if the module stopped, RangeError if the request does not fit its memory.
   */
  call(number: number, size: number, write: (target: Uint8Array) => void): Uint8Array {
    if (this.stopped) throw new ModuleStopped('the module has stopped before');
    const request = this.guarded(() => this.exports.lk_alloc(size)) >>> 0;
    if (request === 0) throw new RangeError('the request does not fit the memory');
    write(new Uint8Array(this.exports.memory.buffer, request, size));
    return this.guarded(() => {
      const answer = this.exports.lk_call(number, request, size) >>> 0;
      const out = new Uint8Array(this.exports.memory.buffer, answer, this.exports.lk_answer_size()).slice();
      this.exports.lk_release();
      return out;
    });
  }

  private guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      // A trap leaves the module's memory in an unknown state: never use it again.
      this.stopped = true;
      throw new ModuleStopped('the module stopped', { cause: error });
    }
  }
}
