#!/usr/bin/env bash
# Runs a command without a network beyond loopback: ci/alone.sh make test. What it needs must have been downloaded before.
set -euo pipefail
"$(dirname "$0")"/need.sh ip iproute2
space=(unshare --net)
"${space[@]}" true 2>/dev/null || space=(unshare --user --map-root-user --net)
"${space[@]}" true || {
  echo "alone: this machine does not let its users have a network of their own (${space[*]})" >&2
  exit 1
}
exec "${space[@]}" sh -c 'ip link set lo up && exec "$@"' alone "$@"
