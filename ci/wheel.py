#!/usr/bin/env python3
"""A Python wheel that carries a program: ci/wheel.py PROGRAM FOLDER.

`pip install` of it puts `iapt` among the scripts of the environment. Nothing is compiled and nothing is imported, so one wheel serves every
Python 3. The tag names the oldest glibc that has every symbol the program asks for.
"""

import base64
import hashlib
import platform
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

program, folder = map(Path, sys.argv[1:])
root = Path(__file__).parent.parent
version = tomllib.loads((root / "Cargo.toml").read_text())["workspace"]["package"]["version"]
symbols = subprocess.run(["readelf", "--version-info", "--wide", program], check=True, capture_output=True, text=True).stdout
needed = max(tuple(map(int, found)) for found in re.findall(r"GLIBC_(\d+)\.(\d+)", symbols))
tag = f"py3-none-manylinux_{needed[0]}_{needed[1]}_{platform.machine()}"
info = f"iapt-{version}.dist-info"
readme = (root / "README.md").read_text()
files = {
    f"iapt-{version}.data/scripts/iapt": program.read_bytes(),
    f"{info}/licenses/LICENSE-MIT": (root / "LICENSE-MIT").read_bytes(),
    f"{info}/licenses/LICENSE-APACHE": (root / "LICENSE-APACHE").read_bytes(),
    f"{info}/METADATA": (
        f"Metadata-Version: 2.4\nName: iapt\nVersion: {version}\n"
        "Summary: What happens to the people referred to NHS Talking Therapies in England: the pipeline, as one program.\n"
        "License-Expression: MIT OR Apache-2.0\nLicense-File: LICENSE-MIT\nLicense-File: LICENSE-APACHE\n"
        f"Requires-Python: >=3.9\nDescription-Content-Type: text/markdown\n\n{readme}"
    ).encode(),
    f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: ci/wheel.py\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(),
}
checksum = lambda data: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
record = "".join(f"{name},sha256={checksum(data)},{len(data)}\n" for name, data in files.items())
files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
wheel = folder / f"iapt-{version}-{tag}.whl"
with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
    for name, data in files.items():
        # One moment for all, so that the same program gives the same bytes.
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (0o100755 if "/scripts/" in name else 0o100644) << 16
        archive.writestr(entry, data)
print(f"{wheel}: {wheel.stat().st_size:,} bytes")
