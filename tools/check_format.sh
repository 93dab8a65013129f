#!/usr/bin/env bash
# Whether the C++ sources are formatted as .clang-format says. `--fix` formats them instead.
# Usage: tools/check_format.sh [--fix] [file...]      without files: everything of ours
set -euo pipefail
cd "$(dirname "$0")/.."
how=(--dry-run --Werror)
if [ "${1-}" = --fix ]; then
  how=(-i)
  shift
fi
if [ $# -gt 0 ]; then
  files=("$@")
else
  mapfile -t files < <(git ls-files 'src/**.cpp' 'src/**.hpp' 'apps/**.cpp' 'apps/**.hpp' 'include/**.hpp' 'include/**.h' \
    'fuzz/**.cpp' 'bench/**.cpp' 'bindings/**.cpp' 'conformance/**.cpp' 'conformance/**.hpp' 'tests/**.cpp')
fi
clang-format-19 "${how[@]}" "${files[@]}"
echo "check_format: ${#files[@]} files"
