// Harmless drawn pictures as PNG files, by the rule in vectors/README.md, so that tests need no picture of anybody's.
import { deflateSync } from 'node:zlib';

/** RGB bytes of the drawn picture of this size and seed. */
export function draw(width, height, seed) {
  const rgb = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rgb.set([Math.floor((255 * x) / width), Math.floor((255 * y) / height), Math.floor((255 * (x + y)) / (width + height))],
        (y * width + x) * 3);
    }
  }
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  };
  for (let i = 0; i < 24; i++) {
    const [a, b, c, d, r, g, l] = Array.from({ length: 7 }, next);
    const scaled = (value, range) => Math.floor((value * range) / 65536);
    const x0 = scaled(a, width);
    const y0 = scaled(b, height);
    const x1 = Math.min(width, x0 + 1 + scaled(c, Math.floor(width / 3) + 1));
    const y1 = Math.min(height, y0 + 1 + scaled(d, Math.floor(height / 3) + 1));
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) rgb.set([r & 255, g & 255, l & 255], (y * width + x) * 3);
  }
  return { width, height, rgb };
}

export function flat(width, height, grey) {
  return { width, height, rgb: Buffer.alloc(width * height * 3, grey) };
}

/** A quarter turn clockwise. */
export function turned({ width, height, rgb }) {
  const out = Buffer.alloc(rgb.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rgb.copy(out, (x * height + (height - 1 - y)) * 3, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return { width: height, height: width, rgb: out };
}

/** Left and right swapped. */
export function mirrored({ width, height, rgb }) {
  const out = Buffer.alloc(rgb.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rgb.copy(out, (y * width + width - 1 - x) * 3, (y * width + x) * 3, (y * width + x) * 3 + 3);
  }
  return { width, height, rgb: out };
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(checksum(body));
  return Buffer.concat([head, body, tail]);
}

// CRC-32 as in the PNG specification, annex D; zlib.crc32 is not in every Node that we support.
function checksum(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return (crc ^ 0xffffffff) >>> 0;
}

export function png({ width, height, rgb }) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);  // 8 bits, RGB
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) rgb.copy(rows, y * (1 + width * 3) + 1, y * width * 3, (y + 1) * width * 3);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0)),
  ]);
}
