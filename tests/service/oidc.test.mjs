// Sign-in of staff through a provider, over real sockets: first Debian's glewlwyd, then a small issuer of our own that also
// lies. Everything is on loopback.
import assert from 'node:assert/strict';
import { createHmac, createHash, createSign, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { signInAt, startGlewlwyd } from './glewlwyd.mjs';
import { endService, freePort, inviteCode, request, run, startService } from './running_service.mjs';

const client = 'lightkeeper-console';
const secret = 'client-secret-7';

/** A service that signs staff in at `issuer`; ends with the test. */
async function serviceAt(t, port, issuer) {
  const folder = mkdtempSync(join(tmpdir(), 'lk-oidc-'));
  const data = join(folder, 'data');
  writeFileSync(join(folder, 'secret'), `${secret}\n`, { mode: 0o600 });
  writeFileSync(
    join(folder, 'service.toml'),
    `oidc_issuer = "${issuer}"\noidc_client_id = "${client}"\noidc_client_secret_file = "${join(folder, 'secret')}"\n` +
      'oidc_name = "Example sign-in"\n',
  );
  const service = await startService(data, port, ['--config', join(folder, 'service.toml')]);
  t.after(async () => {
    await endService(service);
    rmSync(folder, { recursive: true, force: true });
  });
  const post = (path, json, token) => request(port, 'POST', path, { json, token });
  return {
    data,
    get: (path, token) => request(port, 'GET', path, { token }),
    start: async (code) => {
      const answer = await post('/api/v1/oidc/start', code === undefined ? {} : { code });
      assert.equal(answer.status, 200, JSON.stringify(answer.json));
      return answer.json.authorization_url;
    },
    finish: (back) => post('/api/v1/oidc/finish', { code: back.searchParams.get('code'), state: back.searchParams.get('state') }),
  };
}

for (const kind of ['ecdsa', 'rsa']) {
  test(`staff come in through glewlwyd (${kind})`, { timeout: 120_000 }, async (t) => {
    const port = await freePort();
    const provider = await startGlewlwyd({
      client, secret, kind,
      redirect: `http://localhost:${port}/console/`,
      users: { robin: 'password-of-robin', sam: 'password-of-sam' },
    });
    t.after(() => provider.stop());
    const service = await serviceAt(t, port, provider.issuer);
    const signIn = async (name, code) =>
      service.finish(await signInAt(provider, client, name, `password-of-${name}`, await service.start(code)));

    const config = await service.get('/config.json');
    assert.deepEqual(config.json.oidc, { name: 'Example sign-in' });

    const uninvited = await signIn('robin');
    assert.equal(uninvited.json.code, 'oidc_not_invited');

    const invited = await signIn('robin', inviteCode(service.data, 'reviewer'));
    assert.equal(invited.status, 201, JSON.stringify(invited.json));
    assert.equal(invited.json.role, 'reviewer');
    assert.equal(invited.json.name, 'robin');
    assert.equal((await service.get('/api/v1/cases', invited.json.token)).status, 200);

    const again = await signIn('robin');
    assert.equal(again.json.account, invited.json.account, 'the second time needs no code');

    assert.equal((await signIn('sam', inviteCode(service.data, 'person'))).json.code, 'code_used', 'a code of people opens nothing');
    assert.equal((await signIn('sam')).json.code, 'oidc_not_invited');

    // The same answer of the provider again, and one that belongs to another start.
    const back = await signInAt(provider, client, 'robin', 'password-of-robin', await service.start());
    assert.equal((await service.finish(back)).status, 201);
    assert.equal((await service.finish(back)).json.code, 'oidc_failed');
    const one = await signInAt(provider, client, 'robin', 'password-of-robin', await service.start());
    const other = new URL(await service.start());
    one.searchParams.set('state', other.searchParams.get('state'));
    assert.equal((await service.finish(one)).json.code, 'oidc_failed', "PKCE binds a code to its own start");
  });
}

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** An issuer that answers with whatever `forge(claims, sign)` makes of a good token. */
async function lyingIssuer(t) {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
  const issuer = { forge: (claims, sign) => sign(claims), challenge: '', nonce: '', keys: undefined };
  const sign = (claims, header = { alg: 'RS256', kid: 'k' }) => {
    const message = `${encode(header)}.${encode(claims)}`;
    return `${message}.${createSign('sha256').update(message).sign(pair.privateKey, 'base64url')}`;
  };
  issuer.hmac = (claims, alg) => {
    const message = `${encode({ alg, kid: 'k' })}.${encode(claims)}`;
    return `${message}.${createHmac('sha256', pem).update(message).digest('base64url')}`;
  };
  const server = http.createServer((incoming, answer) => {
    let body = '';
    incoming.on('data', (chunk) => (body += chunk));
    incoming.on('end', () => {
      const reply = (value) => answer.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
      if (incoming.url === '/.well-known/openid-configuration') {
        reply({
          issuer: issuer.url, authorization_endpoint: `${issuer.url}/authorize`, token_endpoint: `${issuer.url}/token`,
          jwks_uri: `${issuer.url}/keys`,
        });
      } else if (incoming.url === '/token') {
        const form = new URLSearchParams(body);
        assert.equal(incoming.headers.authorization, `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}`);
        assert.equal(createHash('sha256').update(form.get('code_verifier')).digest('base64url'), issuer.challenge);
        const now = Math.floor(Date.now() / 1000);
        const claims = { iss: issuer.url, sub: 'subject-1', aud: client, exp: now + 60, iat: now, nonce: issuer.nonce };
        reply({ id_token: issuer.forge(claims, sign) });
      } else {
        reply({ keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig' }] });
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  issuer.url = `http://127.0.0.1:${server.address().port}`;
  return issuer;
}

test('a subject named by an administrator comes in without a code; forged tokens never do', { timeout: 60_000 }, async (t) => {
  const port = await freePort();
  const issuer = await lyingIssuer(t);
  const service = await serviceAt(t, port, issuer.url);
  run('invite', '--data', service.data, '--role', 'legal', '--oidc-subject', 'subject-1', '--scope', 'threat', '--json');
  const signIn = async (forge) => {
    issuer.forge = forge;
    const address = new URL(await service.start());
    issuer.challenge = address.searchParams.get('code_challenge');
    issuer.nonce = address.searchParams.get('nonce');
    const back = new URL('http://localhost/console/');
    back.searchParams.set('code', 'any');
    back.searchParams.set('state', address.searchParams.get('state'));
    return service.finish(back);
  };
  const lies = {
    'alg none': (claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`,
    'HMAC with the public key': (claims) => issuer.hmac(claims, 'HS256'),
    'HMAC under the name of RSA': (claims) => issuer.hmac(claims, 'RS256'),
    'another audience': (claims, sign) => sign({ ...claims, aud: 'other' }),
    'two audiences without a party': (claims, sign) => sign({ ...claims, aud: [client, 'other'] }),
    'another party': (claims, sign) => sign({ ...claims, azp: 'other' }),
    'another issuer': (claims, sign) => sign({ ...claims, iss: 'http://127.0.0.1:1' }),
    'another nonce': (claims, sign) => sign({ ...claims, nonce: 'other' }),
    'expired': (claims, sign) => sign({ ...claims, exp: claims.iat - 120 }),
    'from the future': (claims, sign) => sign({ ...claims, iat: claims.iat + 3600 }),
    'a changed claim': (claims, sign) => {
      const [header, , signature] = sign(claims).split('.');
      return `${header}.${encode({ ...claims, sub: 'subject-2' })}.${signature}`;
    },
    'not a token': () => 'x',
    'nothing': () => undefined,
  };
  for (const [name, lie] of Object.entries(lies)) {
    const answer = await signIn(lie);
    assert.equal(answer.json?.code, 'oidc_failed', name);
    assert.equal(answer.status, 401, name);
  }
  // Roles and scopes are those of the invitation, whatever the token says.
  const good = await signIn((claims, sign) => sign({ ...claims, role: 'admin', groups: ['admin'], preferred_username: 'Robin R' }));
  assert.equal(good.status, 201, JSON.stringify(good.json));
  assert.equal(good.json.role, 'legal');
  assert.deepEqual(good.json.scopes, ['threat']);
  assert.equal(good.json.name, 'robinr');
});

test('without a provider the routes say so', { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lk-oidc-'));
  const port = await freePort();
  const service = await startService(join(folder, 'data'), port);
  t.after(async () => {
    await endService(service);
    rmSync(folder, { recursive: true, force: true });
  });
  assert.equal((await request(port, 'GET', '/config.json')).json.oidc, null);
  assert.equal((await request(port, 'POST', '/api/v1/oidc/start', { json: {} })).json.code, 'oidc_not_configured');
});
