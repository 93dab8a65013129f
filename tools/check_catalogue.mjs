// The catalogue of errors is one: numbers and names are unique, exit statuses are those of sysexits.h, and
// web/shared/errors.gen.ts is what tools/generate_errors.mjs makes of it.
// Usage: node tools/check_catalogue.mjs [--self-test]
import { existsSync, readFileSync } from 'node:fs';
import { catalogueFile, generatedFile, parseCatalogue, typescriptOf } from './generate_errors.mjs';

function faults(catalogueText, generatedText) {
  let entries;
  try {
    entries = parseCatalogue(catalogueText);
  } catch (error) {
    return [error.message];
  }
  const found = [];
  const seen = new Set();
  for (const entry of entries) {
    for (const key of [`name ${entry.name}`, `number ${entry.number}`]) {
      if (seen.has(key)) found.push(`errors.def: ${key} stands there twice`);
      seen.add(key);
    }
    if (entry.httpStatus < 400 || entry.httpStatus > 599) found.push(`errors.def: ${entry.name}: HTTP status ${entry.httpStatus}`);
    if (entry.exitCode < 64 || entry.exitCode > 78) found.push(`errors.def: ${entry.name}: exit status ${entry.exitCode}`);
    if (!entry.mend.endsWith('.')) found.push(`errors.def: ${entry.name}: how to mend it is no sentence`);
    if (entry.title.endsWith('.')) found.push(`errors.def: ${entry.name}: the title ends with a full stop`);
  }
  if (typescriptOf(entries) !== generatedText) {
    found.push('web/shared/errors.gen.ts is not current: run node tools/generate_errors.mjs');
  }
  return found;
}

if (process.argv.includes('--self-test')) {
  const good = 'LK_ERROR(a, 1, 400, 64, "A", "Mend it.")\nLK_ERROR(b, 2, 400, 64, "It\'s \\"B\\"", "Mend it.")\n';
  const made = typescriptOf(parseCatalogue(good));
  const planted = {
    'a number used twice': [good.replace('(b, 2', '(b, 1'), made],
    'a name used twice': [good.replace('(b, 2', '(a, 2'), made],
    'an exit status that means "match"': [good.replace('1, 400, 64', '1, 400, 1'), made],
    'a line that does not parse': [good.replace('64, "A"', '"A"'), made],
    'a generated file that is old': [good, made.replace("'A'", "'B'")],
    'no generated file': [good, ''],
  };
  const missed = Object.entries(planted).filter(([, [text, generated]]) => faults(text, generated).length === 0);
  if (missed.length !== 0 || faults(good, made).length !== 0) {
    console.error(`check_catalogue: not caught: ${missed.map(([name]) => name).join(', ') || 'nothing, but the good one is refused'}`);
    process.exit(1);
  }
  console.log(`check_catalogue: ${Object.keys(planted).length} planted faults were caught`);
  process.exit(0);
}

const found = faults(readFileSync(catalogueFile, 'utf8'), existsSync(generatedFile) ? readFileSync(generatedFile, 'utf8') : '');
for (const line of found) console.error(line);
console.log(`check_catalogue: ${found.length} faults`);
process.exit(found.length ? 1 : 0);
