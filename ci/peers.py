"""Runs jobs in turn and prints medians, ratios and peak memory: IAPT MIRROR WORK ROUNDS."""

import os
import pathlib
import shutil
import statistics
import sys

import duckdb
import polars
from timed import run

iapt, mirror, work, rounds = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]), int(sys.argv[4])
peers = pathlib.Path(__file__).parent.parent / "benches/peers"
BUILD, POLARS, DUCKDB = "iapt build", f"Polars {polars.__version__}", f"DuckDB {duckdb.__version__}"
LONG_FORM = "iapt build, until the long form is on the disk"
jobs = {
    BUILD: [iapt, "build", "--source", mirror, "--data", str(work / "data")],
    POLARS: [sys.executable, str(peers / "polars_long.py"), mirror, str(work / "polars")],
    DUCKDB: [sys.executable, str(peers / "duckdb_long.py"), mirror, str(work / "duckdb")],
}
outputs = {BUILD: work / "data/tables", POLARS: work / "polars", DUCKDB: work / "duckdb"}
globs = {BUILD: "tidy/*/*/*.parquet", POLARS: "*/*.parquet", DUCKDB: "*/*.parquet"}


def timed(name):
    shutil.rmtree(outputs[name], ignore_errors=True)
    return run(jobs[name], marker="tidy table: " if name == BUILD else None)


for name in jobs:
    timed(name)
counts = {}
for name in jobs:
    files = str(outputs[name] / globs[name])
    # What an edition lacks is told apart from what is not applicable by declarations that the peers do not have.
    status = "replace(value_status::VARCHAR, 'not_held', 'not_applicable')"
    counted = duckdb.sql(f"SELECT {status}, count(*) FROM '{files}' GROUP BY 1 ORDER BY 1").fetchall()
    counts[name] = counted
if len({str(counted) for counted in counts.values()}) != 1:
    sys.exit(f"the cells differ: {counts}")
n_cells = sum(n for _, n in counts[BUILD])

measured = {name: [] for name in [LONG_FORM, POLARS, DUCKDB, BUILD]}
for _ in range(rounds):
    for name in jobs:
        seconds, _, memory, until = timed(name)
        measured[name].append((seconds, memory))
        if until:
            measured[LONG_FORM].append(until)
ours = [seconds for seconds, _ in measured[LONG_FORM]]
print(f"{n_cells:,} cells, {rounds} rounds in turn, {os.cpu_count()} processors")
print("| job | time, median | against our long form, lowest to highest | peak memory |")
print("|---|---|---|---|")
for name, runs in measured.items():
    seconds = [one for one, _ in runs]
    ratios = sorted(theirs / mine for theirs, mine in zip(seconds, ours))
    memory = max(one for _, one in runs)
    print(f"| {name} | {statistics.median(seconds):.2f} s | {ratios[0]:.2f} to {ratios[-1]:.2f} | {memory:.0f} MiB |")
if max(memory for _, memory in measured[LONG_FORM]) > 512:
    sys.exit("the long form took more than 512 MiB of memory")
if statistics.median(ours) > statistics.median(seconds for seconds, _ in measured[POLARS]):
    sys.exit("Polars was faster")
