#!/usr/bin/env bash
# Builds the page into web/static/dist, if Node 20 or newer is here and
# something has changed; says in one line what it did. Without Node the binary
# gets the page that stands in. `scripts/web.sh test` runs the page's own tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../web/ui"
if ! command -v node >/dev/null || ! command -v npm >/dev/null || [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
  echo "the page is not built: Node 20 or newer is not here; everything else works"
  exit 0
fi
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  touch node_modules/.package-lock.json
fi
if [ "${1:-}" = test ]; then
  exec npm run --silent test
fi
stamp=../static/dist/index.html.gz
if [ -f "$stamp" ] && [ -z "$(find src index.html package-lock.json vite.config.ts world.ts pack.mjs -newer "$stamp" -type f -print -quit)" ]; then
  exit 0
fi
log=$(npm run --silent build 2>&1) || { echo "$log" >&2; exit 1; }
echo "the page is built"
