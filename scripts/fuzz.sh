#!/usr/bin/env bash
# Runs every fuzz target of the module, one after the other, each for $1.
set -euo pipefail
for pkg in $(go list ./...); do
  for f in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
    echo "== $pkg $f"
    go test -run '^$' -fuzz "^$f\$" -fuzztime "$1" "$pkg"
  done
done
