import assert from 'node:assert/strict';
import test from 'node:test';
import { lightkeeper } from './program.mjs';

test('help and version go to standard output and succeed', () => {
  for (const args of [['--help'], ['--version'], ['list', '--help'], ['match', '--help'], ['list', 'create', '--help']]) {
    const run = lightkeeper(args);
    assert.equal(run.status, 0, args.join(' '));
    assert.notEqual(run.out, '');
    assert.equal(run.err, '');
  }
  assert.match(lightkeeper(['--version']).out, /^lightkeeper \d+\.\d+\.\d+\n$/);
  assert.match(lightkeeper(['list', '--help']).out, /lightkeeper list keygen --out org/);
});

test('without arguments the help is printed and the status says that nothing was done', () => {
  const run = lightkeeper([]);
  assert.equal(run.status, 64);
  assert.match(run.out, /Usage: lightkeeper/);
});

test('a mistyped command or option is answered with the nearest one and with how to mend it', () => {
  for (const [args, meant] of [[['lits'], 'list'], [['list', 'crate'], 'create'], [['list', 'verfy'], 'verify'],
                               [['list', 'keygen', '--ouz', 'x'], '--out'], [['mtach'], 'match']]) {
    const run = lightkeeper(args);
    assert.equal(run.status, 64, args.join(' '));
    assert.equal(run.out, '');
    assert.match(run.err, new RegExp(`did you mean '${meant}'\\?`), args.join(' '));
    assert.match(run.err, /^ {2}-> See --help/m);
  }
});

test('a word that resembles nothing gets no suggestion', () => {
  const run = lightkeeper(['photosynthesis']);
  assert.equal(run.status, 64);
  assert.match(run.err, /'photosynthesis' is not known here\)/);
});

test('a usage error of match is status 2, as every error of match', () => {
  assert.equal(lightkeeper(['match']).status, 2);
  assert.equal(lightkeeper(['match', '--lits', 'x', 'y']).status, 2);
});
