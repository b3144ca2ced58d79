"""Holds the downloads of a site against the tables that they are of, as DuckDB reads these: SITE.

Every row of every table's CSV, every number of every place's CSV and every row of every place's JSON.
"""

import csv
import json
import pathlib
import sys
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

import duckdb

FORMULA = ("=", "+", "-", "@", "\t", "\r")
KEYS = "reporting_period period_kind level org_type org_code org_name indicator".split()
NUMBERS = (
    "numerator numerator_low numerator_high denominator denominator_low denominator_high value value_low value_high "
    "interval_low interval_high published_percentage england"
).split()


def guarded(text):
    """A text as spreadsheets may have it."""
    return f"'{text}" if text.startswith(FORMULA) else text


def printed(number):
    """A number as downloads print it: its exact value, rounded to four decimals."""
    if number is None:
        return ""
    text = format(Decimal(number).quantize(Decimal("0.0001"), rounding=ROUND_HALF_EVEN), "f").rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def tables(db, data):
    """The CSV of every table has the rows of its Parquet file."""
    n_rows = 0
    files = sorted(data.glob("*.parquet"))
    for parquet in files:
        columns = db.execute(f"DESCRIBE SELECT * FROM '{parquet}'").fetchall()
        starts = ", ".join(f"chr({ord(start)})" for start in FORMULA)
        cells = [
            f"CASE WHEN left({name}, 1) IN ({starts}) THEN '''' || {name} ELSE nullif({name}, '') END AS {name}"
            if kind == "VARCHAR"
            else name
            for name, kind, *_ in columns
        ]
        kinds = {name: kind for name, kind, *_ in columns}
        rows = f"SELECT {', '.join(cells)} FROM '{parquet}'"
        lines = f"SELECT * FROM read_csv('{parquet.with_suffix('.csv')}', header = true, nullstr = '', columns = {kinds})"
        count = "SELECT count(*) FROM ({} EXCEPT ALL {})"
        lacking, added = (db.execute(count.format(*two)).fetchone()[0] for two in [(rows, lines), (lines, rows)])
        if lacking or added:
            sys.exit(f"{parquet.stem}.csv lacks {lacking} rows of the table and has {added} others")
        n_rows += db.execute(f"SELECT count(*) FROM '{parquet}'").fetchone()[0]
    return f"{len(files)} tables with {n_rows:,} rows"


def of_places(site, rows):
    """The CSV of every place has the numbers of the indicator table."""
    known = defaultdict(set)
    for row in rows:
        if row["breakdown"] == "total":
            known[tuple(guarded(row[key]) for key in KEYS)].add(tuple(printed(row[name]) for name in NUMBERS))
    files, n_numbers = sorted(site.glob("areas/*/*.csv")), 0
    for file in files:
        with file.open(newline="", encoding="utf-8") as lines:
            for line in csv.DictReader(lines):
                if tuple(line[name] for name in NUMBERS) not in known[tuple(line[key] for key in KEYS)]:
                    sys.exit(f"{file}: no row of the table is {line}")
                n_numbers += len(NUMBERS)
    return f"{len(files)} CSV of places with {n_numbers:,} numbers"


def of_programs(site, rows):
    """The JSON of every place has rows of the indicator table."""
    columns = list(rows[0])
    known = {tuple(row.values()) for row in rows}
    files, n_rows = sorted(site.glob("api/v1/places/*/*.json")), 0
    for file in files:
        figures = json.loads(file.read_text(encoding="utf-8"))
        for cells in figures["rows"]:
            row = {**figures["same"], **dict(zip(figures["columns"], cells, strict=True))}
            if tuple(row[name] for name in columns) not in known:
                sys.exit(f"{file}: no row of the table is {row}")
            n_rows += 1
    return f"{len(files)} JSON of places with {n_rows:,} rows"


site = pathlib.Path(sys.argv[1])
db = duckdb.connect()
found = db.execute(f"SELECT * FROM '{site / 'data/indicators.parquet'}'")
names = [column[0] for column in found.description]
indicators = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
for said in (tables(db, site / "data"), of_places(site, indicators), of_programs(site, indicators)):
    if said.startswith("0 ") or said.split()[-2] == "0":
        sys.exit(f"nothing was compared: {said}")
    print(f"downloads: {said}, as DuckDB reads the tables")
