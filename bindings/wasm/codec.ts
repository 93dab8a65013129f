// The canonical encoding of src/core/base/codec.hpp: big-endian integers, length-prefixed byte strings.

export class Writer {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  fixed(bytes: Uint8Array): this {
    this.parts.push(bytes);
    this.length += bytes.length;
    return this;
  }
  private integer(value: number, size: 1 | 2 | 4): this {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * size)) {
      throw new RangeError('a number does not fit its field');
    }
    const out = new Uint8Array(size);
    for (let i = size - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) out[i] = rest % 256;
    return this.fixed(out);
  }
  u8(value: number): this { return this.integer(value, 1); }
  u16(value: number): this { return this.integer(value, 2); }
  u32(value: number): this { return this.integer(value, 4); }
  u64(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('a number does not fit its field');
    return this.u32(Math.floor(value / 2 ** 32)).u32(value % 2 ** 32);
  }
  bytes(bytes: Uint8Array): this { return this.u32(bytes.length).fixed(bytes); }
  text(text: string): this { return this.bytes(new TextEncoder().encode(text)); }

  get size(): number { return this.length; }
  copyTo(target: Uint8Array): void {
    let at = 0;
    for (const part of this.parts) {
      target.set(part, at);
      at += part.length;
    }
  }
  take(): Uint8Array {
    const out = new Uint8Array(this.length);
    this.copyTo(out);
    return out;
  }
}

/** Reads what Writer wrote. Throws RangeError on anything else; byte strings are copies. */
export class Reader {
  private at = 0;
  constructor(private readonly input: Uint8Array) {}

  fixed(size: number): Uint8Array {
    if (size > this.input.length - this.at) throw new RangeError('the data ends too early');
    const out = this.input.slice(this.at, this.at + size);
    this.at += size;
    return out;
  }
  u8(): number { return this.integer(1); }
  u16(): number { return this.integer(2); }
  u32(): number { return this.integer(4); }
  u64(): number {
    const high = this.u32();
    const value = high * 2 ** 32 + this.u32();
    if (!Number.isSafeInteger(value)) throw new RangeError('a number is too large');
    return value;
  }
  private integer(size: number): number {
    let out = 0;
    for (const byte of this.fixed(size)) out = out * 256 + byte;
    return out;
  }
  bytes(): Uint8Array { return this.fixed(this.u32()); }
  text(): string { return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.bytes()); }
  rest(): Uint8Array { return this.fixed(this.input.length - this.at); }
  finish(): void {
    if (this.at !== this.input.length) throw new RangeError('there is data after the end');
  }
}

export function toHex(bytes: Uint8Array): string {
  let out = '';
  for (const byte of bytes) out += byte.toString(16).padStart(2, '0');
  return out;
}
/** Exactly `size` bytes in hexadecimal, or RangeError. */
export function fromHex(text: string, size: number): Uint8Array {
  if (text.length !== 2 * size || !/^[0-9a-f]*$/i.test(text)) throw new RangeError(`expected ${2 * size} hex digits`);
  const out = new Uint8Array(size);
  for (let i = 0; i < size; i++) out[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}
