"""Every table of a folder in one file, with what each table and column is: TABLES FILE.duckdb, or TABLES FILE.sqlite.

Needs duckdb for the one, pyarrow for the other.
"""

import json
import os
import pathlib
import sqlite3
import sys

# Of a partitioned table these stand in the names of folders, not in the files.
OF_FOLDERS = [
    {"name": "dataset", "type": "string", "description": "The series of publications."},
    {"name": "reporting_period", "type": "string", "description": "The period of the file, as 2017-18 or 2021-01."},
]


def described(tables):
    """Name, files, what a row is, and the fields of each table."""
    for table in json.loads((tables / "datapackage.json").read_text(encoding="utf-8"))["resources"]:
        is_partitioned = isinstance(table["path"], list)
        paths = table["path"] if is_partitioned else [table["path"]]
        fields = [*(OF_FOLDERS if is_partitioned else []), *table["schema"]["fields"]]
        yield table["name"], [str(tables / path) for path in paths], table["description"], fields


def to_duckdb(tables, path):
    import duckdb

    with duckdb.connect(path) as copy:
        for name, paths, description, fields in described(tables):
            columns = ", ".join(f"\"{field['name']}\"" for field in fields)
            source = copy.read_parquet(paths, hive_partitioning=fields[:2] == OF_FOLDERS)
            source.project(columns).create(name)
            comments = [(f"TABLE {name}", description)]
            comments += [(f"COLUMN {name}.\"{field['name']}\"", field["description"]) for field in fields]
            for what, text in comments:
                copy.sql(f"COMMENT ON {what} IS '{text.replace(chr(39), chr(39) * 2)}'")


def to_sqlite(tables, path):
    from pyarrow import dataset

    kinds = {"integer": "INTEGER", "number": "REAL", "boolean": "INTEGER"}
    with sqlite3.connect(path) as copy:
        copy.execute("CREATE TABLE dictionary (table_name TEXT, column_name TEXT, description TEXT)")
        for name, paths, description, fields in described(tables):
            names = [field["name"] for field in fields]
            columns = ", ".join(f"\"{field['name']}\" {kinds.get(field['type'], 'TEXT')}" for field in fields)
            copy.execute(f"CREATE TABLE {name} ({columns})")
            rows = [(name, "", description), *((name, field["name"], field["description"]) for field in fields)]
            copy.executemany("INSERT INTO dictionary VALUES (?, ?, ?)", rows)
            source = dataset.dataset(paths, partitioning="hive")
            insert = f"INSERT INTO {name} VALUES ({', '.join('?' * len(names))})"
            for batch in source.to_batches(columns=names):
                cells = [column.to_pylist() for column in batch.columns]
                # SQLite has no type for days: they are text, as 2017-04-01.
                days = [field["type"] == "date" for field in fields]
                cells = [[str(cell) for cell in column] if is_day else column for column, is_day in zip(cells, days)]
                copy.executemany(insert, zip(*cells))
    copy.close()


def main(tables, out):
    # Under another name until it is whole.
    unfinished = f"{out}.part"
    pathlib.Path(unfinished).unlink(missing_ok=True)
    {".duckdb": to_duckdb, ".sqlite": to_sqlite}[pathlib.Path(out).suffix](pathlib.Path(tables), unfinished)
    os.replace(unfinished, out)


main(*sys.argv[1:])
