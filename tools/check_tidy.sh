#!/usr/bin/env bash
# clang-tidy over the C++ sources, with the compile commands of a build (default: build/release).
# Usage: tools/check_tidy.sh [file...]      without files: everything of ours, which takes long
set -euo pipefail
cd "$(dirname "$0")/.."
build=${LK_BUILD:-build/release}
if [ $# -gt 0 ]; then
  files=("$@")
else
  mapfile -t files < <(git ls-files 'src/**.cpp' 'apps/**.cpp')
fi
# The build is g++'s; clang does not know all of its warning options, and sees its vector headers differently.
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "${LK_JOBS:-2}" clang-tidy-19 -p "$build" --quiet \
  --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-ignored-optimization-argument
echo "check_tidy: ${#files[@]} files"
