# Shared by ./run and ./test (sourced, from the repository's root): packages, quiet build steps.
# shellcheck shell=bash

log_folder=build/log
mkdir -p "$log_folder"

# Half-finished lines only where somebody watches.
watched=no
[ -t 2 ] && watched=yes

say() { printf '%s\n' "$*" >&2; }
stop() {
  say "lightkeeper: $*"
  exit 69
}

# One build at a time in one folder. ./run gives the lock back before the demo starts.
wait_for_the_build_folder() {
  exec 9>build/lock
  if ! flock -n 9; then
    say "Another build runs in this folder; waiting for it."
    flock 9
  fi
}

# As many compilers as there are processors, and not more than the memory holds (one takes up to 1.2 GB).
jobs_that_fit() {
  local by_memory
  by_memory=$(awk '/^MemAvailable:/ {print int($2 / 1200000)}' /proc/meminfo)
  local jobs
  jobs=$(nproc)
  [ "$by_memory" -lt "$jobs" ] && jobs=$by_memory
  [ "$jobs" -lt 1 ] && jobs=1
  printf '%s' "$jobs"
}

# step TITLE COMMAND...: runs a command with its output in a log; one line per step. Its status is the command's.
watcher=
end_watcher() {
  [ -z "$watcher" ] || kill "$watcher" 2>/dev/null || true
  watcher=
}
trap end_watcher EXIT
step() {
  local title=$1 log status=0 begin=$SECONDS
  shift
  log=$log_folder/$(printf '%s' "$title" | tr -c '[:alnum:]\n' '-' | tr '[:upper:]' '[:lower:]').log
  if [ "$watched" = yes ]; then
    (while sleep 1; do
      printf '\r  %-46s %s ' "$title" "$(tail -c 400 "$log" 2>/dev/null | grep -ao '\[[0-9]*/[0-9]*\]' | tail -n 1)" >&2
    done) &
    watcher=$!
  fi
  "$@" >"$log" 2>&1 </dev/null || status=$?
  end_watcher
  [ "$watched" = yes ] && printf '\r\033[K' >&2
  if [ "$status" = 0 ]; then
    printf '  %-46s %4d s\n' "$title" $((SECONDS - begin)) >&2
  else
    printf '  %-46s %4d s  failed (status %d)\n' "$title" $((SECONDS - begin)) "$status" >&2
    tail -n "${LK_LOG_LINES:-40}" "$log" | sed 's/^/    | /' >&2
    say "    The whole log: $log"
  fi
  return "$status"
}

