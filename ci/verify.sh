#!/usr/bin/env bash
# 1,000 bytes of snapshots, tables, pages and manifest changed: every one is named by `iapt verify` (`make test` does a few).
# Takes some minutes. IAPT_CHANGES asks for another number.
set -euo pipefail
cd "$(dirname "$0")/.."
IAPT_CHANGES=${IAPT_CHANGES:-1000} \
  ci/some_tests.sh cargo test --quiet --locked --workspace --test it -- --nocapture verify::every_changed_byte_is_named
