"""The main CSV of every pack below a folder: (period, bytes)."""

import pathlib
import re
import subprocess
import zipfile


def packs(mirror):
    for path, _, text in members(mirror):
        yield re.search(r"20\d\d-\d\d", path.name).group(), text


def members(mirror):
    """The path of each pack, the name of its main member, and what is in that."""
    for path in sorted(pathlib.Path(mirror).rglob("*")):
        if path.suffix not in (".zip", ".rar"):
            continue
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as pack:
                member = next(name for name in pack.namelist() if "main" in name)
                yield path, member, pack.read(member)
        else:
            names = subprocess.check_output(["bsdtar", "-tf", path], text=True).splitlines()
            member = next(name for name in names if "main" in name)
            yield path, member, subprocess.check_output(["bsdtar", "-xOf", path, member])
