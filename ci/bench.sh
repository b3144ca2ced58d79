#!/usr/bin/env bash
# Times the parts (criterion), then months of the real size: rows a second, peak memory, the growth from 6 months to all that can
# be made, and one month more; then the whole job from outside, on the built-in figures or on a mirror: ci/bench.sh [MIRROR].
# Ends with an error where the job takes longer or more memory than it may.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo bench --quiet --locked --manifest-path benches/parts/Cargo.toml
cargo build --quiet --locked --release -p iapt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
iapt=$(realpath "${CARGO_TARGET_DIR:-target}")/release/iapt
source=${1:-embedded}
"$iapt" fetch --quiet --source "$source" --data "$work/data"
python3 ci/months.py "$iapt" "$work" 6 12 57
python3 ci/bench.py "$iapt" "$work" 5 "$source"
