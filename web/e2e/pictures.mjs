// Pictures for the tests: drawn and edited in the browser, never anything but coloured rectangles.

/** A drawn picture that is on no list. Different seeds give very different pictures. */
export async function drawn(page, { seed, width = 640, height = 480, type = 'image/jpeg', quality = 0.92 }) {
  const text = await page.evaluate(
    async ({ seed, width, height, type, quality }) => {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d');
      let state = seed >>> 0;
      const draw = (limit) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return ((state >>> 16) * limit) >>> 16;
      };
      context.fillStyle = `rgb(${draw(256)} ${draw(256)} ${draw(256)})`;
      context.fillRect(0, 0, width, height);
      for (let i = 0; i < 40; i++) {
        context.fillStyle = `rgb(${draw(256)} ${draw(256)} ${draw(256)})`;
        context.fillRect(draw(width), draw(height), 20 + draw(width / 3), 20 + draw(height / 3));
      }
      const bytes = new Uint8Array(await (await canvas.convertToBlob({ type, quality })).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    },
    { seed, width, height, type, quality },
  );
  return Buffer.from(text, 'base64');
}

/** The eight edits of the listed picture, as [name, file]. */
export async function editedCopies(page, original) {
  const edits = [
    ['re-encoded', { type: 'image/jpeg', quality: 0.6 }],
    ['resized', { scale: 0.6, type: 'image/png' }],
    ['brighter', { filter: 'brightness(1.2)', type: 'image/png' }],
    ['blurred', { filter: 'blur(1.5px)', type: 'image/png' }],
    ['grey', { filter: 'grayscale(1)', type: 'image/png' }],
    ['mirrored', { mirror: true, type: 'image/png' }],
    ['rotated by 90', { rotate: true, type: 'image/png' }],
    ['cropped by 1 %', { crop: 0.01, type: 'image/png' }],
  ];
  const files = [];
  for (const [name, edit] of edits) {
    const text = await page.evaluate(
      async ({ source, edit }) => {
        const bytes = Uint8Array.from(atob(source), (c) => c.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const scale = edit.scale ?? 1;
        const cut = Math.round(bitmap.width * (edit.crop ?? 0));
        const down = Math.round(bitmap.height * (edit.crop ?? 0));
        const width = Math.round((bitmap.width - cut) * scale);
        const height = Math.round((bitmap.height - down) * scale);
        const canvas = edit.rotate ? new OffscreenCanvas(height, width) : new OffscreenCanvas(width, height);
        const context = canvas.getContext('2d');
        context.imageSmoothingQuality = 'high';
        if (edit.filter) context.filter = edit.filter;
        if (edit.mirror) {
          context.translate(width, 0);
          context.scale(-1, 1);
        }
        if (edit.rotate) {
          context.translate(height, 0);
          context.rotate(Math.PI / 2);
        }
        context.drawImage(bitmap, cut, down, bitmap.width - cut, bitmap.height - down, 0, 0, width, height);
        const out = new Uint8Array(await (await canvas.convertToBlob({ type: edit.type, quality: edit.quality })).arrayBuffer());
        return btoa(Array.from(out, (byte) => String.fromCharCode(byte)).join(''));
      },
      { source: original.toString('base64'), edit },
    );
    const type = edit.type;
    files.push([name, { name: `edit.${type === 'image/png' ? 'png' : 'jpg'}`, mimeType: type, buffer: Buffer.from(text, 'base64') }]);
  }
  return files;
}

/** Pixels as the browser shows them, upright, over white: {width, height, rgba in base64}. */
export function pixels(page, bytes, type) {
  return page.evaluate(
    async ({ source, type }) => {
      const raw = Uint8Array.from(atob(source), (c) => c.charCodeAt(0));
      const bitmap = await createImageBitmap(new Blob([raw], { type }), { imageOrientation: 'from-image' });
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext('2d');
      context.fillStyle = '#fff';
      context.fillRect(0, 0, bitmap.width, bitmap.height);
      context.drawImage(bitmap, 0, 0);
      const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data));
      return { width: bitmap.width, height: bitmap.height, sha256: Array.from(digest).join(',') };
    },
    { source: bytes.toString('base64'), type },
  );
}

/** The picture that a device keeps and shows, from its own storage. */
export async function keptPicture(page, account) {
  const text = await page.evaluate(async (account) => {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open(`lightkeeper-${account}`);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const all = await new Promise((resolve) => {
      const request = database.transaction('pictures').objectStore('pictures').getAll();
      request.onsuccess = () => resolve(request.result);
    });
    database.close();
    return all.map((one) => btoa(Array.from(one.bytes, (byte) => String.fromCharCode(byte)).join('')));
  }, account);
  return text.map((one) => Buffer.from(one, 'base64'));
}

/** A camera's name and a place, put into a JPEG as EXIF: 12° 34' 56" N, 7° 8' 9" E. */
export function withPlace(jpeg) {
  const rationals = (...values) => {
    const bytes = Buffer.alloc(values.length * 8);
    values.forEach((value, at) => {
      bytes.writeUInt32BE(value, at * 8);
      bytes.writeUInt32BE(1, at * 8 + 4);
    });
    return bytes;
  };
  const entry = (tag, type, count, value) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16BE(tag, 0);
    bytes.writeUInt16BE(type, 2);
    bytes.writeUInt32BE(count, 4);
    if (Buffer.isBuffer(value)) value.copy(bytes, 8);
    else bytes.writeUInt32BE(value, 8);
    return bytes;
  };
  const camera = Buffer.from('Testcamera GPS-1\0', 'latin1');
  const GPS_AT = 8 + 2 + 2 * 12 + 4;
  const GPS_DATA = GPS_AT + 2 + 4 * 12 + 4;
  const latitude = rationals(12, 34, 56);
  const longitude = rationals(7, 8, 9);
  const cameraAt = GPS_DATA + latitude.length + longitude.length;
  const tiff = Buffer.concat([
    Buffer.from('MM\0*\0\0\0\x08', 'latin1'),
    Buffer.from([0, 2]),
    entry(0x0110, 2, camera.length, cameraAt),
    entry(0x8825, 4, 1, GPS_AT),
    Buffer.alloc(4),
    Buffer.from([0, 4]),
    entry(1, 2, 2, Buffer.from('N\0', 'latin1')),
    entry(2, 5, 3, GPS_DATA),
    entry(3, 2, 2, Buffer.from('E\0', 'latin1')),
    entry(4, 5, 3, GPS_DATA + latitude.length),
    Buffer.alloc(4),
    latitude,
    longitude,
    camera,
  ]);
  const body = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(0xffe1, 0);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

/** What in these bytes tells a place or a camera; empty is clean. */
export function placeFindings(bytes) {
  const found = [];
  if (bytes.includes('Exif\0\0', 0, 'latin1')) found.push('an EXIF block');
  if (bytes.includes('Testcamera', 0, 'latin1')) found.push("the camera's name");
  const latitude = Buffer.from('0000000c000000010000002200000001', 'hex');
  if (bytes.includes(latitude)) found.push('the latitude');
  return found;
}
