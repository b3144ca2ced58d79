#!/usr/bin/env bash
# Installs system packages where a command is not there: need.sh COMMAND PACKAGE... One call at a time, for scripts run side by side.
set -euo pipefail
command -v "$1" >/dev/null && exit
exec 9>"${TMPDIR:-/tmp}/iapt-need.lock"
flock 9
echo "installing ${*:2}"
root=()
[ "$(id -u)" = 0 ] || root=(sudo)
"${root[@]}" apt-get update -qq
"${root[@]}" apt-get install -y -qq --no-install-recommends "${@:2}" >/dev/null
