// Every Debian package of tools/packages.txt and every direct npm package of web/package.json stands in
// docs/dependencies.md with a reason, and that page names no other. Usage: node tools/check_dependencies.mjs [--self-test]
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const root = resolve(dirname(new URL(import.meta.url).pathname), '..');

function debianPackages(text) {
  return text.split('\n').filter((line) => line && !line.startsWith('#')).flatMap((line) => line.split(/\s+/)[1].split('|'));
}
function npmPackages(text) {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(text);
  return Object.keys({ ...dependencies, ...devDependencies });
}
/** Names in the first column of the page's tables: backquoted, with something in the other columns. */
function documented(page) {
  const names = [];
  for (const line of page.split('\n')) {
    const [, first, ...rest] = line.split('|').map((cell) => cell.trim());
    if (first?.startsWith('`') && rest.some((cell) => /\w{3}/.test(cell))) {
      names.push(...[...first.matchAll(/`([^`]+)`/g)].map((m) => m[1]));
    }
  }
  return names;
}
function differences(debian, npm, page) {
  const used = new Set([...debianPackages(debian), ...npmPackages(npm)]);
  const named = new Set(documented(page));
  return [
    ...[...used].filter((name) => !named.has(name)).map((name) => `${name} is used, but docs/dependencies.md does not say why`),
    ...[...named].filter((name) => !used.has(name)).map((name) => `${name} stands in docs/dependencies.md, but is not used`),
  ];
}

if (process.argv[2] === '--self-test') {
  const npm = '{"dependencies": {"leaf": "1.0.0"}}';
  const page = '| package | why |\n|---|---|\n| `oak`, `elm` | wood for the house |\n| `leaf` | green |\n';
  const cases = [
    [differences('run oak|elm wood', npm, page), 0],
    [differences('run oak|elm wood\ntest ash more', npm, page), 1],
    [differences('run oak wood', npm, page), 1],
    [differences('run oak|elm wood', npm, page.replace('green', '')), 1],
    [differences('run oak|elm wood', '{}', page), 1],
  ];
  const wrong = cases.filter(([found, expected]) => found.length !== expected);
  if (wrong.length > 0) {
    console.error('check_dependencies: the self-test failed', wrong);
    process.exit(1);
  }
  process.exit(0);
}

const read = (path) => readFileSync(resolve(root, path), 'utf8');
const found = differences(read('tools/packages.txt'), read('web/package.json'), read('docs/dependencies.md'));
for (const line of found) {
  console.error(`check_dependencies: ${line}`);
}
process.exit(found.length > 0 ? 1 : 0);
