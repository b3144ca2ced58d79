"""Runs jobs in turn and prints medians, ratios to the first, and peak memory: IAPT MIRROR WORK ROUNDS."""

import os
import pathlib
import shutil
import statistics
import sys
import time

import duckdb

iapt, mirror, work, rounds = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
peers = pathlib.Path(__file__).parent.parent / "benches/peers"
jobs = {
    "iapt build": [iapt, "build", "--quiet", "--source", mirror, "--data", str(work / "data")],
    "Polars": [sys.executable, str(peers / "polars_long.py"), mirror, str(work / "polars")],
    "DuckDB": [sys.executable, str(peers / "duckdb_long.py"), mirror, str(work / "duckdb")],
}
outputs = {"iapt build": work / "data/tables", "Polars": work / "polars", "DuckDB": work / "duckdb"}
globs = {"iapt build": "tidy/*/*/*.parquet", "Polars": "*/*.parquet", "DuckDB": "*/*.parquet"}


def run(name):
    """Wall-clock seconds, and the peak memory in MiB, of one whole process."""
    shutil.rmtree(outputs[name], ignore_errors=True)
    start = time.perf_counter()
    child = os.posix_spawn(jobs[name][0], jobs[name], os.environ)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"{name} ended with status {status}")
    return seconds, usage.ru_maxrss / 1024


measured = {name: [] for name in jobs}
for name in jobs:
    run(name)
counts = {}
for name in jobs:
    files = str(outputs[name] / globs[name])
    counted = duckdb.sql(f"SELECT value_status::VARCHAR, count(*) FROM '{files}' GROUP BY 1 ORDER BY 1").fetchall()
    counts[name] = counted
if len({str(counted) for counted in counts.values()}) != 1:
    sys.exit(f"the cells differ: {counts}")
n_cells = sum(n for _, n in counts["iapt build"])
for _ in range(rounds):
    for name in jobs:
        measured[name].append(run(name))
ours = [seconds for seconds, _ in measured["iapt build"]]
print(f"{n_cells} cells, {rounds} rounds in turn, on {os.cpu_count()} processors")
print("| job | median | ratio to ours, lowest to highest | peak memory |")
print("|---|---|---|---|")
for name, runs in measured.items():
    seconds = [one for one, _ in runs]
    ratios = sorted(theirs / mine for theirs, mine in zip(seconds, ours))
    memory = max(one for _, one in runs)
    print(f"| {name} | {statistics.median(seconds):.2f} s | {ratios[0]:.2f} to {ratios[-1]:.2f} | {memory:.0f} MiB |")
