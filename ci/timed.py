"""Whole processes, timed from outside."""

import os
import subprocess
import time


def run(command, marker=None, environment=None, output=os.devnull):
    """Wall-clock seconds, processor seconds and peak memory in MiB of one process that writes to `output`, and where it says
    `marker` on standard error, the wall-clock seconds and the peak memory by then."""
    start = time.perf_counter()
    with open(output, "wb") as out:
        child = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.PIPE, text=True)
    said, at_marker = [], None
    for line in child.stderr:
        said.append(line)
        if marker and at_marker is None and marker in line:
            with open(f"/proc/{child.pid}/status", encoding="ascii") as status:
                peak = int(status.read().split("VmHWM:")[1].split()[0]) / 1024
            at_marker = (time.perf_counter() - start, peak)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} ended with status {status}:\n{''.join(said)}")
    if marker and at_marker is None:
        raise SystemExit(f"{' '.join(map(str, command))} never said `{marker}`")
    child.returncode = 0
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, at_marker
