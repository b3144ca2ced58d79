"""A real Ballista scheduler and two executors on this machine, and what is compared and measured through them.

Usage: cluster.py compare IAPT CLUSTER WORK [SOURCE]; cluster.py scale IAPT CLUSTER WORK TIMES...
IAPT and CLUSTER are the programs; `moto_server` (PyPI: moto[server]) has to be on the PATH, for scale pyarrow too.
"""

import collections
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

from real_size import make
from timed import run

DATASET = "talking_therapies_monthly"
N_EXECUTORS = 2
N_MONTHS = 60


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def wait_for(url, method="GET"):
    for _ in range(600):
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{url} does not answer")


class Processes:
    """Processes of their own, each with a log, ended with the block that they are started in."""

    def __init__(self, work):
        self.work, self.running = work, {}

    def __enter__(self):
        return self

    def start(self, name, command, environment):
        with open(self.work / f"{name}.log", "wb") as log:
            self.running[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def log(self, name):
        return (self.work / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def peak(self, name):
        """The most memory that it has held, in MiB."""
        status = pathlib.Path(f"/proc/{self.running[name].pid}/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def processor_seconds(self):
        """What all of them have taken of the processors since they were started."""
        stats = [pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii") for process in self.running.values()]
        ticks = sum(int(field) for stat in stats for field in stat.rsplit(")", 1)[1].split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")

    def __exit__(self, *_):
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()


class Cluster(Processes):
    """A scheduler and its executors, one core each, with the variables of the store that they read from."""

    def __init__(self, program, work, environment=os.environ):
        super().__init__(work)
        self.port = free_port()
        here = ["--bind-host", "127.0.0.1", "--external-host", "127.0.0.1"]
        scheduler = [program, "scheduler", *here, "--bind-port", str(self.port), "--min-ready-executors", str(N_EXECUTORS)]
        self.start("scheduler", [*scheduler, "--log-level-setting", "warn"], environment)
        self.names = [f"executor-{number}" for number in range(1, N_EXECUTORS + 1)]
        wait_for(f"http://127.0.0.1:{self.port}/healthz")
        for name in self.names:
            ports = [word for kind in ["", "-grpc", "-health"] for word in [f"--bind{kind}-port", str(free_port())]]
            folder = ["--id", name, "--work-dir", str(work / name), "--vcores", "1", "--scheduler-port", str(self.port)]
            self.start(name, [program, "executor", *here, *ports, *folder, "--log-level-setting", "info"], environment)
        wait_for(f"http://127.0.0.1:{self.port}/readyz")
        self.engine = ["--engine", f"ballista://127.0.0.1:{self.port}"]

    def told(self):
        """How many jobs were done, and how many tasks of them each executor did; every one has to have done some."""
        jobs = json.loads(wait_for(f"http://127.0.0.1:{self.port}/api/jobs"))
        n_done = sum(job["status"] == "Completed" or job["job_status"].startswith("Completed") for job in jobs)
        assert jobs and n_done == len(jobs), jobs
        tasks = {name: self.log(name).count("Finished task") for name in self.names}
        assert all(tasks.values()), f"an executor did nothing: {tasks}"
        return f"{n_done} jobs on the cluster; " + ", ".join(f"{name} did {n} tasks" for name, n in tasks.items())


def rows(iapt, data, table):
    """Every row of a table, by the local engine, in any order."""
    command = [iapt, "query", f"SELECT * FROM {table}", "--data", str(data), "--format", "json"]
    return json.loads(subprocess.check_output(command) or "[]")


def compare_tables(iapt, local, other):
    """Prints every derived table of two folders with the rows that differ, and counts those."""
    names = sorted(path.name for path in (local / "tables").glob("*.parquet"))
    assert names and names == sorted(path.name for path in (other / "tables").glob("*.parquet")), names
    print("| table | rows | rows that differ | same bytes |\n|---|---|---|---|")
    n_rows = n_different = n_same = 0
    for name in names:
        both = (rows(iapt, data, name.removesuffix(".parquet")) for data in (local, other))
        left, right = (collections.Counter(map(json.dumps, one)) for one in both)
        different = max((left - right).total(), (right - left).total())
        is_same = (local / "tables" / name).read_bytes() == (other / "tables" / name).read_bytes()
        print(f"| {name.removesuffix('.parquet')} | {left.total()} | {different} | {'yes' if is_same else 'no'} |")
        n_rows, n_different, n_same = n_rows + left.total(), n_different + different, n_same + is_same
    print(f"{len(names)} tables, {n_rows} rows, {n_different} differ; {n_same} files are the same bytes")
    return n_different


def compare(iapt, program, work, source="embedded"):
    def build(data, arguments=(), environment=os.environ):
        where = ["--dataset", DATASET, "--source", source, "--data", str(data)]
        run([iapt, "build", "--quiet", *where, *arguments], environment=environment)

    local = work / "local"
    run([iapt, "fetch", "--quiet", "--dataset", DATASET, "--source", source, "--data", str(local)])
    for data in ["folder", "store"]:
        shutil.copytree(local, work / data)
    build(local)
    n_different = 0
    print("== tables in a folder that the executors see")
    with Cluster(program, work) as cluster:
        build(work / "folder", cluster.engine)
        n_different += compare_tables(iapt, local, work / "folder")
        print(cluster.told())
    print("== tables in an S3-compatible store")
    with Processes(work) as servers:
        port = free_port()
        servers.start("moto", ["moto_server", "-p", str(port)], os.environ)
        endpoint = f"http://127.0.0.1:{port}"
        wait_for(f"{endpoint}/iapt", method="PUT")
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
        environment = os.environ | keys | {"AWS_ENDPOINT": endpoint, "AWS_ALLOW_HTTP": "true"}
        with Cluster(program, work, environment) as cluster:
            build(work / "store", [*cluster.engine, "--store", "s3://iapt/tables"], environment)
            n_different += compare_tables(iapt, local, work / "store")
            print(cluster.told())
        n_read = servers.log("moto").count("GET /iapt/tables/")
        assert n_read, "nothing was read from the store"
        print(f"{n_read} requests read from the store")
    if n_different:
        sys.exit(f"{n_different} rows differ")


def replicate(tables, times):
    """Writes every row of `tidy` of every organisation but England so many times, each time under other codes, and notes in
    the manifest that the tables are meant to be so."""
    import pyarrow
    from pyarrow import compute, parquet

    manifest = json.loads((tables / "manifest.json").read_text(encoding="utf-8"))
    for path in sorted((tables / "tidy").rglob("*.parquet")):
        file = parquet.ParquetFile(path)
        with parquet.ParquetWriter(f"{path}.next", file.schema_arrow, compression="zstd") as writer:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                others = table.filter(compute.not_equal(table["org_type"].cast("string"), "England"))
                position = others.schema.get_field_index("org_code")
                copies = [table]
                for copy in range(1, int(times)):
                    codes = compute.binary_join_element_wise(others["org_code"].cast("string"), str(copy), "-")
                    codes = codes.cast(table.schema.field(position).type)
                    copies.append(others.set_column(position, table.schema.field(position), codes))
                writer.write_table(pyarrow.concat_tables(copies).unify_dictionaries(), row_group_size=1 << 20)
        os.replace(f"{path}.next", path)
        content = path.read_bytes()
        sum_of = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest["files"][str(path.relative_to(tables))] = sum_of
    manifest["sha256"] = None
    manifest["sha256"] = hashlib.sha256(pretty(manifest)).hexdigest()
    (tables / "manifest.json").write_bytes(pretty(manifest))


def pretty(value):
    return json.dumps(value, indent=2, ensure_ascii=False).encode()


def financial_years(iapt, data):
    """The months that are there, by financial year, as `iapt build` cuts them."""
    years = {}
    for row in rows(iapt, data, "(SELECT DISTINCT reporting_period AS month FROM tidy ORDER BY month)"):
        year, month = map(int, row["month"].split("-"))
        years.setdefault(year - (month < 4), []).append(row["month"])
    return list(years.values())


def added_up(iapt, data, years, results, engine=()):
    """Adds up one year after the other, each to a file of `results`; seconds, those of processors, and peak memory in MiB."""
    sql = pathlib.Path("pipelines/indicators/sums_of_months.sql").read_text(encoding="utf-8")
    order = "dataset, reporting_period, level, org_type, org_code, measure, statistic"
    results.mkdir()
    seconds = busy = memory = 0
    for number, months in enumerate(years):
        of_year = ", ".join(f"'{month}'" for month in months)
        tidy = f"JOIN (SELECT * FROM tidy WHERE reporting_period IN ({of_year})) AS tidy ON"
        assert sql.count("JOIN tidy ON") == 1
        query = f"SELECT * FROM (\n{sql.replace('JOIN tidy ON', tidy)}\n) ORDER BY {order}"
        command = [iapt, "query", query, "--data", str(data), "--format", "parquet", *engine]
        took, used, held, _ = run(command, output=results / f"{number}.parquet")
        seconds, busy, memory = seconds + took, busy + used, max(memory, held)
    return seconds, busy, memory


def scale(iapt, program, work, *times):
    run([iapt, "fetch", "--quiet", "--dataset", DATASET, "--source", "embedded", "--data", str(work / "kept")])
    source, first = str(work / "mirror"), work / "first"
    make(work / "kept", source, N_MONTHS)
    for stage in ["fetch", "build"]:
        run([iapt, stage, "--quiet", "--dataset", DATASET, "--source", source, "--data", str(first)])
    print("| months | rows of `tidy` | sums | engine | time | of processors | peak memory of `iapt` | of each executor |\n|---|---|---|---|---|---|---|---|")
    for number in times:
        data = work / f"times-{number}"
        shutil.copytree(first / "tables", data / "tables")
        # A process of its own: what it holds would count as held by those that this one starts.
        subprocess.run([sys.executable, __file__, "replicate", str(data / "tables"), number], check=True)
        n_rows = rows(iapt, data, "(SELECT COUNT(*) AS n FROM tidy)")[0]["n"]
        years = financial_years(iapt, data)
        results = [work / f"{number}-{engine}" for engine in ["local", "cluster"]]
        measured = {"local": (*added_up(iapt, data, years, results[0]), "")}
        with Cluster(program, work) as cluster:
            idle = cluster.processor_seconds()
            seconds, busy, memory = added_up(iapt, data, years, results[1], cluster.engine)
            busy += cluster.processor_seconds() - idle
            peaks = " and ".join(f"{cluster.peak(name):,.0f}" for name in cluster.names)
            measured["cluster"] = (seconds, busy, memory, f"{peaks} MiB")
            cluster.told()
        n_sums = int(subprocess.check_output([sys.executable, "-c", SAME, *map(str, results)]))
        for engine, (seconds, busy, memory, executors) in measured.items():
            print(f"| x {number} | {n_rows:,} | {n_sums:,} | {engine} | {seconds:.1f} s | {busy:.1f} s | {memory:,.0f} MiB | {executors} |", flush=True)
        shutil.rmtree(data)


# Every row of both results is compared, year after year, and counted.
SAME = """
import pathlib, sys
from pyarrow import parquet
n_rows = 0
local, cluster = map(pathlib.Path, sys.argv[1:])
names = sorted(file.name for file in local.iterdir())
assert names and names == sorted(file.name for file in cluster.iterdir()), names
for name in names:
    one, other = (parquet.read_table(folder / name) for folder in (local, cluster))
    assert one.equals(other), f"the results differ: {name}"
    n_rows += one.num_rows
print(n_rows)
"""


def main():
    what, *arguments = sys.argv[1:]
    if what == "replicate":
        replicate(pathlib.Path(arguments[0]), arguments[1])
    else:
        iapt, program, work, *rest = arguments
        {"compare": compare, "scale": scale}[what](iapt, program, pathlib.Path(work), *rest)


main()
