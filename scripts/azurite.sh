#!/usr/bin/env bash
# Installs Azurite, Microsoft's emulator of Blob storage, for tests, once and
# into the project's own folder, and prints the path of its program. Calls at
# the same time wait for one another.
set -euo pipefail
version=3.35.0 # the last for Node 20
cd "$(dirname "${BASH_SOURCE[0]}")/.."
dir="$PWD/.tools/azurite"
program="$dir/$version/node_modules/azurite/dist/src/blob/main.js"
mkdir -p "$dir"
exec 9>"$dir/lock"
flock 9
if [ ! -e "$dir/$version/done" ]; then
  command -v npm >/dev/null || { echo "azurite needs Node.js and npm: install them, or skip the tests of Blob storage" >&2; exit 1; }
  rm -rf "${dir:?}/$version"
  mkdir -p "$dir/$version"
  log="$dir/install.log"
  (cd "$dir/$version" && echo '{"private":true}' >package.json &&
    npm install --no-audit --no-fund --loglevel=error --ignore-scripts "azurite@$version") >"$log" 2>&1 9>&- ||
    { echo "azurite $version cannot be installed: see $log" >&2; exit 1; }
  touch "$dir/$version/done"
fi
echo "$program"
