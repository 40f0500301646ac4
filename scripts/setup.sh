#!/usr/bin/env bash
# Installs what the tests need: Azurite in the project's own folder, and Debian
# packages, when run as root on a machine with apt; names them in one line
# otherwise.
set -euo pipefail
# It says itself what is wrong; only the tests of Blob storage need it.
bash "$(dirname "${BASH_SOURCE[0]}")/azurite.sh" >/dev/null || true
need=()
for p in python3-zstandard python3-cryptography; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || need+=("$p")
done
[ ${#need[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing ${need[*]}"
  (apt-get install -y -q "${need[@]}" || { apt-get update -q && apt-get install -y -q "${need[@]}"; }) >/dev/null
else
  echo "missing packages; run: sudo apt-get install -y ${need[*]}"
fi
