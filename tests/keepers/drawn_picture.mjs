// A harmless picture drawn from a seed, as a PNG file: coloured rectangles over a gradient.
import { deflateSync } from 'node:zlib';

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
function crc32(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = crcTable[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function pixels(width, height, seed) {
  const rgb = Buffer.alloc(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rgb.set([255 * x / width, 255 * y / height, 255 * (x + y) / (width + height)].map(Math.floor), 3 * (y * width + x));
    }
  }
  let state = seed >>> 0;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  };
  for (let n = 0; n < 24; n++) {
    const [a, b, c, d, r, g, l] = Array.from({ length: 7 }, draw);
    const [x0, y0] = [a * width >>> 16, b * height >>> 16];
    const w = 1 + (c * (Math.floor(width / 3) + 1) >>> 16);
    const h = 1 + (d * (Math.floor(height / 3) + 1) >>> 16);
    for (let y = y0; y < Math.min(height, y0 + h); y++) {
      for (let x = x0; x < Math.min(width, x0 + w); x++) rgb.set([r & 255, g & 255, l & 255], 3 * (y * width + x));
    }
  }
  return rgb;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

function png(width, height, rgb) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = [];
  for (let y = 0; y < height; y++) rows.push(Buffer.from([0]), rgb.subarray(3 * y * width, 3 * (y + 1) * width));
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))), chunk('IEND', Buffer.alloc(0))]);
}

/** PNG bytes of a detailed drawn picture. */
export const drawnPicture = (seed, width = 160, height = 120) => png(width, height, pixels(width, height, seed));
/** PNG bytes of a picture with nothing on it, whose hash means nothing. */
export const blankPicture = (width = 160, height = 120) => png(width, height, Buffer.alloc(3 * width * height, 200));
