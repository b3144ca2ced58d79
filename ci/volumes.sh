#!/usr/bin/env bash
# Tables and pages on mounted volumes and on a full disk: the tests that need to mount, in a namespace of their own.
set -euo pipefail
cd "$(dirname "$0")/.."
unshare --map-root-user --mount true || {
  echo "volumes: this machine does not let its users mount (unshare --map-root-user --mount)" >&2
  exit 1
}
ci/some_tests.sh cargo test --quiet --locked --workspace --test it -- --ignored volumes::
