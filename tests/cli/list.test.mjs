import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { folder, lightkeeper } from './program.mjs';

const hash = (n) => n.toString(16).padStart(64, '0');
const made = ['--name', 'drawn', '--epoch', '1', '--variant', 'full', '--class', 'test', '--nonce-key', 'org.nonce'];

/** A folder with keys org.* and a plain list of three hashes. */
function prepared(t) {
  const cwd = folder(t);
  const run = (...args) => lightkeeper(['list', ...args], { cwd });
  assert.equal(run('keygen', '--out', 'org').status, 0);
  writeFileSync(join(cwd, 'plain.txt'), `# three\r\n${hash(1)}\r\n${hash(2)},7\n\n${hash(3).toUpperCase()} # last`);
  return { cwd, run, path: (name) => join(cwd, name), read: (name) => readFileSync(join(cwd, name)) };
}

test('keygen writes secret files that nobody else can read, and a public one', (t) => {
  const { path, read } = prepared(t);
  assert.equal(statSync(path('org.key')).mode & 0o777, 0o600);
  assert.equal(statSync(path('org.nonce')).mode & 0o777, 0o600);
  assert.match(read('org.key').toString(), /^lightkeeper-signing-key-v1 [A-Za-z0-9_-]{43}\n$/);
  assert.match(read('org.nonce').toString(), /^lightkeeper-nonce-key-v1 [A-Za-z0-9_-]{43}\n$/);
  assert.match(read('org.pub').toString(), /^lightkeeper-verifying-key-v1 [A-Za-z0-9_-]{43}\n$/);
});

test('keygen never prints a secret and never writes over keys without --force', (t) => {
  const { cwd, run, read } = prepared(t);
  const before = read('org.key');
  const again = run('keygen', '--out', 'org');
  assert.equal(again.status, 73);
  assert.match(again.err, /--force/);
  assert.deepEqual(read('org.key'), before);
  const forced = run('keygen', '--out', 'org', '--force', '--json');
  assert.equal(forced.status, 0);
  assert.notDeepEqual(read('org.key'), before);
  const [keys] = forced.json();
  assert.ok(read('org.pub').toString().includes(keys.verifying_key));
  const secret = read('org.key').toString().split(' ')[1].trim();
  assert.ok(!(forced.out + forced.err).includes(secret));
  assert.equal(readdirSync(cwd).filter((name) => name.startsWith('org')).length, 3, 'no temporary file stays');
});

test('import, sign, verify and inspect work together', (t) => {
  const { run } = prepared(t);
  const imported = run('import', ...made, '--category-name', '7=squares', '--out', 'd.lkdraft', '--json', 'plain.txt');
  assert.equal(imported.status, 0, imported.err);
  const [draft] = imported.json();
  assert.equal(draft.entries, 3);
  assert.equal(draft.signed, false);
  assert.match(draft.root, /^[0-9a-f]{64}$/);
  const [signed] = run('sign', 'd.lkdraft', '--key', 'org.key', '--out', 'd.lklist', '--json').json();
  assert.equal(signed.root, draft.root);
  const verified = run('verify', 'd.lklist', '--trust', 'org.pub', '--json');
  assert.equal(verified.status, 0);
  assert.deepEqual(verified.json()[0], {
    file: 'd.lklist', verified: true, signer: signed.signer, name: 'drawn', epoch: 1, variant: 'full', created_ms: 0,
    entries: 3, categories: { 7: 'squares' }, root: draft.root,
  });
  const inspected = run('inspect', 'd.lklist');
  assert.equal(inspected.status, 0);
  assert.match(inspected.out, /entries {4}3\n/);
  assert.match(inspected.err, /only the list itself vouches/);
  assert.equal(run('inspect', 'd.lklist', '--trust', 'org.pub').err, '');
  assert.equal(run('inspect', 'd.lkdraft', '--json').json()[0].signed, false);
});

test('no command prints a hash of a list', (t) => {
  const { run } = prepared(t);
  run('import', ...made, '--category-name', '7=squares', '--out', 'd.lkdraft', 'plain.txt');
  run('sign', 'd.lkdraft', '--key', 'org.key', '--out', 'd.lklist');
  for (const args of [['inspect', 'd.lklist'], ['inspect', 'd.lklist', '--json'], ['inspect', 'd.lkdraft'],
                      ['verify', 'd.lklist', '--trust', 'org.pub'], ['import', ...made, '--out', 'x', 'plain.txt']]) {
    const run_ = run(...args);
    for (const n of [1, 2, 3]) assert.ok(!(run_.out + run_.err).includes(hash(n)), args.join(' '));
  }
});

