#!/usr/bin/env bash
# The declared files parse and account for every header known.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo run --quiet --locked -p iapt -- check
