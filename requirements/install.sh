#!/bin/sh
# Install locks into the environment of an image: requirements/install.sh LOCK ...
#
# Everything happens in one layer, so that pip and its cache do not come along.
set -eu
[ $# -gt 0 ] || exit 0
tools=$(mktemp -d)
python3 -m venv "$tools"
[ -d /opt/venv ] || python3 -m venv --without-pip /opt/venv
for lock; do
  "$tools/bin/pip" --python /opt/venv/bin/python install --quiet --no-cache-dir --no-deps --require-hashes --compile \
    -r "requirements/$lock.txt"
done
rm -r "$tools"
