#!/usr/bin/env bash
# The tests that read the publisher's files as others have rebuilt them, in the folder `shared` beside the checkout. Fails where
# that is not there: a test that nothing was compared in says nothing. Tests that take minutes run with them.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -d ../shared/data ] || { echo "there is no folder ../shared/data: nothing to compare with" >&2; exit 1; }
ci/some_tests.sh cargo test --locked --workspace -- --ignored --skip child_that --skip volumes::
