#!/bin/sh
# Installs the npm peers that package-lock.json pins, if they are not there. c-kzg is compiled here, against the
# headers of the node that runs it. 77: it cannot be done on this machine, and the interop tests are skipped;
# where CI is set, a failed installation is a failure.
cd "$(dirname "$0")" || exit 1

skip() {
    echo "INTEROP IS SKIPPED: $1" >&2
    exit 77
}

loads() {
    node --input-type=commonjs -e 'require("c-kzg"); require("@crate-crypto/node-eth-kzg")' >/dev/null 2>&1
}

command -v node >/dev/null 2>&1 || skip "node is not installed"
command -v npm >/dev/null 2>&1 || skip "npm is not installed"
if loads; then
    echo "the npm peers are installed"
    exit 0
fi
prefix=$(node -p 'require("path").resolve(process.execPath, "..", "..")')
if [ -z "$npm_config_nodedir" ] && [ -e "$prefix/include/node/node_api.h" ]; then
    export npm_config_nodedir="$prefix"
fi
# Not npm ci: it refuses a lock file that leaves out the prebuilt binaries for other systems. This takes the versions and
# digests of the lock file too, and leaves the file alone.
npm install --no-save --no-audit --no-fund --foreground-scripts >npm.log 2>&1 || {
    grep -v '^npm error *$' npm.log | head -n 20 >&2
    [ -z "$CI" ] || exit 1
    skip "npm install failed"
}
rm -f npm.log
loads || skip "the npm peers were installed but do not load"
echo "the npm peers have been installed"
