import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { startDesk } from './desk.mjs';
import { folder, lightkeeper } from './program.mjs';

const module = '/usr/lib/softhsm/libsofthsm2.so';
const skip = existsSync(module) ? false : 'SoftHSM 2 is not installed (tools/packages.txt)';

/** A folder with a service's data and a SoftHSM token "evidence" whose PIN stands in the file pin. */
function prepared(t) {
  const cwd = folder(t);
  for (const name of ['data', 'tokens']) mkdirSync(join(cwd, name));
  writeFileSync(join(cwd, 'data', 'service.db'), '', { mode: 0o600 });
  writeFileSync(join(cwd, 'softhsm2.conf'), `directories.tokendir = ${join(cwd, 'tokens')}\nobjectstore.backend = file\n`);
  writeFileSync(join(cwd, 'pin'), 'a-pin-for-tests\n', { mode: 0o600 });
  const env = { SOFTHSM2_CONF: join(cwd, 'softhsm2.conf') };
  const made = spawnSync('softhsm2-util', ['--module', module, '--init-token', '--free', '--label', 'evidence', '--so-pin',
    '12345678', '--pin', 'a-pin-for-tests'], { env: { ...process.env, ...env }, encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const token = ['--pkcs11-module', module, '--pkcs11-token', 'evidence', '--pkcs11-pin-file', 'pin', '--pkcs11-key', 'case-keys'];
  assert.equal(lightkeeper(['invite', '--data', 'data', '--role', 'person'], { cwd }).status, 0);
  return { cwd, token, env, run: (...args) => lightkeeper(['data', ...args], { cwd, env }),
    sql: (text) => execFileSync('sqlite3', [join(cwd, 'data', 'service.db'), text], { encoding: 'utf8' }) };
}

test('a key is made in the token once, and keys that do not open are named', { skip }, (t) => {
  const { run, token, sql } = prepared(t);
  const before = run('rewrap', '--data', 'data', ...token);
  assert.equal(before.status, 66);
  assert.match(before.err, /data evidence-key/);
  assert.deepEqual(run('evidence-key', ...token, '--json').json()[0], { token: 'evidence', key: 'case-keys' });
  assert.equal(run('evidence-key', ...token).status, 73);
  assert.deepEqual(run('rewrap', '--data', 'data', ...token, '--json').json()[0],
    { keys: 0, wrapped_anew: 0, did_not_open: 0 });
  // A report whose wrapped key nobody has.
  sql("INSERT INTO account VALUES(x'11111111111111111111111111111111', 'ada', 'person', NULL, NULL, 1, 0);" +
    "INSERT INTO report(id, number, reporter, client_id, request_mac, alleged, reason, received_ms, messages, verified, state, " +
    "wrapped_key) VALUES(x'11111111111111111111111111111111', 1, x'11111111111111111111111111111111', 'c', x'', x'11111111111111111111111111111111', 'other', 0, 0, 0, 'open', zeroblob(60))");
  const strange = run('rewrap', '--data', 'data', ...token, '--json');
  assert.equal(strange.status, 65);
  assert.deepEqual(strange.json()[0], { keys: 1, wrapped_anew: 0, did_not_open: 1 });
  assert.equal(sql('SELECT hex(wrapped_key) FROM report').trim(), '00'.repeat(60), 'left as it is');
});

test('settings that cannot work are named before anything is touched', { skip }, (t) => {
  const { run, token, cwd } = prepared(t);
  assert.equal(run('rewrap', '--data', 'data').status, 64);
  assert.notEqual(run('rewrap', '--data', 'data', '--pkcs11-module', module).status, 0, 'half a token');
  writeFileSync(join(cwd, 'pin'), 'not-the-pin\n');
  const refused = run('evidence-key', ...token);
  assert.equal(refused.status, 78);
  assert.match(refused.err, /refuses the PIN/);
  assert.ok(!refused.err.includes('not-the-pin'));
  const serve = lightkeeper(['serve', '--data', 'data', '--port', '0'], { cwd, env: { LK_EVIDENCE_KEY: 'pkcs11' } });
  assert.equal(serve.status, 78);
  assert.match(serve.err, /evidence_pkcs11_module is missing/);
});

test('cases whose keys are in the token open with it, by options or by the settings, and not without', { skip }, async (t) => {
  const { cwd, token, env, run } = prepared(t);
  assert.equal(run('evidence-key', ...token).status, 0);
  const [, , , label, , pin, , key] = token;
  const settings = { ...env, LK_EVIDENCE_KEY: 'pkcs11', LK_EVIDENCE_PKCS11_MODULE: module, LK_EVIDENCE_PKCS11_TOKEN: label,
    LK_EVIDENCE_PKCS11_PIN_FILE: join(cwd, pin), LK_EVIDENCE_PKCS11_KEY: key };
  const desk = await startDesk(t, 'rita', 'reviewer', settings);
  const id = await desk.tell('threat', 'bland words');
  const show = (more, variables) => lightkeeper(['case', 'show', '--data', desk.data, id, '--json', ...more], { cwd, env: variables });

  const without = show([], env);
  assert.equal(without.status, 65, without.out);
  assert.ok(!without.out.includes('bland words'));
  const config = join(cwd, 'service.toml');
  writeFileSync(config, Object.entries(settings).filter(([name]) => name.startsWith('LK_'))
    .map(([name, value]) => `${name.slice(3).toLowerCase()} = ${JSON.stringify(value)}\n`).join(''));
  for (const opened of [show(token, env), show([], settings), show(['--config', config], env)]) {
    assert.equal(opened.status, 0, opened.err);
    assert.equal(opened.json()[0].statement, 'bland words');
  }
  assert.equal(lightkeeper(['case', 'ls', '--data', desk.data, '--json', ...token], { cwd, env }).json()[0].total, 1);
  const decided = lightkeeper(['case', 'decide', '--data', desk.data, '--as', 'rita', '--password-file', desk.passwordFile, ...token,
    '--decision', 'warn', '--reason', 'a calm reason', id], { cwd, env });
  assert.equal(decided.status, 0, decided.err);
  assert.equal(show(token, env).json()[0].state, 'decided');
});
