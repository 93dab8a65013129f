// Every relative link in our Markdown must lead to a file that exists.
// Usage: node tools/check_links.mjs [--self-test]
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { execFileSync } from 'node:child_process';

const root = resolve(dirname(new URL(import.meta.url).pathname), '..');

function brokenLinks(file, text) {
  const broken = [];
  const prose = text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
  for (const [, target] of prose.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^(https?:|mailto:|#)/.test(target)) continue;
    const path = join(root, dirname(file), target.split('#')[0]);
    if (!existsSync(path)) broken.push(`${file}: ${target}`);
  }
  return broken;
}

if (process.argv.includes('--self-test')) {
  const caught = brokenLinks('README.md', '[a](docs/no-such-page.md) [b](README.md)');
  if (caught.length !== 1) {
    console.error('check_links: the planted dead link was not caught');
    process.exit(1);
  }
  console.log('check_links: the planted dead link was caught');
  process.exit(0);
}

const files = execFileSync('git', ['-C', root, 'ls-files', '*.md'], { encoding: 'utf8' }).split('\n').filter(Boolean);
const broken = files.flatMap((file) => brokenLinks(file, readFileSync(join(root, file), 'utf8')));
for (const line of broken) console.error(`dead link: ${line}`);
console.log(`check_links: ${files.length} pages, ${broken.length} dead links`);
process.exit(broken.length ? 1 : 0);
