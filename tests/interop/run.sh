#!/bin/sh
# Runs one of the scripts here under node, or says why not (77). KZG_ADDON names the built addon.
here=$(dirname "$0")

skip() {
    echo "INTEROP IS SKIPPED: $1" >&2
    exit 77
}

command -v node >/dev/null 2>&1 || skip "node is not installed"
[ -n "$KZG_ADDON" ] || skip "this build has no addon (node's headers are missing, or it is a sanitizer build)"
[ -e "$KZG_ADDON" ] || skip "the addon is not built: $KZG_ADDON"
(cd "$here" && node --input-type=commonjs -e 'require("c-kzg"); require("@crate-crypto/node-eth-kzg")') ||
    skip "the npm peers are not installed: run $here/prepare.sh"
script=$1
shift
exec node "$here/$script" "$@"
