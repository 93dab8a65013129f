// Writes docs/reference/command-line.md from the program's own --help, or checks that it is current.
// Usage: node tools/command_line_reference.mjs LIGHTKEEPER [--check]
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const [program, mode] = process.argv.slice(2);
if (!program) {
  console.error('usage: node tools/command_line_reference.mjs LIGHTKEEPER [--check]');
  process.exit(64);
}
const page = new URL('../docs/reference/command-line.md', import.meta.url);

function helpOf(words) {
  const text = execFileSync(program, [...words, '--help'], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  return text.replaceAll(program, 'lightkeeper').trimEnd();
}

// CLI11 lists subcommands under "Subcommands:", two spaces in, name first.
function verbsOf(help) {
  const section = /^Subcommands:\n((?: {2}\S.*\n?(?: {3,}.*\n?)*)+)/im.exec(help);
  return section ? [...section[1].matchAll(/^ {2}(\S+)/gm)].map((match) => match[1]) : [];
}

let text = `# Command line

Written by \`tools/command_line_reference.mjs\` from the program's own help; a test keeps it current.
Results go to stdout, messages to stderr. Exit codes: 0 done; \`match\` 0 no match, 1 match, 2 error; others by the
catalogue in \`src/core/base/errors.def\`.
`;
function describe(words) {
  const help = helpOf(words);
  text += `\n${'#'.repeat(Math.min(words.length, 2) + 1)} lightkeeper ${words.join(' ')}\n\n\`\`\`\n${help}\n\`\`\`\n`;
  for (const verb of verbsOf(help)) describe([...words, verb]);
}
for (const noun of verbsOf(helpOf([]))) describe([noun]);

if (mode === '--check') {
  if (readFileSync(page, 'utf8') !== text) {
    console.error('docs/reference/command-line.md is not what the program says: run tools/command_line_reference.mjs');
    process.exit(1);
  }
  console.log('command line reference: current');
} else {
  writeFileSync(page, text);
}
