#!/usr/bin/env bash
# Builds the guard for browsers and runs its tests in Node (18 or newer): tools/test_wasm.sh
# Needs the TypeScript compiler of web/ (npm ci in web/); LK_TSC names another one.
set -eu
cd "$(dirname "$0")/.."
tsc=${LK_TSC:-web/node_modules/.bin/tsc}
[ -x "$tsc" ] || { echo "tools/test_wasm.sh: $tsc is missing; run 'npm ci' in web/ first" >&2; exit 69; }
cmake --preset wasm >/dev/null
cmake --build --preset wasm -- ${LK_NINJA_FLAGS:--j2} >/dev/null
"$tsc" -p bindings/wasm
echo '{"type":"module"}' >build/wasm/ts/package.json
exec node --test --test-reporter=spec tests/wasm/*.test.mjs
