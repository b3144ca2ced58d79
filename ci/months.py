"""What a build of months of the real size costs, how it grows, and what one month more costs: IAPT WORK NUMBER...

With IAPT_KILLS that many builds of the month more are killed at any moment; the run after each has to make the same bytes.
"""

import filecmp
import os
import pathlib
import random
import shutil
import subprocess
import sys
import time

from real_size import kept_months, make
from timed import run

DATASET = ["--dataset", "talking_therapies_monthly", "--quiet"]


def tables(data):
    """Every file of the tables of a data folder, by its path in it."""
    folder = pathlib.Path(data, "tables")
    return {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}


def compare(data, expected):
    """Ends where the tables of two data folders are not the same bytes."""
    found, wanted = tables(data), tables(expected)
    same = [name for name in found.keys() & wanted.keys() if filecmp.cmp(found[name], wanted[name], shallow=False)]
    differing = sorted((found.keys() | wanted.keys()) - set(same))
    if differing:
        raise SystemExit(f"{data}: {len(differing)} files differ from a build from nothing: {differing[:5]}")
    return len(wanted)


def one_more(iapt, work, mirror, full, whole):
    """Holds the newest month back, builds, lets it in, and builds again."""
    *_, (newest, _) = kept_months(work / "kept")
    path = pathlib.Path(mirror, *newest.split("/")[3:])
    aside = work / "newest"
    shutil.move(path, aside)
    before = work / "before"
    here = [*DATASET, "--source", str(mirror), "--data", str(before)]
    run([iapt, "fetch", *here])
    run([iapt, "build", *here])
    shutil.move(aside, path)
    run([iapt, "fetch", *here])
    after = work / "after"
    here = [*DATASET, "--source", str(mirror), "--data", str(after)]
    seconds, processor = [], []
    for _ in range(3):
        shutil.rmtree(after, ignore_errors=True)
        shutil.copytree(before, after, symlinks=True)
        # What was written in the last two seconds is read again, and these copies are new.
        time.sleep(3)
        run([iapt, "fetch", *here])
        took, used, memory, _ = run([iapt, "build", *here])
        seconds.append(took)
        processor.append(used)
    n_files = compare(after, full)
    took, used = sorted(seconds)[1], sorted(processor)[1]
    print(f"one month more: {took:.2f} s, {used:.2f} s of processors, {100 * used / whole:.1f}% of those of the whole build, {memory:,.0f} MiB; {n_files} files are the same bytes as from nothing", flush=True)
    n_kills, n_ended = int(os.environ.get("IAPT_KILLS", 0)), 0
    chance = random.Random(1)
    for _ in range(n_kills):
        shutil.rmtree(after)
        shutil.copytree(before, after, symlinks=True, copy_function=os.link)
        child = subprocess.Popen([iapt, "build", *here], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, took))
        n_ended += child.poll() is not None
        child.kill()
        child.wait()
        run([iapt, "build", *here])
        compare(after, full)
    if n_kills:
        print(f"{n_kills} builds of it killed, {n_ended} of them had ended before; the run after each made the same bytes", flush=True)


def main(iapt, work, *numbers):
    work = pathlib.Path(work)
    run([iapt, "fetch", *DATASET, "--source", "embedded", "--data", str(work / "kept")])
    print("| months | rows | fetch | build | rows a second | peak memory | growth of rows | of time | of memory |")
    print("|---|---|---|---|---|---|---|---|---|")
    first = None
    for number in map(int, numbers):
        mirror, data = work / f"months-{number}", work / f"data-{number}"
        n_rows, n_months = make(work / "kept", mirror, number)
        here = [*DATASET, "--source", str(mirror), "--data", str(data)]
        fetching, *_ = run([iapt, "fetch", *here])
        seconds, processor, memory, _ = run([iapt, "build", *here])
        first = first or (n_rows, seconds, memory)
        growth = " | ".join(f"{now / before:.1f}" for now, before in zip((n_rows, seconds, memory), first))
        print(
            f"| {n_months} | {n_rows:,} | {fetching:.1f} s | {seconds:.1f} s | {n_rows / seconds:,.0f} | {memory:,.0f} MiB | {growth} |",
            flush=True,
        )
        if number != int(numbers[-1]):
            shutil.rmtree(mirror)
            shutil.rmtree(data)
    one_more(iapt, work, mirror, data, processor)


main(*sys.argv[1:])
