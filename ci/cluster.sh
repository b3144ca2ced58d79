#!/usr/bin/env bash
# The SQL of the tables on a cluster: a real Ballista scheduler and two executors, with the tables in a folder that they
# see and in an S3-compatible store (moto, from PyPI). Every derived table of the monthly series is compared with the
# local engine's, row for row: ci/cluster.sh [SOURCE], the built-in figures unless told otherwise.
#   CARGO_PROFILE  dev unless told otherwise
set -euo pipefail
cd "$(dirname "$0")/.."
. ci/cluster_programs.sh
"$work/venv/bin/python" ci/cluster.py compare "$iapt" "$cluster" "$work" "$@"
