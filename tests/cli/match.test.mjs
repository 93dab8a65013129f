import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { draw, flat, mirrored, png, turned } from './drawn_picture.mjs';
import { folder, lightkeeper } from './program.mjs';

/** A folder with keys org.*, a signed list of two drawn pictures, and pictures to ask for. */
function prepared(t, variant = 'full') {
  const cwd = folder(t);
  const run = (...args) => lightkeeper(args, { cwd });
  const one = draw(320, 240, 1);
  const pictures = {
    'one.png': one, 'two.png': draw(300, 300, 2), 'turned.png': turned(one), 'mirrored.png': mirrored(one),
    'other.png': draw(320, 240, 3), 'flat.png': flat(200, 200, 128),
  };
  for (const [name, picture] of Object.entries(pictures)) writeFileSync(join(cwd, name), png(picture));
  assert.equal(run('list', 'keygen', '--out', 'org').status, 0);
  const created = run('list', 'create', '--name', 'drawn', '--epoch', '1', '--variant', variant, '--class', 'test',
                      '--nonce-key', 'org.nonce', '--out', 'd.lkdraft', 'one.png', 'two.png');
  assert.equal(created.status, 0, created.err);
  assert.equal(run('list', 'sign', 'd.lkdraft', '--key', 'org.key', '--out', 'd.lklist').status, 0);
  const match = (...args) => run('match', '--list', 'd.lklist', '--trust', 'org.pub', ...args);
  return { cwd, run, match };
}

for (const variant of ['full', 'via512']) {
  test(`listed pictures are found as they are, turned and mirrored, in a list of variant ${variant}`, (t) => {
    const { match } = prepared(t, variant);
    const run = match('--json', 'one.png', 'two.png', 'turned.png', 'mirrored.png');
    assert.equal(run.status, 1, run.err);
    assert.equal(run.err, '');
    const answers = run.json();
    for (const answer of answers) {
      assert.deepEqual(Object.keys(answer), ['file', 'verdict', 'distance', 'hypothesis', 'class', 'manifest']);
      assert.equal(answer.verdict, 'match', answer.file);
      assert.equal(answer.class, 'test');
      assert.equal(answer.manifest, null);
      assert.ok(answer.distance <= 31);
    }
    assert.deepEqual(answers.slice(0, 2).map((a) => [a.file, a.distance, a.hypothesis]),
                     [['one.png', 0, 'original'], ['two.png', 0, 'original']]);
    assert.notEqual(answers[2].hypothesis, 'original');
    assert.notEqual(answers[3].hypothesis, 'original');
    assert.notEqual(answers[2].hypothesis, answers[3].hypothesis);
  });
}

test('a picture that is not listed is no match, and one without detail is skipped', (t) => {
  const { match } = prepared(t);
  const run = match('--json', 'other.png', 'flat.png');
  assert.equal(run.status, 0, run.err);
  const nothing = { distance: null, hypothesis: null, class: null, manifest: null };
  assert.deepEqual(run.json(), [{ file: 'other.png', verdict: 'no-match', ...nothing }, { file: 'flat.png', verdict: 'skipped', ...nothing }]);
});

test('a list of a skipped picture is refused, because it could never be found', (t) => {
  const { run } = prepared(t);
  const refused = run('list', 'create', '--name', 'drawn', '--epoch', '1', '--variant', 'full', '--class', 'test',
                      '--nonce-key', 'org.nonce', '--out', 'flat.lkdraft', 'flat.png');
  assert.equal(refused.status, 64);
  assert.match(refused.err, /flat\.png: .*too low to be found again/);
});

test('one file that cannot be read does not stop the others, and the status says so', (t) => {
  const { cwd, match } = prepared(t);
  writeFileSync(join(cwd, 'words.txt'), 'a bland sentence');
  writeFileSync(join(cwd, 'cut.png'), png(draw(320, 240, 1)).subarray(0, 500));
  const run = match('--json', 'missing.png', 'words.txt', 'cut.png', 'one.png');
  assert.equal(run.status, 2);
  const answers = run.json();
  assert.deepEqual(answers.map((a) => a.verdict), ['error', 'error', 'error', 'match']);
  assert.deepEqual(answers.slice(0, 3).map((a) => a.error.code), ['not_found', 'picture_type_unsupported', 'picture_damaged']);
  assert.equal((run.err.match(/^ {2}-> /gm) ?? []).length, 3);
});

test('for people there is one line a picture', (t) => {
  const { match } = prepared(t);
  const run = match('one.png', 'other.png', 'flat.png');
  assert.equal(run.status, 1);
  assert.equal(run.out, 'one.png: match (0 bits apart, original, class test)\nother.png: no-match\n' +
                        'flat.png: skipped (too little detail to tell)\n');
});

test('without --trust the answer is given, with a message that the key is not pinned', (t) => {
  const { run } = prepared(t);
  const unpinned = run('match', '--list', 'd.lklist', '--json', 'one.png');
  assert.equal(unpinned.status, 1);
  assert.equal(unpinned.json()[0].verdict, 'match');
  assert.match(unpinned.err, /only the list itself vouches for/);
});

test('a list that the trusted key did not sign is status 2 and answers for no picture', (t) => {
  const { run } = prepared(t);
  run('list', 'keygen', '--out', 'other');
  for (const args of [['--list', 'd.lklist', '--trust', 'other.pub'], ['--list', 'd.lkdraft'], ['--list', 'missing']]) {
    const refused = run('match', ...args, '--json', 'one.png');
    assert.equal(refused.status, 2, args.join(' '));
    assert.deepEqual(refused.json().map((answer) => answer.verdict), ['error']);
    assert.match(refused.err, /^ {2}-> /m);
  }
});

test('keepers that do not answer: one object per file, status 2, and the files are not taken for keepers', (t) => {
  const { run } = prepared(t);
  // Nothing listens on port 1 of the loopback addresses.
  const nobody = 'http://127.0.0.1:1,http://127.0.0.2:1,http://127.0.0.3:1';
  const asked = run('match', '--json', '--keepers', nobody, 'one.png', 'two.png');
  assert.equal(asked.status, 2);
  const answers = asked.json();
  assert.deepEqual(answers.map((answer) => [answer.file, answer.verdict]), [['one.png', 'error'], ['two.png', 'error']]);
  for (const answer of answers) assert.equal(answer.error.code, 'keeper_unreachable');
  assert.match(asked.err, /keepers didn't answer/);
});

test('re-encoding that PDQ is made for is still a match, at a distance', (t) => {
  const { cwd, match } = prepared(t);
  const picture = draw(320, 240, 1);
  // A little darker and with a little noise.
  let state = 9;
  for (let i = 0; i < picture.rgb.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    picture.rgb[i] = Math.max(0, Math.floor(picture.rgb[i] * 0.9) - (state >>> 29));
  }
  writeFileSync(join(cwd, 'darker.png'), png(picture));
  const [answer] = match('--json', 'darker.png').json();
  assert.equal(answer.verdict, 'match');
  assert.ok(answer.distance <= 31);
});
