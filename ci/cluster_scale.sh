#!/usr/bin/env bash
# What a cluster costs and saves: months of the size that the publisher's have, as they are and replicated, added up a financial
# year after the other, as `iapt build` does it, by the local engine and by two executors on this machine, with the peak
# memory of each process: ci/cluster_scale.sh [TIMES...]
#   CARGO_PROFILE  dev unless told otherwise
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/cluster_programs.sh
times=("$@")
[ "${#times[@]}" -gt 0 ] || times=(1 10)
"$work/venv/bin/python" ci/cluster.py scale "$iapt" "$cluster" "$work" "${times[@]}"
