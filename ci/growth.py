"""What a build costs when the packs have more organisations: IAPT MIRROR WORK TIMES...

Every row of every organisation but England stands so many times in the packs, each time under another code.
"""

import csv
import io
import pathlib
import shutil
import subprocess
import sys
import zipfile

from timed import run

sys.path.append(str(pathlib.Path(__file__).parent.parent / "benches/peers"))
from unpack import members  # noqa: E402

COLUMNS = ("cells", "rows of `indicators`", "time", "long form", "of processors", "peak memory", "long form")


def replicate(mirror, times, out):
    """Packs as zip archives at the publisher's paths; which kind of archive it is, a reader tells by its bytes."""
    for path, member, text in members(mirror):
        rows = csv.reader(io.StringIO(text.decode()))
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\r\n")
        header = next(rows)
        writer.writerow(header)
        kind, code = header.index("OrgType"), header.index("OrgCode")
        for row in rows:
            writer.writerow(row)
            for copy in range(1, times if row[kind] != "England" else 1):
                writer.writerow([*row[:code], f"{row[code]}-{copy}", *row[code + 1 :]])
        target = out / path.relative_to(mirror)
        target.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
            pack.writestr(member, written.getvalue())


def main(iapt, mirror, work, *times):
    print("| organisations | " + " | ".join(COLUMNS) + " |\n|" + "---|" * (len(COLUMNS) + 1))
    first = None
    for number in map(int, times):
        packed, data = pathlib.Path(work, f"packs-{number}"), pathlib.Path(work, f"data-{number}")
        replicate(mirror, number, packed)
        here = ["--source", str(packed), "--data", str(data)]
        run([iapt, "fetch", *here])
        best = None
        for _ in range(3):
            shutil.rmtree(data / "tables", ignore_errors=True)
            measured = run([iapt, "build", *here], marker="tidy table: ")
            best = min(best or measured, measured)
        counts = {table: count(iapt, data, table) for table in ["tidy", "indicators"]}
        seconds, busy, memory, (long_seconds, long_memory) = best
        first = first or (counts["tidy"], seconds, long_seconds)
        cells, whole, long_form = counts["tidy"] / first[0], seconds / first[1], long_seconds / first[2]
        print(
            f"| x {number} | {counts['tidy']:,} ({cells:.1f}) | {counts['indicators']:,} | {seconds:.2f} s ({whole:.1f})"
            f" | {long_seconds:.2f} s ({long_form:.1f}) | {busy:.1f} s | {memory:,.0f} MiB | {long_memory:,.0f} MiB |",
            flush=True,
        )
        shutil.rmtree(data)
        shutil.rmtree(packed)
        if max(whole, long_form) > 1.15 * cells:
            sys.exit("the cost grows faster than the cells")


def count(iapt, data, table):
    sql = f"SELECT COUNT(*) AS n FROM {table}"
    return int(subprocess.check_output([iapt, "query", sql, "--data", str(data), "--format", "csv"], text=True).split()[1])


main(*sys.argv[1:])
