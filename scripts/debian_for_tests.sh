#!/usr/bin/env bash
# Unpacks programs from Debian's packages into a folder, for tests: scripts/debian_for_tests.sh FOLDER NAME PACKAGE...
#
# Nothing is installed and no service is started, so it needs no root where apt-get's lists are up to date. If the
# packages cannot be had, the script fails, and the tests are skipped with its last line, which FOLDER/missing keeps.
set -uo pipefail
folder="$1" name="$2"
wanted=("${@:3}")

give_up() {
  echo "$1" | tee "$folder/missing" >&2
  exit 1
}

mkdir -p "$folder/packages" || exit 1
folder="$(cd "$folder" && pwd)"
if [ -e "$folder/complete" ]; then exit 0; fi
rm -f "$folder/missing"
command -v apt-get dpkg >/dev/null || give_up "this system has no apt-get to get $name's packages with"

# Simulates the installation, since it alone knows which packages this machine lacks: names, one a line.
lacking() { apt-get install --simulate --no-install-recommends "${wanted[@]}" 2>&1 | awk '/^Inst / { print $2 } /^E: /'; }

# shellcheck disable=SC2086 # one name a word
download() {
  local names
  names="$(lacking)" || { echo "$names" && return 1; }
  [ -z "$names" ] || (cd "$folder/packages" && apt-get download -qq $names 2>&1)
}

# The lists of packages may be missing, or too old for what is there now.
said="$(download)" || { apt-get update -qq >/dev/null 2>&1; said="$(download)"; } ||
  give_up "apt-get cannot get $name's packages: $(tail -n 1 <<<"$said")"
for package in "$folder"/packages/*.deb; do
  [ -e "$package" ] || continue # all of them are installed
  dpkg -x "$package" "$folder" || give_up "dpkg could not unpack $(basename "$package")"
done
rm -r "$folder/packages"
touch "$folder/complete"
