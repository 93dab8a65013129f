import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { folder, lightkeeper } from './program.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const examples = join(root, 'examples/cases');
const path = (name) => join(examples, `${name}.json`);
const names = readdirSync(examples).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -5));
const read = (name) => JSON.parse(readFileSync(path(name), 'utf8'));

test('render prints the report, then the details of each file', () => {
  const run = lightkeeper(['report', 'render', path('pictures')]);
  assert.equal(run.status, 0, run.err);
  const documents = run.out.split('<?xml version="1.0" encoding="UTF-8"?>\n').slice(1);
  assert.equal(documents.length, 3);
  assert.match(documents[0], /^<report>[\s\S]*<\/report>\n$/);
  assert.match(documents[1], /^<fileDetails>\n <reportId>0<\/reportId>\n <fileId>item-1<\/fileId>[\s\S]*<fileViewedByEsp>true/);
  assert.match(documents[2], /<fileViewedByEsp>false/);
});

test('every example renders, but the incomplete one, which says why', () => {
  assert.ok(names.length >= 6);
  for (const name of names) {
    const run = lightkeeper(['report', 'render', path(name), '--json']);
    if (name === 'incomplete') {
      assert.equal(run.status, 65);
      assert.match(run.err, /\/incident\/type/);
      assert.equal(run.out, '');
    } else {
      assert.equal(run.status, 0, `${name}: ${run.err}`);
      const [document] = run.json();
      assert.match(document.report, /<incidentSummary>/);
      assert.equal(document.file_details.length, read(name).files.filter((file) => file.available).length);
    }
  }
});

test('a pinned review key wins over those of the case file', (t) => {
  const cwd = folder(t);
  const trusted = lightkeeper(['report', 'render', path('pictures'), '--event-key', join(examples, 'review.pub')]);
  assert.match(trusted.out, /<fileViewedByEsp>true/);
  const key = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  writeFileSync(join(cwd, 'other.pub'), `lightkeeper-verifying-key-v1 ${key.toString('base64url')}\n`);
  const other = lightkeeper(['report', 'render', path('pictures'), '--event-key', 'other.pub'], { cwd });
  assert.equal(other.status, 0, other.err);
  assert.doesNotMatch(other.out, /<fileViewedByEsp>true/);
});

test('lint has two scores and findings with field, rule and why; its exit status says which', (t) => {
  const cwd = folder(t);
  for (const name of names) {
    const run = lightkeeper(['report', 'lint', path(name), '--json']);
    const [result] = run.json();
    assert.equal(run.status, result.findings.length > 0 ? 1 : 0, name);
    for (const finding of result.findings) {
      assert.deepEqual(Object.keys(finding), ['field', 'rule', 'severity', 'why', 'mend']);
      assert.ok(finding.why && finding.mend && ['hard', 'soft'].includes(finding.severity));
    }
    for (const score of [result.completeness, result.rescue_priority]) {
      assert.ok(Number.isInteger(score.score) && score.score >= 0 && score.score <= 100);
      const sum = score.parts.reduce((total, part) => total + part.points, 0);
      assert.equal(score.score, Math.max(0, Math.min(100, sum)), name);
    }
  }
  // Nothing to find: the text-only example with its gap reported and everything known.
  const whole = read('text-only');
  whole.gaps = [];
  whole.messages = whole.messages.filter((one) => one.seq < 3);
  writeFileSync(join(cwd, 'whole.json'), JSON.stringify(whole));
  const clean = lightkeeper(['report', 'lint', 'whole.json'], { cwd });
  assert.equal(clean.status, 0, clean.out);
  writeFileSync(join(cwd, 'broken.json'), '{"format":');
  for (const file of ['broken.json', 'missing.json']) {
    const run = lightkeeper(['report', 'lint', file, '--json'], { cwd });
    assert.equal(run.status, 2);
    assert.equal(run.out, '');
    assert.match(run.err, new RegExp(file));
  }
});

test('a complete report about a viral picture is complete and not urgent', () => {
  const [viral] = lightkeeper(['report', 'lint', path('viral'), '--json']).json();
  const [words] = lightkeeper(['report', 'lint', path('text-only'), '--json']).json();
  assert.ok(viral.completeness.score >= 70);
  assert.ok(viral.rescue_priority.score < words.rescue_priority.score);
});

test('the preview shows what an investigator sees first', () => {
  const run = lightkeeper(['report', 'lint', path('pictures'), '--preview']);
  assert.match(run.out, /What an investigator sees first[\s\S]*198\.51\.100\.40 port 40040 {2}2026-01-01 12:00:00 UTC {2}Registration/);
  assert.match(run.out, /stays closed until there is a warrant/);
});

