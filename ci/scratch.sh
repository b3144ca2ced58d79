# shellcheck shell=sh
# For `make test`: tests make and remove some hundred thousand small files, and wait for programs that they start. Their files go
# to memory where at least 8 GiB of it are free for files, and as many tests run side by side as keep the processors busy.
free_mib=$(df --output=avail -m /dev/shm 2>/dev/null | tail -n 1)
free_memory_mib=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo 2>/dev/null)
if [ -z "${TMPDIR:-}" ] && [ "${free_mib:-0}" -gt 8192 ] && [ "${free_memory_mib:-0}" -gt 12288 ] && [ -w /dev/shm ]; then
  export TMPDIR=/dev/shm
fi
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$(($(nproc 2>/dev/null || echo 1) * 2))}"
