"""What a build of months of the real size costs, and how it grows: IAPT WORK NUMBER..."""

import pathlib
import shutil
import sys

from real_size import make
from timed import run


def main(iapt, work, *numbers):
    work = pathlib.Path(work)
    kept = ["--dataset", "talking_therapies_monthly", "--quiet"]
    run([iapt, "fetch", *kept, "--source", "embedded", "--data", str(work / "kept")])
    print("| months | rows | fetch | build | rows a second | peak memory | growth of rows | of time | of memory |")
    print("|---|---|---|---|---|---|---|---|---|")
    first = None
    for number in map(int, numbers):
        mirror, data = work / f"months-{number}", work / f"data-{number}"
        n_rows, n_months = make(work / "kept", mirror, number)
        here = [*kept, "--source", str(mirror), "--data", str(data)]
        fetching, *_ = run([iapt, "fetch", *here])
        seconds, _, memory, _ = run([iapt, "build", *here])
        first = first or (n_rows, seconds, memory)
        growth = " | ".join(f"{now / before:.1f}" for now, before in zip((n_rows, seconds, memory), first))
        print(
            f"| {n_months} | {n_rows:,} | {fetching:.1f} s | {seconds:.1f} s | {n_rows / seconds:,.0f} | {memory:,.0f} MiB | {growth} |",
            flush=True,
        )
        shutil.rmtree(mirror)
        shutil.rmtree(data)


main(*sys.argv[1:])
