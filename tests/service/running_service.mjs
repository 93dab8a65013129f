// A real `lightkeeper serve` process, and clients for its HTTP API and its relay. No dependencies; Node 18 and newer.
import { spawn, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';

export const binary = process.env.LK_BIN ?? 'build/release/bin/lightkeeper';

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts the service on a folder and waits until it says that it is ready. */
export async function startService(data, port, extra = [], env = {}) {
  const child = spawn(binary, ['serve', '--data', data, '--port', String(port), '--json', ...extra], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env },
  });
  const service = { child, port, log: '', exited: false };
  child.on('exit', () => (service.exited = true));
  child.stderr.on('data', (chunk) => (service.log += chunk));
  await new Promise((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
      if (out.includes('\n')) resolve();
    });
    child.on('exit', (code) => reject(new Error(`serve ended with ${code} before it was ready: ${service.log}`)));
  });
  return service;
}

/** Ends exactly the process that startService() began. */
export function endService(service, signal = 'SIGTERM') {
  if (service.exited) return Promise.resolve();
  return new Promise((resolve) => {
    service.child.on('exit', resolve);
    service.child.kill(signal);
  });
}

export function run(...args) {
  return execFileSync(binary, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export const inviteCode = (data, role) => JSON.parse(run('invite', '--data', data, '--role', role, '--json')).code;

/** One request on its own connection; rejects when the connection breaks before the whole answer is there. */
export function request(port, method, path, { token, json, bytes, headers = {} } = {}) {
  const body = json !== undefined ? Buffer.from(JSON.stringify(json)) : bytes;
  return new Promise((resolve, reject) => {
    const call = http.request(
      {
        host: '127.0.0.1', port, method, path, agent: false, timeout: 20_000,
        headers: {
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          ...(json !== undefined ? { 'Content-Type': 'application/json' } : {}),
          ...(body ? { 'Content-Length': body.length } : {}),
          ...headers,
        },
      },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('aborted', () => reject(new Error('the answer broke off')));
        response.on('end', () => {
          const raw = Buffer.concat(chunks);
          let parsed;
          try {
            parsed = JSON.parse(raw.toString('utf8'));
          } catch {
            parsed = undefined;
          }
          resolve({ status: response.statusCode, headers: response.headers, raw, json: parsed });
        });
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', reject);
    call.end(body);
  });
}

export const hexId = () => randomBytes(16).toString('hex');
export const b64 = (bytes) => Buffer.from(bytes).toString('base64url');

export async function signUp(data, port, name, role = 'person') {
  const code = inviteCode(data, role);
  const answer = await request(port, 'POST', '/api/v1/accounts', { json: { code, name, password: `a password for ${name}` } });
  if (answer.status !== 201) throw new Error(`sign-up: ${answer.status} ${answer.raw}`);
  return answer.json;
}

/** A small WebSocket client (RFC 6455, text frames only). `onMessage` gets parsed JSON. */
export function openRelay(port, token, onMessage) {
  return new Promise((resolve, reject) => {
    const call = http.request({
      host: '127.0.0.1', port, path: '/api/v1/relay', agent: false,
      headers: {
        Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      },
    });
    call.on('error', reject);
    call.on('response', (response) => reject(new Error(`no upgrade: ${response.statusCode}`)));
    call.on('upgrade', (_response, socket, head) => {
      let buffer = head;
      const relay = { closed: false };
      const parts = [];
      const frame = (opcode, payload) => {
        const mask = randomBytes(4);
        const size = payload.length;
        const header = size < 126 ? Buffer.from([0x80 | opcode, 0x80 | size])
          : Buffer.from([0x80 | opcode, 0x80 | 126, size >> 8, size & 255]);
        const masked = Buffer.from(payload.map((byte, i) => byte ^ mask[i % 4]));
        if (!socket.destroyed) socket.write(Buffer.concat([header, mask, masked]));
      };
      relay.send = (message) => frame(1, Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)));
      relay.close = () => socket.destroy();
      const take = () => {
        for (;;) {
          if (buffer.length < 2) return;
          let size = buffer[1] & 127;
          let at = 2;
          if (size === 126) {
            if (buffer.length < 4) return;
            size = buffer.readUInt16BE(2);
            at = 4;
          } else if (size === 127) {
            if (buffer.length < 10) return;
            size = Number(buffer.readBigUInt64BE(2));
            at = 10;
          }
          if (buffer.length < at + size) return;
          const [first] = buffer;
          const opcode = first & 15;
          const payload = buffer.subarray(at, at + size);
          buffer = buffer.subarray(at + size);
          if (opcode <= 1) {  // a message may come in several frames; the last one has the top bit
            parts.push(payload);
            if (first & 0x80) onMessage(JSON.parse(Buffer.concat(parts.splice(0)).toString('utf8')), relay);
          }
          if (opcode === 9) frame(10, payload);
          else if (opcode === 8) socket.destroy();
        }
      };
      socket.on('data', (chunk) => {
        buffer = Buffer.concat([buffer, chunk]);
        take();
      });
      socket.on('error', () => {});
      socket.on('close', () => (relay.closed = true));
      relay.send({ type: 'hello', token });
      resolve(relay);
      take();
    });
    call.end();
  });
}
