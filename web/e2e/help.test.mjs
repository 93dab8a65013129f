// The list of people who can help: the shipped file is right, and a wrong one is refused by name. Needs no program.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const place = (name) => fileURLToPath(new URL(`../shared/help/${name}`, import.meta.url));
const shipped = () => JSON.parse(readFileSync(place('resources.json'), 'utf8'));
let help;

before(async () => {
  const lib = { entry: place('resources.ts'), formats: ['es'] };
  const [{ output }] = await build({ configFile: false, logLevel: 'silent', build: { lib, write: false } });
  help = await import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`);
});

test('the shipped file is read whole, without repetitions, and each country has somebody for children', () => {
  const { resources } = shipped();
  assert.deepEqual(help.readResources(shipped()), resources);
  assert.deepEqual(help.helpResources, resources);
  const keys = resources.map((one) => `${one.country} ${one.kind} ${one.name}`);
  assert.equal(new Set(keys).size, keys.length);
  for (const country of help.countriesOf(resources)) {
    assert.ok(resources.some((one) => one.country === country && one.kind === 'children'), country);
  }
});

test('each kind of mistake is refused with its place', () => {
  const wrong = {
    country: ['gb', 'GBR', '', ' G', 7, null],
    kind: ['child', '', null],
    name: ['', ' Childline', 'x'.repeat(101), 5],
    phone: ['', '0800 CALL', 'tel:116111', '1', 116111, '0800  \n1', '+'],
    url: ['http://example.org', 'javascript:alert(1)', 'example.org', '', null, 'https://a:b@example.org'],
    languages: ['en', ['EN'], ['english'], [3], null],
    source: ['from memory', 'http://example.org', null],
    checked: ['yesterday', '2026-02-30', '2026-1-1', 0, true],
  };
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const file = shipped();
      file.resources[1][field] = value;
      assert.throws(() => help.readResources(file), (error) => error.message === `help resource 2: ${field}`, `${field}: ${value}`);
    }
    const missing = shipped();
    delete missing.resources[0][field];
    assert.throws(() => help.readResources(missing), /help resource 1/, field);
  }
  for (const file of [null, [], {}, { format: 'lightkeeper-help-v2', resources: [] }, { format: 'lightkeeper-help-v1', resources: {} }]) {
    assert.throws(() => help.readResources(file), /lightkeeper-help-v1/);
  }
  const more = shipped();
  more.resources[0].price = 0;
  assert.throws(() => help.readResources(more), /unknown field price/);
  assert.throws(() => help.readResources({ ...shipped(), resources: [null] }), /help resource 1/);
});

test('what matters at the moment comes first, and the language only suggests', () => {
  const { resources } = shipped();
  const kinds = (first) => help.helpIn(resources, 'US', first).map((one) => one.kind);
  assert.equal(kinds('threats')[0], 'threats');
  assert.equal(kinds('children')[0], 'children');
  assert.deepEqual([...kinds('threats')].sort(), [...kinds('report')].sort());
  assert.deepEqual(help.helpIn(resources, '', 'children'), []);
  const countries = help.countriesOf(resources);
  assert.equal(help.guessCountry(countries, ['de-CH', 'fr-CA', 'en-US']), 'CA');
  assert.equal(help.guessCountry(countries, ['en', 'de']), '');
  assert.equal(help.guessCountry(countries, []), '');
});
