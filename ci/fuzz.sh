#!/usr/bin/env bash
# Each fuzz target for a short time (FUZZ_SECONDS, 20 unless told otherwise), from the seeds that are kept and what was
# found before. Needs cargo-fuzz and a C++ compiler; no sanitizer, so that the toolchain of the project will do.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"
command -v cargo-fuzz >/dev/null || cargo install --locked --quiet cargo-fuzz@0.13.2
for target in archive workbook csv declared; do
  mkdir -p "corpus/$target"
  echo "== $target"
  RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none --fuzz-dir . "$target" "corpus/$target" "seeds/$target" -- \
    -max_total_time="${FUZZ_SECONDS:-20}" -rss_limit_mb=1024 -timeout=20 -print_final_stats=1
done
