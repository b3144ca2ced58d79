"""Runs stages of the binary in turn and prints medians and peak memory: IAPT WORK ROUNDS SOURCE."""

import os
import pathlib
import statistics
import sys
import tempfile

from timed import run

iapt, work, rounds, source = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
here = ["--quiet", "--source", source, "--data", str(work / "data")]
pages = [*here, "--out", str(work / "out")]
jobs = {
    "build": ["build", *here],
    "report": ["report", *pages],
    "run with nothing to do": ["run", *pages],
    "plan": ["plan", *pages],
}
# What is removed before a round, so that there is work.
stale = [work / "data/tables", work / "data/report.json", work / "out"]


def iapt_run(arguments):
    """Wall-clock seconds, and the peak memory in MiB, of one whole process."""
    seconds, _, memory, _ = run([iapt, *arguments])
    return seconds, memory


def clear():
    """Moved aside, not removed: a file system that has just removed thousands of files is slow to make new ones."""
    aside = tempfile.mkdtemp(dir=work)
    for path in stale:
        if path.exists():
            path.rename(pathlib.Path(aside) / path.name)


measured = {name: [] for name in jobs}
for _ in range(rounds):
    clear()
    for name, arguments in jobs.items():
        measured[name].append(iapt_run(arguments))
clear()
whole = iapt_run(["run", *pages])
print(f"{rounds} rounds on {os.cpu_count()} processors")
print("| job | median | lowest to highest | peak memory |")
print("|---|---|---|---|")
for name, runs in measured.items():
    seconds = sorted(one for one, _ in runs)
    memory = max(one for _, one in runs)
    print(f"| {name} | {statistics.median(seconds):.3f} s | {seconds[0]:.3f} to {seconds[-1]:.3f} s | {memory:.0f} MiB |")
late = statistics.median(one for one, _ in measured["report"])
print(f"| whole run, once | {whole[0]:.3f} s | | {whole[1]:.0f} MiB |")
if late > 15:
    sys.exit(f"the report took {late:.1f} s: pages and tables are to be written in under 15 s")
if whole[1] > 1024:
    sys.exit("the whole run took more than 1 GiB of memory")