test('the same input and nonce key give the same file, in any order and with repetitions', (t) => {
  const { run, read, path } = prepared(t);
  writeFileSync(path('a.txt'), [1, 2, 3].map(hash).join('\n'));
  writeFileSync(path('b.txt'), [3, 1, 2, 1, 3].map(hash).join('\r\n'));
  run('import', ...made, '--out', 'a', 'a.txt');
  run('import', ...made, '--out', 'b', 'b.txt');
  run('create', ...made, '--out', 'c', '--hex', 'a.txt', '--hex', 'b.txt');
  assert.deepEqual(read('a'), read('b'));
  assert.deepEqual(read('a'), read('c'));
  run('sign', 'a', '--key', 'org.key', '--out', 'a.list');
  run('sign', 'b', '--key', 'org.key', '--out', 'b.list');
  assert.deepEqual(read('a.list'), read('b.list'));
});

test('writing the same again succeeds, writing something else over it needs --force', (t) => {
  const { run, read } = prepared(t);
  const args = ['import', ...made, '--category-name', '7=squares', '--out', 'd', 'plain.txt'];
  assert.equal(run(...args).status, 0);
  assert.equal(run(...args).status, 0);
  const before = read('d');
  const other = [...args, '--created', '2026-01-31T12:00:00Z'];
  assert.equal(run(...other).status, 73);
  assert.deepEqual(read('d'), before);
  assert.equal(run(...other, '--force').status, 0);
  assert.notDeepEqual(read('d'), before);
  assert.equal(run('inspect', 'd', '--json').json()[0].created_ms, Date.UTC(2026, 0, 31, 12));
});

test('lists and drafts hold hashes, so nobody else on the machine can read them', (t) => {
  const { run, path } = prepared(t);
  run('import', ...made, '--category-name', '7=squares', '--out', 'd', 'plain.txt');
  run('sign', 'd', '--key', 'org.key', '--out', 'l');
  assert.equal(statSync(path('d')).mode & 0o077, 0);
  assert.equal(statSync(path('l')).mode & 0o077, 0);
});

test('a symbolic link in the way is not followed', (t) => {
  const { run, path, read } = prepared(t);
  writeFileSync(path('victim'), 'precious');
  symlinkSync(path('victim'), path('d'));
  assert.equal(run('import', ...made, '--category-name', '7=squares', '--out', 'd', 'plain.txt').status, 73);
  assert.equal(run('import', ...made, '--category-name', '7=squares', '--out', 'd', '--force', 'plain.txt').status, 0);
  assert.equal(read('victim').toString(), 'precious');
});

test('every class but test is refused, with the reason', (t) => {
  const { run, path } = prepared(t);
  for (const name of ['certified-known', 'survivor-asserted']) {
    const args = made.map((word) => (word === 'test' ? name : word));
    const refused = run('import', ...args, '--out', 'd', 'plain.txt', '--category-name', '7=squares');
    assert.equal(refused.status, 65);
    assert.match(refused.err, /certification by several organisations/);
    assert.match(refused.err, /Only class 'test' is accepted/);
  }
  assert.equal(run('import', ...made.map((word) => (word === 'test' ? 'other' : word)), '--out', 'd', 'plain.txt').status, 64);
  assert.ok(!existsSync(path('d')));
});

test('a bad line is named and not repeated', (t) => {
  const { run, path } = prepared(t);
  writeFileSync(path('bad.txt'), `${hash(1)}\n# remark\nprivate words\n`);
  const refused = run('import', ...made, '--out', 'd', 'bad.txt');
  assert.equal(refused.status, 65);
  assert.match(refused.err, /bad\.txt: .*line 3/);
  assert.doesNotMatch(refused.err, /private words/);
});

test('categories need a name, and names are plain text', (t) => {
  const { run } = prepared(t);
  assert.equal(run('import', ...made, '--out', 'd', 'plain.txt').status, 64, 'category 7 has no name');
  for (const name of ['7', '7=', 'x=y', '0=none', '65536=big', '7=\u001b[31mred']) {
    assert.equal(run('import', ...made, '--category-name', name, '--out', 'd', 'plain.txt').status, 64, name);
  }
  assert.equal(run('import', ...made, '--category-name', '7=a', '--category-name', '7=b', '--out', 'd', 'plain.txt').status, 64);
});

test('arguments against the rules are refused', (t) => {
  const { run } = prepared(t);
  const without = (name) => made.filter((word, i) => word !== name && made[i - 1] !== name);
  for (const name of ['--name', '--epoch', '--variant', '--class', '--nonce-key']) {
    assert.equal(run('import', ...without(name), '--out', 'd', 'plain.txt').status, 64, name);
  }
  assert.equal(run('import', ...made, 'plain.txt').status, 64, 'no --out');
  assert.equal(run('create', ...made, '--out', 'd').status, 64, 'nothing to put on the list');
  for (const [name, value] of [['--epoch', '-1'], ['--epoch', '4294967296'], ['--variant', 'half'], ['--name', ' x'],
                               ['--name', 'a\nb'], ['--nonce-key', 'org.pub']]) {
    const args = made.map((word, i) => (made[i - 1] === name ? value : word));
    assert.notEqual(run('import', ...args, '--out', 'd', 'plain.txt').status, 0, `${name} ${value}`);
  }
  for (const time of ['yesterday', '2026-02-30T00:00:00Z', '2026-01-31T24:00:00Z', '2026-01-31 12:00:00', '2026-01-31T12:00:00Zz']) {
    assert.equal(run('import', ...made, '--created', time, '--out', 'd', 'plain.txt').status, 64, time);
  }
});

