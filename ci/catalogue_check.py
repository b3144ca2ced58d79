"""Asks for the tidy table as of each edition, by the catalogue alone and over http, in DuckDB and in Polars.

Usage: catalogue_check.py ADDRESS EDITION=ROWS.csv...; each CSV has the rows of `iapt query` for that edition: dataset, period,
status and count, without a header.
"""

import csv
import importlib
import os
import sys
from pathlib import Path

import duckdb
import polars as pl
from fsspec.implementations.http import HTTPFileSystem
from pyiceberg.io import fsspec
from pyiceberg.table import StaticTable

address, *editions = sys.argv[1:]
os.environ["POLARS_ICEBERG_PLANNER"] = "pyiceberg"
duck = duckdb.connect()
for name in ("httpfs", "avro", "iceberg"):
    # Extensions come from PyPI here and not from DuckDB's own address.
    package = Path(importlib.import_module(f"duckdb_extension_{name}").__file__).parent
    duck.execute(f"INSTALL '{next(package.rglob('*.duckdb_extension'))}'; LOAD {name}")
fsspec.SCHEME_TO_FS["http"] = lambda properties: HTTPFileSystem()


def in_duckdb(metadata):
    counted = "SELECT dataset, reporting_period, value_status, count(*)"
    return duck.sql(f"{counted} FROM iceberg_scan('{metadata}') GROUP BY ALL").fetchall()


def in_polars(metadata):
    table = StaticTable.from_metadata(metadata, {"py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO"})
    return pl.scan_iceberg(table).group_by("dataset", "reporting_period", "value_status").len().collect().rows()


def sorted_rows(rows):
    return sorted([str(cell) for cell in row] for row in rows)


for one in editions:
    edition, _, path = one.partition("=")
    with open(path, encoding="utf-8", newline="") as file:
        expected = sorted_rows(csv.reader(file))
    assert len(expected) > 2, expected
    for read in (in_duckdb, in_polars):
        found = sorted_rows(read(f"{address}/catalogue/tidy/metadata/{edition}.metadata.json"))
        if found != expected:
            sys.exit(f"{read.__name__}, edition {edition}: {found}\n is not {expected}")
        print(f"catalogue, {read.__name__}: edition {edition} has the {len(found)} groups of rows of iapt query")
