#!/bin/sh
# Locks what an extra adds to the runtime lock, and what it needs in another version than that has.
#   requirements/lock_extra.sh aws
set -eu
extra=$1
whole=$(mktemp)
trap 'rm -f "$whole"' EXIT
cp requirements/runtime.txt "$whole" # uv keeps the versions that it finds there where it can
"${UV:-uv}" pip compile pyproject.toml --extra "$extra" --universal --python-version 3.11 \
  --override requirements/overrides.txt --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet -o "$whole"
awk 'NR == FNR { if (/==/) seen[$0]; next } /==/ { wanted = !($0 in seen) } wanted' \
  requirements/runtime.txt "$whole" > "requirements/$extra.txt"
