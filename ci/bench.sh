#!/usr/bin/env bash
# Times the parts (criterion), then the whole job from outside with its peak memory, on the built-in figures or on a
# mirror: ci/bench.sh [MIRROR]
set -euo pipefail
cd "$(dirname "$0")/.."
cargo bench --quiet --locked --manifest-path benches/parts/Cargo.toml
cargo build --quiet --locked --release -p iapt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
iapt=$(realpath "${CARGO_TARGET_DIR:-target}")/release/iapt
source=${1:-embedded}
"$iapt" fetch --quiet --source "$source" --data "$work/data"
python3 ci/bench.py "$iapt" "$work" 5 "$source"
