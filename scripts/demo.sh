#!/usr/bin/env bash
# The main job on a simulated tenant: import, verify, and an auditor's first
# look, each number with the query behind it.
set -euo pipefail
dir=demo
wl=bin/wholelog
say() { printf '\n\033[1m%s\033[0m\n' "$1"; }

rm -rf "$dir"
mkdir -p "$dir/kpi"
say "A simulated tenant: 500 users, 30 days, native records"
$wl simulate --tenant-users 500 --days 30 --seed 1 --out "$dir/records"
# now() of the questions below is the end of the history.
now=$(cat "$dir"/records/*.json* | grep -oE '"createdDateTime":"[^"]+"' | cut -d'"' -f4 | sort | tail -1)

say "Import: durable, provable, typed"
$wl import --data "$dir/data" --key "$dir/key" "$dir/records"

say "Verify: every record, from files alone"
$wl verify --data "$dir/data"

for q in sign-in-success-rate failed-sign-ins-by-country top-privileged-actions failures-from-unfamiliar-addresses group-membership-changes; do
  say "$($wl query --saved $q --text | sed -n '1s#^// ##p')"
  $wl query --saved "$q" --text | sed -e '/^\/\//d' -e 's/^/    /'
  $wl query --data "$dir/data" --now "$now" --saved "$q" --format csv > "$dir/kpi/$q.csv"
  $wl query --data "$dir/data" --now "$now" --saved "$q" | head -14
done

say "Completeness and checkpoint"
$wl status --data "$dir/data"
say "The tables as CSV: $dir/kpi/"
ls "$dir/kpi"
