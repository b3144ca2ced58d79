#!/usr/bin/env bash
# Clippy has nothing to say; the lints are in Cargo.toml and clippy.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo clippy --locked --workspace --all-targets -- -D warnings
