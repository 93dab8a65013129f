// A forward proxy that one browser context sends everything through, and that writes down every byte both ways:
// what a device says to the service and to the keepers, independently of what the page or the browser claim it said.
import { createServer, request as forward } from 'node:http';
import { connect } from 'node:net';

const QUIET_MS = 1000;

export class Recorder {
  /** {at, method, url, headers, body, status, reply}; bodies are Buffers; in the order the requests arrived. */
  exchanges = [];
  /** Payloads of WebSocket frames: {direction: 'up'|'down', text}. */
  frames = [];

  static async start() {
    const recorder = new Recorder();
    recorder.server = createServer((request, response) => recorder.#relay(request, response));
    recorder.server.on('connect', (request, socket, head) => recorder.#tunnel(request, socket, head));
    recorder.server.on('upgrade', (request, socket, head) => recorder.#upgrade(request, socket, head));
    await new Promise((ready) => recorder.server.listen(0, '127.0.0.1', ready));
    recorder.server.unref(); // it ends with the test, whether or not somebody stops it
    recorder.proxy = { server: `http://127.0.0.1:${recorder.server.address().port}`, bypass: '<-loopback>' };
    return recorder;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  mark() {
    return this.exchanges.length;
  }

  since(mark) {
    return this.exchanges.slice(mark);
  }

  /** Resolves when everything asked for has been answered and nothing new was asked for in a while. */
  async quiet() {
    for (let before = -1; ; ) {
      const open = this.exchanges.some((one) => !one.done);
      if (!open && before === this.exchanges.length) return;
      before = this.exchanges.length;
      await new Promise((later) => setTimeout(later, QUIET_MS));
    }
  }

  /** Every body and frame in one list of buffers, for searching. */
  everything() {
    return [
      ...this.exchanges.flatMap((one) => [Buffer.from(one.url), Buffer.from(JSON.stringify(one.headers)), one.body, one.reply]),
      ...this.frames.map((frame) => Buffer.from(frame.text)),
    ];
  }

  #relay(request, response) {
    const exchange = {
      at: Date.now(),
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: Buffer.alloc(0),
      status: 0,
      reply: Buffer.alloc(0),
      done: false,
    };
    response.on('close', () => {
      exchange.done = true;
    });
    this.exchanges.push(exchange);
    const url = new URL(request.url);
    const headers = { ...request.headers };
    delete headers['proxy-connection'];
    const out = forward(
      { host: url.hostname, port: url.port, path: url.pathname + url.search, method: request.method, headers },
      (answer) => {
        exchange.status = answer.statusCode;
        response.writeHead(answer.statusCode, answer.headers);
        answer.on('data', (chunk) => {
          exchange.reply = Buffer.concat([exchange.reply, chunk]);
        });
        answer.pipe(response);
      },
    );
    out.on('error', () => response.destroy());
    request.on('data', (chunk) => {
      exchange.body = Buffer.concat([exchange.body, chunk]);
    });
    request.pipe(out);
  }

  /** A browser reaches ws:// through a proxy with CONNECT. */
  #tunnel(request, socket, head) {
    const [host, port] = request.url.split(':');
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      this.#join(socket, upstream, head);
    });
    const end = () => {
      socket.destroy();
      upstream.destroy();
    };
    upstream.on('error', end);
    socket.on('error', end);
  }

  #upgrade(request, socket, head) {
    const url = new URL(request.url);
    const upstream = connect(Number(url.port || 80), url.hostname, () => {
      const lines = [`${request.method} ${url.pathname}${url.search} HTTP/1.1`];
      for (let at = 0; at < request.rawHeaders.length; at += 2) {
        lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
      }
      upstream.write(`${lines.join('\r\n')}\r\n\r\n`);
      this.#join(socket, upstream, head);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  }

  #join(socket, upstream, head) {
    if (head.length > 0) upstream.write(head);
    const up = new FrameReader((text) => this.frames.push({ direction: 'up', text }));
    const down = new FrameReader((text) => this.frames.push({ direction: 'down', text }));
    socket.on('data', (chunk) => up.add(chunk));
    upstream.on('data', (chunk) => down.add(chunk));
    socket.pipe(upstream);
    upstream.pipe(socket);
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());
  }
}

/** Skips the HTTP head, then reads WebSocket frames and unmasks them. */
class FrameReader {
  #bytes = Buffer.alloc(0);
  #headSkipped = false;

  constructor(found) {
    this.found = found;
  }

  add(chunk) {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (!this.#headSkipped) {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end === -1) return;
      this.found(this.#bytes.subarray(0, end).toString('latin1'));
      this.#bytes = this.#bytes.subarray(end + 4);
      this.#headSkipped = true;
    }
    while (this.#one());
  }

  #one() {
    const bytes = this.#bytes;
    if (bytes.length < 2) return false;
    let length = bytes[1] & 0x7f;
    let at = 2;
    if (length === 126) {
      if (bytes.length < 4) return false;
      length = bytes.readUInt16BE(2);
      at = 4;
    } else if (length === 127) {
      if (bytes.length < 10) return false;
      length = Number(bytes.readBigUInt64BE(2));
      at = 10;
    }
    const masked = (bytes[1] & 0x80) !== 0;
    const start = at + (masked ? 4 : 0);
    if (bytes.length < start + length) return false;
    const payload = Buffer.from(bytes.subarray(start, start + length));
    if (masked) for (let i = 0; i < payload.length; i++) payload[i] ^= bytes[at + (i & 3)];
    this.#bytes = bytes.subarray(start + length);
    this.found(payload.toString('latin1'));
    return true;
  }
}
