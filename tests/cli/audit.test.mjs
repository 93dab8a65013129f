import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { folder, lightkeeper } from './program.mjs';

/** A data folder with an audit log of some entries: `serve` is not needed to make one. */
function service(t) {
  const cwd = folder(t);
  mkdirSync(join(cwd, 'data'));
  // Any command that opens an existing folder makes its keys; the database begins as an empty file.
  writeFileSync(join(cwd, 'data', 'service.db'), '', { mode: 0o600 });
  for (let i = 0; i < 6; i++) {
    const made = lightkeeper(['invite', '--data', 'data', '--role', 'senior', '--json'], { cwd });
    assert.equal(made.status, 0, made.err);
  }
  return {
    cwd, path: (name) => join(cwd, name), read: (name) => readFileSync(join(cwd, name), 'utf8'),
    run: (...args) => lightkeeper(['audit', ...args], { cwd }),
    /** As somebody with the file, sqlite3 and time. */
    tamper: (sql, data = 'data') => execFileSync('sqlite3', [join(cwd, data, 'service.db'),
      'DROP TRIGGER audit_entry_is_never_edited; DROP TRIGGER audit_entry_is_never_deleted; ' +
      'DROP TRIGGER audit_checkpoint_is_never_deleted; DROP TRIGGER audit_node_is_never_deleted;' + sql]),
  };
}
const findings = (run) => run.json()[0].findings.map((finding) => finding.kind);

test('an exported log verifies with its key, and with no other', (t) => {
  const { run, path, cwd } = service(t);
  const [exported] = run('export', '--data', 'data', '--out', 'log.lkaudit', '--json').json();
  assert.equal(statSync(path('log.lkaudit')).mode & 0o777, 0o600);
  assert.match(exported.key, /^lightkeeper\.audit\/[0-9a-f]{16}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$/);
  assert.equal(run('key', '--data', 'data').out.trim(), exported.key);
  rmSync(path('data'), { recursive: true });
  const whole = run('verify', 'log.lkaudit', '--key', exported.key, '--json');
  assert.equal(whole.status, 0, whole.err);
  const [answer] = whole.json();
  assert.equal(answer.verified, true);
  assert.equal(answer.key_pinned, true);
  assert.equal(answer.entries, 7, 'six invitations and the export');
  assert.deepEqual(answer.findings, []);
  const unpinned = run('verify', 'log.lkaudit');
  assert.equal(unpinned.status, 0);
  assert.match(unpinned.err, /name one you know with --key/);

  const other = service(t);
  const [otherKey] = other.run('key', '--data', 'data', '--json').json();
  writeFileSync(path('other.pub'), otherKey.key + '\n');
  const refused = run('verify', 'log.lkaudit', '--key', 'other.pub', '--json');
  assert.equal(refused.status, 1);
  assert.ok(findings(refused).includes('checkpoint_forged'));
  assert.equal(run('export', '--data', 'data', '--out', 'log.lkaudit').status, 66, cwd);
});

test('each bit of an exported file counts', (t) => {
  const { run, path } = service(t);
  const [{ key }] = run('export', '--data', 'data', '--out', 'log.lkaudit', '--json').json();
  const file = readFileSync(path('log.lkaudit'));
  for (let i = 0; i < 24; i++) {
    const changed = Buffer.from(file);
    changed[Math.floor((i + 0.5) * file.length / 24)] ^= 1 << (i % 8);
    writeFileSync(path('changed'), changed);
    const { status } = run('verify', 'changed', '--key', key);
    assert.ok(status === 1 || status === 2, `byte ${i}: ${status}`);
  }
  writeFileSync(path('changed'), 'something else');
  assert.equal(run('verify', 'changed').status, 2);
  assert.equal(run('verify', 'no-such-file').status, 2);
  assert.equal(run('verify').status, 2);
  assert.equal(run('verify', 'log.lkaudit', '--key', 'not-a-key').status, 2);
});

test('tampering with the database is found and named, also by data verify', (t) => {
  for (const [sql, kind] of [
    ["UPDATE audit_entry SET detail = 'x' WHERE number = 3", 'entry_changed'],
    ['DELETE FROM audit_entry WHERE number = 3', 'entry_missing'],
    ['DELETE FROM audit_entry WHERE number > 4', 'tail_removed'],
    ["INSERT INTO audit_entry VALUES(7, 0, 'case.decide', NULL, '', '')", 'entry_added'],
    ["UPDATE audit_entry SET number = -2 WHERE number = 2; UPDATE audit_entry SET number = 2 WHERE number = 5; " +
      'UPDATE audit_entry SET number = 5 WHERE number = -2', 'entries_swapped'],
  ]) {
    const { run, path, cwd, tamper } = service(t);
    writeFileSync(path('older'), run('checkpoint', '--data', 'data').out);
    const before = run('verify', '--data', 'data', '--since', 'older', '--json');
    assert.equal(before.status, 0, before.out);
    tamper(sql);
    const after = run('verify', '--data', 'data', '--json');
    assert.equal(after.status, 1, sql);
    assert.ok(findings(after).includes(kind), `${sql}: ${after.out}`);
    const all = lightkeeper(['data', 'verify', '--data', 'data'], { cwd });
    assert.notEqual(all.status, 0);
    assert.match(all.out, /audit log: /);
  }
});

test('with everything in the folder written anew, an older checkpoint still tells', (t) => {
  const { run, path, tamper } = service(t);
  writeFileSync(path('older'), run('checkpoint', '--data', 'data').out);
  tamper('DELETE FROM audit_entry; DELETE FROM audit_node; DELETE FROM audit_checkpoint');
  rmSync(path('data/audit/checkpoint'), { force: true });
  assert.equal(run('verify', '--data', 'data').status, 0, 'nothing in the folder can tell');
  const told = run('verify', '--data', 'data', '--since', 'older', '--json');
  assert.equal(told.status, 1);
  assert.deepEqual(findings(told), ['tail_removed']);
});

test('verify makes nothing, not even a key that is missing', (t) => {
  const { run, path, read } = service(t);
  writeFileSync(path('pinned'), run('key', '--data', 'data').out);
  rmSync(path('data/keys'), { recursive: true });
  assert.equal(run('verify', '--data', 'data', '--key', 'pinned').status, 0);
  assert.ok(!existsSync(path('data/keys')));
  assert.match(read('pinned'), /^lightkeeper\.audit\//);
});

test('a backup verifies without secret keys', (t) => {
  const { run, path, cwd } = service(t);
  assert.equal(lightkeeper(['data', 'backup', '--data', 'data', '--to', 'copy'], { cwd }).status, 0);
  assert.ok(!existsSync(path('copy/keys')));
  cpSync(path('copy/audit/log.pub'), path('pinned'));
  const checked = run('verify', '--data', 'copy', '--key', 'pinned', '--json');
  assert.equal(checked.status, 0, checked.out);
  assert.equal(checked.json()[0].entries, 6);
  rmSync(path('copy/service.db'));
  assert.equal(run('verify', '--data', 'copy', '--key', 'pinned').status, 2);
});
