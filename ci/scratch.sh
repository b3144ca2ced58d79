# shellcheck shell=sh
# For `make test`. Tests make and remove a great many small files: these go to memory where 8 GiB for files and 12 GiB of memory are
# free, and are gone with the shell that sourced this. And tests wait for programs that they start, so twice as many run side by side as
# there are processors.
free_for_files_mib=$(df --output=avail -m /dev/shm 2>/dev/null | tail -n 1)
free_mib=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null)
if [ -z "${TMPDIR:-}" ] && [ "${free_for_files_mib:-0}" -gt 8192 ] && [ "${free_mib:-0}" -gt 12288 ] && [ -w /dev/shm ]; then
  TMPDIR=$(mktemp -d -p /dev/shm iapt-tests.XXXXXX)
  export TMPDIR
  trap 'rm -rf "$TMPDIR"' EXIT
  trap 'exit 130' INT TERM
fi
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$(($(nproc 2>/dev/null || echo 1) * 2))}"