test('other outlets give documents, and refuse what does not go there', () => {
  const nca = lightkeeper(['report', 'render', path('address-uk'), '--outlet', 'nca']);
  assert.equal(nca.status, 0, nca.err);
  assert.match(nca.out, /^<!doctype html>/);
  assert.doesNotMatch(nca.out, /<script/i);
  const [machine] = [JSON.parse(lightkeeper(['report', 'render', path('address-uk'), '--outlet', 'abuse_site', '--json']).out)];
  assert.equal(machine['Address 1'].Address, 'https://pages.example.org:8443/a?b=c');
  const twice = lightkeeper(['report', 'render', path('text-only'), '--outlet', 'nca']);
  assert.equal(twice.status, 65);
  assert.match(twice.err, /does not go to that place/);
});

test('an operator\'s schema file is a second check', (t) => {
  const cwd = folder(t);
  const schema = (body) => `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${body}</xs:schema>`;
  writeFileSync(join(cwd, 'any.xsd'), schema('<xs:element name="report" type="xs:anyType"/><xs:element name="fileDetails" type="xs:anyType"/>'));
  writeFileSync(join(cwd, 'strict.xsd'), schema('<xs:element name="report"><xs:complexType><xs:sequence><xs:element name="first"/></xs:sequence></xs:complexType></xs:element>'));
  const render = (file) => lightkeeper(['report', 'render', path('text-only'), '--xsd', file], { cwd });
  assert.equal(render('any.xsd').status, 0, render('any.xsd').err);
  const strict = render('strict.xsd');
  assert.equal(strict.status, 65);
  assert.match(strict.err, /at \/report\/incidentSummary: not expected here/);
  assert.equal(strict.out, '');
});

// --- The JSON Schema, read by a second implementation of the few words that it uses -------------------------------------
function faults(schema, value, whole, at = '') {
  if (schema.$ref) return faults(whole.$defs[schema.$ref.split('/').at(-1)], value, whole, at);
  if (schema.anyOf) return schema.anyOf.some((one) => faults(one, value, whole, at).length === 0) ? [] : [`${at}: none of them`];
  if ('const' in schema) return value === schema.const ? [] : [`${at}: const`];
  if (schema.enum) return schema.enum.includes(value) ? [] : [`${at}: enum`];
  const type = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  if (schema.type !== type) return [`${at}: ${schema.type} expected`];
  if (type === 'string') {
    const fits = [...value].length >= (schema.minLength ?? 0) && [...value].length <= (schema.maxLength ?? Infinity)
      && (!schema.pattern || new RegExp(schema.pattern, 'u').test(value));
    return fits ? [] : [`${at}: string`];
  }
  if (type === 'integer') return value >= schema.minimum && value <= schema.maximum ? [] : [`${at}: range`];
  if (type === 'array') {
    const own = value.length > schema.maxItems || (schema.uniqueItems && new Set(value).size < value.length) ? [`${at}: items`] : [];
    return [...own, ...value.flatMap((one, i) => faults(schema.items, one, whole, `${at}/${i}`))];
  }
  if (type !== 'object') return [];
  return [...schema.required.filter((name) => !(name in value)).map((name) => `${at}/${name}: missing`),
    ...Object.entries(value).flatMap(([name, one]) => schema.properties[name]
      ? faults(schema.properties[name], one, whole, `${at}/${name}`) : [`${at}/${name}: unknown`])];
}

test('the JSON Schema is the program\'s own, and the examples follow it', () => {
  const text = lightkeeper(['report', 'schema']).out;
  assert.equal(text, readFileSync(join(root, 'api/case.schema.json'), 'utf8'));
  const schema = JSON.parse(text);
  for (const name of names) assert.deepEqual(faults(schema, read(name), schema), [], name);
  // Planted: what the reader refuses, the schema refuses as well.
  const planted = [(c) => { c.extra = 1; }, (c) => { delete c.case.id; }, (c) => { c.case.harm = 'else'; },
    (c) => { c.accounts.reported[0].ip_events[0].port = 0; }, (c) => { c.service.country = 'us'; },
    (c) => { c.messages[0].class = 'voucher'; }];
  for (const plant of planted) {
    const one = read('text-only');
    plant(one);
    assert.notDeepEqual(faults(schema, one, schema), []);
    const run = lightkeeper(['report', 'lint', '-'], { input: JSON.stringify(one) });
    assert.equal(run.status, 2);
  }
});