# --- packages ------------------------------------------------------------------------------------------------

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
has_candidate() {
  # No pipe into grep -q: it leaves at the first hit, and under pipefail the writer's end would count as a failure.
  local policy
  policy=$(apt-cache policy "$1" 2>/dev/null)
  [[ $policy =~ Candidate:\ [^\(] ]]
}

# Whether something other than Debian's package does the same already.
is_there_otherwise() {
  case $1 in
    nodejs | npm) command -v node >/dev/null && command -v npm >/dev/null && node_is_new_enough ;;
    libboost*) boost_is_new_enough /usr || boost_is_new_enough "$boost_aside" ;;
    *) return 1 ;;
  esac
}
# Debian 12's new Boost cannot be installed beside its old one, which other programs may need. Then its package is
# unpacked in the build folder: it is headers only.
boost_aside=$PWD/build/boost/usr
boost_is_new_enough() {
  awk '/^#define BOOST_VERSION/ {ok = $3 >= 108100} END {exit !ok}' "$1/include/boost/version.hpp" 2>/dev/null
}
put_boost_aside() {
  rm -rf build/boost && mkdir -p build/boost &&
    (cd build/boost && apt-get -q -o APT::Sandbox::User=root download "$1" && dpkg-deb -x "$1"_*.deb . && rm -f ./*.deb)
}
node_is_new_enough() { [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 18 ]; }

# missing_packages GROUP...: "alternatives<TAB>reason" of each line of tools/packages.txt that is not satisfied.
missing_packages() {
  local group names reason name found
  while read -r group names reason; do
    case " $* " in *" $group "*) ;; *) continue ;; esac
    found=no
    for name in ${names//|/ }; do
      # libboost-dev of Debian 12 is too old, so a package that is there does not count for Boost.
      case $name in libboost*) ;; *) is_installed "$name" && found=yes ;; esac
    done
    [ $found = yes ] || is_there_otherwise "${names%%|*}" || printf '%s\t%s\n' "$names" "$reason"
  done < <(grep -v '^#' tools/packages.txt)
}

# The first of several alternatives that this machine's Debian offers.
first_offered() {
  local name
  for name in ${1//|/ }; do
    if has_candidate "$name"; then
      printf '%s' "$name"
      return
    fi
  done
  printf '%s' "${1%%|*}"
}

# ensure_packages GROUP...: installs what is missing, as root or through sudo; says what and why before.
ensure_packages() {
  local missing names reason name list=()
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "This is not Debian, so nothing is installed. Needed are (names of Debian's packages):"
    grep -v '^#' tools/packages.txt | awk '{print "  " $2}' >&2
    return 0
  fi
  missing=$(missing_packages "$@")
  if grep '^libboost' <<<"$missing" >/dev/null && is_installed libboost1.74-dev; then
    name=$(first_offered "$(grep '^libboost' <<<"$missing" | cut -f1)")
    step "Unpacking $name beside the old Boost" put_boost_aside "$name" || true
    missing=$(missing_packages "$@")
  fi
  [ -n "$missing" ] || return 0

  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
      as_root=(sudo -n)
    else
      while IFS=$'\t' read -r names reason; do
        list+=("$(first_offered "$names")")
      done <<<"$missing"
      say "Packages are missing, and this account is neither root nor may it use sudo without a password."
      say "Install them with this command, then start again:"
      say ""
      say "  sudo apt-get install --no-install-recommends ${list[*]}"
      exit 69
    fi
  fi

  step "Reading Debian's package lists" "${as_root[@]}" apt-get -q update ||
    say "  (Going on with the lists that are there.)"
  say "Installing from Debian:"
  while IFS=$'\t' read -r names reason; do
    name=$(first_offered "$names")
    list+=("$name")
    printf '  %-27s %s\n' "$name" "$reason" >&2
  done <<<"$missing"
  step "Installing ${#list[@]} packages" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -q -y --no-remove --no-install-recommends install "${list[@]}" || stop "the packages could not be installed"
  missing=$(missing_packages "$@")
  [ -z "$missing" ] || stop "still missing after installing: $(cut -f1 <<<"$missing" | tr '\n' ' ')"
  if ! node_is_new_enough; then
    stop "the Node on this machine is $(node --version), and 18 or newer is needed"
  fi
}

# --- the parts -----------------------------------------------------------------------------------------------

# build_native PRESET TARGET...
build_native() {
  local preset=$1
  shift
  ninja -C "build/$preset" -j "$(jobs_that_fit)" "$@"
}

# configure PRESET OPTION...: a folder that was made for another place (a moved or copied repository) starts afresh.
configure() {
  local preset=$1 made_for
  shift
  made_for=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "build/$preset/CMakeCache.txt" 2>/dev/null || true)
  [ -z "$made_for" ] || [ "$made_for" = "$PWD" ] || rm -rf "build/$preset"
  if boost_is_new_enough "$boost_aside"; then
    set -- "$@" -DBOOST_ROOT="$boost_aside"
  fi
  cmake --preset "$preset" "$@"
}
# Only if need be: ninja configures again by itself when a CMake file has changed.
configure_once() {
  if [ ! -f "build/$1/build.ninja" ] || ! grep -qx "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "build/$1/CMakeCache.txt"; then
    configure "$@"
  fi
}

build_guard() {
  tools/build_sodium_wasm.sh &&
    configure_once wasm &&
    build_native wasm
}

# The web pages again only when something that goes into them has changed.
web_inputs() {
  find web bindings/wasm -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -path 'web/e2e/*' -print0 |
    sort -z | xargs -0 sha256sum
  sha256sum build/wasm/bin/guard.wasm
  node --version
}
build_web() {
  local inputs
  if [ "$(sha256sum <web/package-lock.json)" != "$(cat web/node_modules/.lightkeeper-lock 2>/dev/null)" ]; then
    # Not `npm ci`: its newer versions demand that the lock names packages for all other systems, too. This takes
    # exactly the versions and hashes of the lock as well, and leaves the lock alone.
    npm --prefix web install --no-save --no-audit --no-fund --ignore-scripts || return
    sha256sum <web/package-lock.json >web/node_modules/.lightkeeper-lock
  fi
  inputs=$(web_inputs | sha256sum)
  if [ ! -f web/dist/index.html ] || [ "$inputs" != "$(cat build/web.inputs 2>/dev/null)" ]; then
    npm --prefix web run build || return
    printf '%s\n' "$inputs" >build/web.inputs
  fi
}
