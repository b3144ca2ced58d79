#!/usr/bin/env bash
# Times the parts (criterion), then the whole job from outside with its peak memory, on the built-in figures or on a
# mirror: ci/bench.sh [MIRROR]. Then months of the real size: rows a second, peak memory, and the growth from 6 months to all
# that can be made.
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
python3 ci/months.py "$iapt" "$work" 6 12 57
