#!/usr/bin/env bash
# What a cluster costs and saves: the sums of months, a financial year after the other as `iapt build` adds them up, by the
# local engine and by two executors on this machine, the months as they are and replicated, with the peak memory of each
# process: ci/cluster_scale.sh [SOURCE [TIMES...]]
#   CARGO_PROFILE  dev unless told otherwise
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/cluster_programs.sh
source=${1:-embedded}
times=("${@:2}")
[ "${#times[@]}" -gt 0 ] || times=(1 10 100)
"$work/venv/bin/python" ci/cluster.py scale "$iapt" "$cluster" "$work" "$source" "${times[@]}"
