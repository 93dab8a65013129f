#!/usr/bin/env bash
# Builds Debian's own libsodium source package for wasm32-wasi, for the guard in browsers.
#
#   tools/build_sodium_wasm.sh [OUT]        OUT defaults to build/wasm-sodium
#
# Result: OUT/lib/libsodium.a and OUT/include/. Running it again with the same inputs does nothing.
# The source comes from the machine's own Debian mirror by apt, which checks its signature: a private copy of
# the configured sources gets "deb-src" added; nothing under /etc or /var/lib/apt is changed.
# Needs: apt, dpkg-dev (dpkg-source), clang-19, lld-19, llvm-19, wasi-libc.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath -m "${1:-$root/build/wasm-sodium}")
recipe=1  # raise when flags or the list of files change

say() { printf 'libsodium for wasm: %s\n' "$*" >&2; }
die() { say "$*"; exit 69; }

for tool in apt-get dpkg-source clang-19 llvm-ar-19; do
  command -v "$tool" >/dev/null || die "$tool is missing (packages: apt dpkg-dev clang-19 llvm-19 lld-19 wasi-libc)"
done

stamp="recipe $recipe, $(clang-19 --version | head -n 1)"
if [ -s "$out/lib/libsodium.a" ] && [ -f "$out/include/sodium.h" ] && [ "$(cat "$out/stamp" 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi

mkdir -p "$out"
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# --- a private apt: the machine's sources plus deb-src, own lists and cache --------------------------------
state=$work/apt
mkdir -p "$state/sources.list.d" "$state/lists/partial" "$state/cache/archives/partial"
eval "$(apt-config shell list_file Dir::Etc::sourcelist/f list_dir Dir::Etc::sourceparts/d trusted Dir::Etc::trusted/f \
        trusted_dir Dir::Etc::trustedparts/d)"

# One-line style: every "deb" line again as "deb-src". An architecture says nothing about sources, but may stay.
one_line() { sed -n -E 's/^[[:space:]]*deb[[:space:]]+/deb-src /p' "$1"; }
# deb822 style: the stanza again with "Types: deb-src"; disabled stanzas stay disabled.
stanzas() { sed -E 's/^([Tt][Yy][Pp][Ee][Ss]:).*/\1 deb-src/; /^[Aa][Rr][Cc][Hh][Ii][Tt][Ee][Cc][Tt][Uu][Rr][Ee][Ss]:/d' "$1"; }

if [ -f "$list_file" ]; then one_line "$list_file" >"$state/sources.list"; else : >"$state/sources.list"; fi
for file in "${list_dir%/}"/*; do
  [ -f "$file" ] || continue
  # Only Debian's own archive is asked; other vendors' sources have no libsodium to offer.
  grep -qi debian "$file" || continue
  case $file in
    *.list) one_line "$file" >"$state/sources.list.d/$(basename "$file")" ;;
    *.sources) stanzas "$file" >"$state/sources.list.d/$(basename "$file")" ;;
  esac
done
if ! grep -rqs 'deb-src' "$state/sources.list" "$state/sources.list.d"; then
  die "no Debian package source is configured on this machine (see sources.list(5))"
fi

cat >"$state/apt.conf" <<CONF
Dir::Etc::sourcelist "$state/sources.list";
Dir::Etc::sourceparts "$state/sources.list.d";
Dir::State::lists "$state/lists";
Dir::Cache "$state/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::Retries "3";
APT::Sandbox::User "$(id -un)";
APT::Get::List-Cleanup "false";
CONF
export APT_CONFIG=$state/apt.conf

say "fetching Debian's source package"
# A mirror of something else may be out of reach; whether libsodium was found is what counts.
apt-get -q update >"$work/log" 2>&1 || true
cd "$work"
if ! apt-get -q source --download-only libsodium >>"$work/log" 2>&1; then
  tail -n 20 "$work/log" >&2
  die "apt-get source libsodium failed"
fi
dsc=$(ls -1 "$work"/libsodium_*.dsc | sort -V | tail -n 1)
dpkg-source --no-check -x "$dsc" "$work/source" >>"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; die "dpkg-source failed"; }

# --- compile -------------------------------------------------------------------------------------------------
src=$work/source/src/libsodium
version=$(sed -n 's/^AC_INIT(\[libsodium\],\[\([0-9.]*\)\].*/\1/p' "$work/source/configure.ac")
major=$(sed -n 's/^SODIUM_LIBRARY_VERSION_MAJOR=//p' "$work/source/configure.ac")
minor=$(sed -n 's/^SODIUM_LIBRARY_VERSION_MINOR=//p' "$work/source/configure.ac")
[ -n "$version" ] && [ -n "$major" ] && [ -n "$minor" ] || die "the version of the source was not recognised"
sed -e "s/@VERSION@/$version/; s/@SODIUM_LIBRARY_VERSION_MAJOR@/$major/; s/@SODIUM_LIBRARY_VERSION_MINOR@/$minor/" \
    -e 's/@SODIUM_LIBRARY_MINIMAL_DEF@//' "$src/include/sodium/version.h.in" >"$src/include/sodium/version.h"

say "compiling $(basename "$dsc" .dsc)"
flags=(--target=wasm32-wasi -O3 -DNDEBUG -DCONFIGURED=1 -DNATIVE_LITTLE_ENDIAN=1 -DHAVE_WEAK_SYMBOLS=1 -DHAVE_GETENTROPY=1
       -DHAVE_STDINT_H=1 -DHAVE_INTTYPES_H=1 -DHAVE_ATOMIC_OPS=1 -D_WASI_EMULATED_SIGNAL
       -ffunction-sections -fdata-sections -I"$src/include" -I"$src/include/sodium" -w)
mkdir -p "$work/objects" "$work/lib"
find "$src" -name '*.c' -print0 | xargs -0 -P "$(nproc)" -I{} sh -c \
  'o=$(printf %s "$2" | sed "s|^$3/||; s|/|_|g; s|\.c$|.o|"); exec clang-19 $4 -c "$2" -o "$1/$o"' sh "$work/objects" {} "$src" "${flags[*]}"
llvm-ar-19 rcsD "$work/lib/libsodium.a" "$work"/objects/*.o

rm -rf "$out/lib" "$out/include" "$out/stamp"
mkdir -p "$out/include"
cp -r "$work/lib" "$out/lib"
cp "$src/include/sodium.h" "$out/include/"
cp -r "$src/include/sodium" "$out/include/sodium"
rm -f "$out/include/sodium/version.h.in"
printf '%s' "$stamp" >"$out/stamp"
say "done: $out/lib/libsodium.a from $(basename "$dsc" .dsc)"
