#!/bin/sh
# Take out of an image's environment what serves only those who compile, test and debug: requirements/slim.sh
#
# In the layer of the installation, as what a later layer deletes is still sent. libclang is asked for by TensorFlow's
# wheel and not used.
set -eu
added=
if ! command -v strip >/dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends binutils >/dev/null
  added=yes
fi
cd "$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
rm -r tensorflow/include clang
find . -path ./evidently -prune -o -type d -name tests -prune -exec rm -r {} + # evidently.legacy.tests is a part of it
find . -type f \( -name '*.a' -o -name '*.h' -o -name '*.pyx' -o -name '*.pxd' \) -delete
find tensorflow tensorflow_text -type f -name '*.so*' -exec strip --strip-unneeded {} +
if [ -n "$added" ]; then
  apt-get purge -y -qq --auto-remove binutils >/dev/null
  rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/apt /var/log/dpkg.log
fi
