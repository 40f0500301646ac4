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

shown=12
for q in sign-in-success-rate failed-sign-ins-by-country top-privileged-actions failures-from-unfamiliar-addresses group-membership-changes completeness; do
  say "$($wl query --saved $q --text | sed -n '1s#^// ##p')"
  $wl query --saved "$q" --text | sed -e '/^\/\//d' -e 's/^/    /'
  $wl query --data "$dir/data" --now "$now" --saved "$q" --format csv > "$dir/kpi/$q.csv"
  $wl query --data "$dir/data" --now "$now" --saved "$q" > "$dir/table"
  rows=$(sed -n '$s/^\([0-9]*\) row.*/\1/p' "$dir/table")
  if [ "${rows:-0}" -gt $shown ]; then
    head -$((shown + 2)) "$dir/table"
    echo "$shown of $rows rows; all of them in $dir/kpi/$q.csv"
  else
    cat "$dir/table"
  fi
done
rm -f "$dir/table"

say "The data folder: sizes, completeness, checkpoint"
$wl status --data "$dir/data"
say "The tables as CSV: $dir/kpi/"
ls "$dir/kpi"

say "Live: a simulated tenant behind Microsoft Graph, and serve collecting from it"
live=$dir/live
mkdir -p "$live"
stop() { for p in ${pids:-}; do kill "$p" 2>/dev/null && wait "$p" 2>/dev/null || true; done; }
trap stop EXIT
$wl simulate live --listen 127.0.0.1:0 --tenant-users 4000 --history 30m --latency 2s --faults 0.05 --write-config "$live/wholelog.yaml" --data data > "$live/tenant.log" 2>&1 &
pids=$!
for _ in $(seq 100); do [ -s "$live/wholelog.yaml" ] && break; sleep 0.1; done
# Three collections and short polls: the service allows five requests in ten
# seconds, and a demonstration should not have to wait for its turn.
sed -i -e 's#^data:.*#data: data\nkey: key#' -e 's#listen: 127.0.0.1:8420#listen: none#' \
  -e 's#graph: {#graph: {since: 30m, poll: 5s, collections: [signIns, nonInteractiveUser, directoryAudits], #' "$live/wholelog.yaml"
$wl check -c "$live/wholelog.yaml"
$wl serve -c "$live/wholelog.yaml" > "$live/serve.log" 2>&1 &
pids="$! $pids"
for _ in $(seq 100); do [ -S "$live/data/sock" ] && break; sleep 0.1; done
say "What arrives, as it arrives"
tail_query='union withsource=Table SigninLogs, AADNonInteractiveUserSignInLogs, AuditLogs
| summarize Records=count(), Last30s=countif(TimeGenerated > ago(30s)), Newest=max(TimeGenerated), AfterTheEvent=max(ingestion_time()) - max(TimeGenerated) by Table | sort by Table asc'
for _ in 1 2 3 4 5 6 7 8; do
  sleep 5
  $wl query --data "$live/data" "$tail_query"
done
$wl query --data "$live/data" 'SigninLogs | top 5 by TimeGenerated | project TimeGenerated, UserPrincipalName, AppDisplayName, ErrorClass, IPAddress, Country = tostring(LocationDetails.countryOrRegion)'
say "Sources and completeness, asked of the running server"
$wl status --data "$live/data" | grep -v -e '^—' | head -40
say "Stopped, and verified from files alone"
stop
trap - EXIT
$wl verify --data "$live/data"
