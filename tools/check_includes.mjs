// Includes point down only (ARCHITECTURE.md, "Rooms"): every #include of src, include, apps, bindings and
// conformance is compared with the table below, and an offence is named by file and line.
// Usage: node tools/check_includes.mjs [--self-test]
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, resolve } from 'node:path';

const root = resolve(dirname(new URL(import.meta.url).pathname), '..');

// base <- crypto <- media, index, log <- lists <- match, franking, links, conversation <- policy <- guard.
const ground = ['core/base', 'core/crypto'];
const hashes = [...ground, 'core/media', 'core/index', 'core/log'];
const lists = [...hashes, 'core/lists'];
const talks = ['core/match', 'core/franking', 'core/links', 'core/conversation'];
const core = [...lists, ...talks, 'core/policy'];
const edges = ['files', 'http', 'decode'];

// Room -> rooms that it may include besides itself.
const allowed = {
  'core/base': [],
  'core/crypto': ['core/base'],
  'core/media': ground,
  'core/index': [...ground, 'core/media'],  // the hash type is media's
  'core/log': ground,
  'core/lists': hashes,
  ...Object.fromEntries(talks.map((room) => [room, lists])),
  'core/policy': [...lists, ...talks],
  guard: [...core, 'include'],
  include: [...core, 'guard'],
  files: ['core/base'],
  http: core,
  decode: core,
  keeper: [...core, ...edges],
  'service/store': [...core, ...edges],
  // Service rooms know the store, not one another; they meet in the routes and in the composition root.
  'service/routes': [...core, ...edges, 'service', 'service/*'],
  'service/server': [...core, ...edges, 'service', 'service/*'],
  'service/*': [...core, ...edges, 'service', 'service/store'],
  service: [...core, ...edges, 'service/*'],
  bindings: [...core, 'guard', 'include'],
  // The stand-in for a hotline knows no sender: one checks the other.
  conformance: ['core/base', 'http'],
  apps: [...core, ...edges, 'guard', 'include', 'keeper', 'service', 'service/*'],
};

// The core and the guard have no input or output, threads, clock or randomness of their own.
const hosted = /^(iostream|fstream|sstream|filesystem|thread|mutex|shared_mutex|condition_variable|future|atomic|random|ctime|time\.h|unistd\.h|sys\/.*|pthread\.h|stdio\.h|cstdio|print)$/;

// Libraries that stay inside one room, so that the rest compiles quickly and can be moved to another library.
const confined = [
  [/^boost\/beast/, ['http']],
  [/^boost\/asio/, ['http', 'keeper']],  // keeper: the direct links between keepers
  [/^vips\//, ['decode']],
  [/^sodium/, ['core/crypto', 'service/accounts']],  // accounts: argon2id, which only the service needs
  [/^sqlite3/, ['service/store']],
  [/^libxml\//, ['service/reporting', 'service/submission', 'conformance']],  // the stand-in hotline checks on its own
];

function roomOf(path) {
  const inSource = /^src\/(core\/[^/]+|service\/[^/]+(?=\/)|[^/]+)\//.exec(path);
  if (inSource) return inSource[1];
  return path.split('/')[0];
}

function mayInclude(from, to) {
  if (from === to) return true;
  const rule = allowed[from] ?? (from.startsWith('service/') ? allowed['service/*'] : undefined);
  if (!rule) return false;
  return rule.includes(to) || (to.startsWith('service/') && rule.includes('service/*'));
}

/** What is wrong with the includes of one file; `exists` says whether a path of the repository is a file. */
function offences(file, text, exists) {
  const from = roomOf(file);
  const isTest = /_test\.cpp$|_testing\.hpp$/.test(file);
  const found = [];
  text.split('\n').forEach((line, i) => {
    const match = /^\s*#\s*include\s*([<"])([^>"]+)[>"]/.exec(line);
    if (!match) return;
    const [, quote, name] = match;
    const at = `${file}:${i + 1}`;
    if (quote === '<') {
      if (!isTest && (from.startsWith('core/') || from === 'guard') && hosted.test(name)) {
        found.push(`${at}: <${name}>: ${from} has no input, output, threads, clock or randomness of its own`);
      }
      for (const [pattern, rooms] of confined) {
        if (pattern.test(name) && !rooms.includes(from) && !isTest) {
          found.push(`${at}: <${name}> stays inside ${rooms.join(' and ')}`);
        }
      }
      return;
    }
    const target = [join('src', name), join('include', name), normalize(join(dirname(file), name))].find(exists);
    if (!target) {  // what the build generates is not in the repository
      if (!/\.inc$|\.gen\.hpp$/.test(name)) found.push(`${at}: "${name}" is not a file of ours`);
      return;
    }
    const to = roomOf(target);
    if (!mayInclude(from, to)) found.push(`${at}: "${name}": ${from} must not know ${to}`);
  });
  return found;
}

if (process.argv.includes('--self-test')) {
  const planted = [
    ['src/core/base/x.cpp', '#include "core/crypto/crypto.hpp"', 1],
    ['src/core/lists/x.hpp', '// above\n#include "core/match/messages.hpp"', 2],
    ['src/guard/x.cpp', '#include "keeper/session.hpp"', 1],
    ['src/keeper/x.cpp', '  #  include "service/server/server.hpp"', 1],
    ['src/service/cases/x.cpp', '#include "service/messaging/relay.hpp"', 1],
    ['src/core/media/x.cpp', '#include <fstream>', 1],
    ['src/keeper/x.cpp', '#include <boost/beast/http.hpp>', 1],
    ['src/core/base/x.cpp', '#include "core/base/no_such_file.hpp"', 1],
    ['conformance/hotline/x.cpp', '#include "service/submission/submission.hpp"', 1],
  ];
  const exists = (path) => !path.includes('no_such_file') && path.startsWith('src/');
  for (const [file, text, line] of planted) {
    const [first] = offences(file, text, exists);
    if (!first?.startsWith(`${file}:${line}: `)) {
      console.error(`check_includes: the planted violation in ${file} was not caught: ${text}`);
      process.exit(1);
    }
  }
  const fine = offences('src/service/server/x.cpp', '#include "service/cases/c.hpp"\n#include <thread>', exists);
  if (fine.length !== 0) {
    console.error(`check_includes: a lawful include was refused: ${fine[0]}`);
    process.exit(1);
  }
  console.log(`check_includes: ${planted.length} planted violations were caught`);
  process.exit(0);
}

const files = execFileSync('git', ['-C', root, 'ls-files', '--cached', '--others', '--exclude-standard', 'src', 'include', 'apps', 'bindings', 'conformance'],
  { encoding: 'utf8' }).split('\n').filter((name) => /\.(cpp|hpp|h|inc)$/.test(name) && existsSync(join(root, name)));
const known = (path) => existsSync(join(root, path));
const found = files.flatMap((file) => offences(file, readFileSync(join(root, file), 'utf8'), known));
for (const line of found) console.error(line);
console.log(`check_includes: ${files.length} files, ${found.length} includes against the arrows`);
process.exit(found.length ? 1 : 0);