test('a changed, foreign or cut list does not verify', (t) => {
  const { run, read, path } = prepared(t);
  run('import', ...made, '--category-name', '7=squares', '--out', 'd', 'plain.txt');
  run('sign', 'd', '--key', 'org.key', '--out', 'l');
  run('keygen', '--out', 'other');
  assert.equal(run('verify', 'l', '--trust', 'org.pub').status, 0);
  const foreign = run('verify', 'l', '--trust', 'other.pub');
  assert.equal(foreign.status, 65);
  assert.match(foreign.err, /another key than the trusted one/);
  const file = read('l');
  for (const [name, bytes] of [['flipped', Buffer.from(file).fill(file[100] ^ 1, 100, 101)], ['cut', file.subarray(0, -1)],
                               ['longer', Buffer.concat([file, Buffer.from([0])])], ['empty', Buffer.alloc(0)],
                               ['draft', read('d')], ['noise', Buffer.alloc(500, 7)]]) {
    writeFileSync(path(name), bytes);
    assert.equal(run('verify', name, '--trust', 'org.pub').status, 65, name);
    if (name !== 'draft') assert.equal(run('inspect', name).status, 65, name);
  }
  assert.equal(run('verify', 'missing', '--trust', 'org.pub').status, 66);
  assert.equal(run('verify', 'l', '--trust', 'missing').status, 66);
  assert.equal(run('verify', 'l', '--trust', 'org.key').status, 65, 'a secret key where a public one is wanted');
});

test('what is signed is the draft, with a key of the right kind', (t) => {
  const { run } = prepared(t);
  run('import', ...made, '--category-name', '7=squares', '--out', 'd', 'plain.txt');
  const wrong = run('sign', 'd', '--key', 'org.nonce', '--out', 'l');
  assert.equal(wrong.status, 65);
  assert.match(wrong.err, /this is a lightkeeper-nonce-key-v1/);
  run('sign', 'd', '--key', 'org.key', '--out', 'l');
  assert.equal(run('sign', 'l', '--key', 'org.key', '--out', 'm').status, 65, 'a list is not a draft');
});

test('a secret key that others can read is used, with a warning', (t) => {
  const { run, path } = prepared(t);
  chmodSync(path('org.nonce'), 0o644);
  const made_ = run('import', ...made, '--category-name', '7=squares', '--out', 'd', 'plain.txt');
  assert.equal(made_.status, 0);
  assert.match(made_.err, /chmod 600/);
});

test('a plain list can come from standard input', (t) => {
  const { cwd } = prepared(t);
  const run = lightkeeper(['list', 'import', ...made, '--out', 'd', '--json', '-'], { cwd, input: `${hash(5)}\n` });
  assert.equal(run.status, 0);
  assert.equal(run.json()[0].entries, 1);
});

test('a folder that is not there is an error and leaves nothing behind', (t) => {
  const { run, cwd } = prepared(t);
  const before = readdirSync(cwd);
  assert.equal(run('import', ...made, '--category-name', '7=squares', '--out', 'nowhere/d', 'plain.txt').status, 66);
  assert.deepEqual(readdirSync(cwd), before);
});

test('what a match discloses is named for a known class and level, or nothing is signed', (t) => {
  const { run } = prepared(t);
  const manifest = (...args) =>
    run('manifest', '--list', 'none', '--keepers', 'http://127.0.0.1:1,http://127.0.0.1:2,http://127.0.0.1:3', '--key', 'org.key',
      '--out', 'm', ...args);
  for (const wrong of ['test', 'test=', 'test=report', 'unknown=offer', '=offer']) {
    const refused = manifest('--disclosure', wrong);
    assert.equal(refused.status, 64, wrong);
    assert.match(refused.err, /--disclosure takes/);
  }
  // A known one gets as far as the list, which is not there; more than the class allows is said.
  const known = manifest('--disclosure', 'test=prevent');
  assert.doesNotMatch(known.err, /--disclosure/);
  assert.doesNotMatch(known.err, /no further/);
  assert.notEqual(known.status, 64);
  assert.match(manifest('--disclosure', 'test=disclose').err, /devices go no further than the class "test" allows/);
});
