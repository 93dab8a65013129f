// A real OpenID Connect provider on loopback: Debian's glewlwyd with a database and keys of its own in a folder that goes
// with it. Nothing of the machine's own glewlwyd configuration is read.
import { spawn, execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './running_service.mjs';

const schema = '/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3';

const configuration = (port, folder) => `
port=${port}
bind_address="127.0.0.1"
external_url="http://localhost:${port}"
login_url="login.html"
api_prefix="api"
log_mode="file"
log_level="DEBUG"
log_file="${folder}/glewlwyd.log"
cookie_secure=0
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database = { type="sqlite3" path="${folder}/glewlwyd.db" };
`;

/** One browser at the provider: its cookies, and answers without following redirects. */
export class Browser {
  #cookies = new Map();
  constructor(origin) {
    this.origin = origin;
  }
  async ask(method, path, json) {
    const answer = await fetch(new URL(path, this.origin), {
      method,
      redirect: 'manual',
      headers: {
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        Cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      body: json === undefined ? undefined : JSON.stringify(json),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.#cookies.set(name, value);
    }
    return { status: answer.status, location: answer.headers.get('location'), text: await answer.text() };
  }
  async must(method, path, json) {
    const answer = await this.ask(method, path, json);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 400)}`);
    return answer;
  }
}

/** Starts a provider with one confidential client and the named users, all with the password `users[name]`. */
export async function startGlewlwyd({ client, secret, redirect, users, kind = 'ecdsa' }) {
  const folder = mkdtempSync(join(tmpdir(), 'lk-glewlwyd-'));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const issuer = `${origin}/api/oidc`;
  execFileSync('sqlite3', [join(folder, 'glewlwyd.db')], { input: readFileSync(schema) });
  writeFileSync(join(folder, 'glewlwyd.conf'), configuration(port, folder));
  const child = spawn('glewlwyd', [`--config-file=${join(folder, 'glewlwyd.conf')}`], { stdio: 'ignore' });
  let ended = false;
  child.on('exit', () => (ended = true));
  const stop = async () => {
    if (!ended) {
      await new Promise((resolve) => {
        child.on('exit', resolve);
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 5000).unref();
      });
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const admin = new Browser(origin);
    for (let tries = 0; ; ++tries) {
      try {
        // The schema's own first account.
        await admin.must('POST', '/api/auth/', { username: 'admin', password: 'password' });
        break;
      } catch (error) {
        if (ended || tries > 100) throw new Error(`glewlwyd did not start: ${error.message}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    const pair =
      kind === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await admin.must('POST', '/api/mod/plugin/', {
      module: 'oidc', name: 'oidc', display_name: 'OpenID Connect', enabled: true,
      parameters: {
        iss: issuer,
        'jwt-type': kind,
        'jwt-key-size': '256',
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
        cert: pair.publicKey.export({ type: 'spki', format: 'pem' }),
        'access-token-duration': 60,
        'refresh-token-duration': 600,
        'code-duration': 60,
        'refresh-token-rolling': false,
        'allow-non-oidc': false,
        'auth-type-code-enabled': true,
        'auth-type-token-enabled': false,
        'auth-type-id-token-enabled': true,
        'auth-type-none-enabled': false,
        'auth-type-password-enabled': false,
        'auth-type-client-enabled': false,
        'auth-type-device-enabled': false,
        'auth-type-refresh-enabled': false,
        'subject-type': 'public',
        'email-claim': 'mandatory',
        'jwks-show': true,
        'pkce-allowed': true,
        'pkce-method-plain-allowed': false,
      },
    });
    await admin.must('POST', '/api/client/', {
      client_id: client, name: 'Lightkeeper', confidential: true, enabled: true, password: secret,
      redirect_uri: [redirect], authorization_type: ['code'], scope: ['openid'],
      token_endpoint_auth_method: ['client_secret_basic'],
    });
    for (const [username, password] of Object.entries(users)) {
      await admin.must('POST', '/api/user/', {
        username, password, name: username, email: `${username}@example.org`, enabled: true, scope: ['openid'],
      });
    }
  } catch (error) {
    const log = readFileSync(join(folder, 'glewlwyd.log'), 'utf8').slice(-2000);
    await stop();
    throw new Error(`${error.message}\n${log}`);
  }
  return { origin, issuer, stop, log: () => readFileSync(join(folder, 'glewlwyd.log'), 'utf8') };
}

/** What a person does there: signs in, agrees, and follows the address; gives the address that the browser comes back to. */
export async function signInAt(provider, client, username, password, address) {
  const browser = new Browser(provider.origin);
  await browser.must('POST', '/api/auth/', { username, password });
  await browser.must('PUT', `/api/auth/grant/${client}`, { scope: 'openid' });
  const answer = await browser.ask('GET', `${address}&g_continue`);
  if (answer.status !== 302) throw new Error(`authorization: ${answer.status} ${answer.text.slice(0, 400)}`);
  return new URL(answer.location);
}
