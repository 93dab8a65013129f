// Writes web/shared/errors.gen.ts from the catalogue src/core/base/errors.def, so that pages and the guard know the
// codes, their words and what to do about them. Usage: node tools/generate_errors.mjs
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(dirname(new URL(import.meta.url).pathname), '..');
export const catalogueFile = join(root, 'src/core/base/errors.def');
export const generatedFile = join(root, 'web/shared/errors.gen.ts');

/** The lines of the catalogue. Throws for a line that looks like one and is not. */
export function parseCatalogue(text) {
  const entries = [];
  text.split('\n').forEach((line, i) => {
    if (!line.startsWith('LK_ERROR')) return;
    const match = /^LK_ERROR\((\w+), (\d+), (\d+), (\d+), ("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*")\)$/.exec(line);
    if (!match) throw new Error(`errors.def:${i + 1}: not LK_ERROR(name, number, HTTP, exit, "title", "mend")`);
    const [, name, number, http, exit, title, mend] = match;
    entries.push({ name, number: +number, httpStatus: +http, exitCode: +exit, title: JSON.parse(title), mend: JSON.parse(mend) });
  });
  return entries;
}

const quoted = (text) => `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;

export function typescriptOf(entries) {
  const lines = entries.map((e) =>
    `  ${e.name}: { number: ${e.number}, httpStatus: ${e.httpStatus}, exitCode: ${e.exitCode}, title: ${quoted(e.title)}, mend: ${quoted(e.mend)} },`);
  return `// Made from src/core/base/errors.def by tools/generate_errors.mjs; do not edit.

export interface ErrorEntry {
  readonly number: number;
  readonly httpStatus: number;
  readonly exitCode: number;
  readonly title: string;
  readonly mend: string;
}

export const errorCatalogue = {
${lines.join('\n')}
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCodeName = keyof typeof errorCatalogue;

export function isErrorCodeName(name: string): name is ErrorCodeName {
  return Object.hasOwn(errorCatalogue, name);
}
`;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  mkdirSync(dirname(generatedFile), { recursive: true });
  writeFileSync(generatedFile, typescriptOf(parseCatalogue(readFileSync(catalogueFile, 'utf8'))));
}
