# shellcheck shell=bash disable=SC2034
# For cluster.sh and cluster_scale.sh: `iapt` with the client of a cluster, and the cluster, in one build so that DataFusion
# is compiled once for both; and Python with what the comparison needs. Sets iapt, cluster and work.
profile=${CARGO_PROFILE:-dev}
cargo build --quiet --locked --profile "$profile" \
  -p iapt -p iapt-cluster --features iapt/ballista,iapt-cluster/ballista
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
built=$(realpath "${CARGO_TARGET_DIR:-target}")/${profile/#dev/debug}
# The next build of the checkout may put an `iapt` without the client in its place.
cp "$built/iapt" "$built/iapt-cluster" "$work"
iapt=$work/iapt
cluster=$work/iapt-cluster
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[server]==5.2.5' pyarrow==26.0.1
PATH=$work/venv/bin:$PATH
