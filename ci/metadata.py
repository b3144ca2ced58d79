"""Holds the descriptions beside the tables against their own validators, and against the data: TABLES SITE."""

import os
import pathlib
import sys

from frictionless import Package, system

sys.argv[2] = str(pathlib.Path(sys.argv[2]).resolve())
os.chdir(sys.argv[1])
system.trusted = True
package = Package("datapackage.json")
failed = 0
n_rows = 0
for resource in package.resources:
    # The validator reads a few hundred rows a second, so of the larger tables only a beginning.
    report = resource.validate(limit_rows=2000)
    errors = [error for (error,) in report.flatten(["message"])]
    for error in errors:
        print(f"{resource.name}: {error}")
    failed += bool(errors)
    n_rows += sum(task.stats.get("rows", 0) for task in report.tasks)
print(f"datapackage.json: {len(package.resources)} resources, {n_rows} rows, {failed} failed")

import hashlib
import json

import duckdb

described = json.loads(pathlib.Path("datapackage.json").read_text())
n_files = n_changed = 0
for file in (file for resource in described["resources"] for file in resource["files"]):
    content = pathlib.Path(file["path"]).read_bytes()
    n_files += 1
    if (file["bytes"], file["hash"]) != (len(content), f"sha256:{hashlib.sha256(content).hexdigest()}"):
        print(f"{file['path']}: not the bytes that datapackage.json says")
        n_changed += 1
n_there = sum(1 for _ in pathlib.Path(".").rglob("*.parquet"))
print(f"datapackage.json: size and checksum of {n_files} of {n_there} files, {n_changed} wrong; {described['temporalCoverage']}")

# Keys, required values and lists of values, over every row.
tables = duckdb.connect()
for resource in described["resources"]:
    paths = resource["path"] if isinstance(resource["path"], list) else [resource["path"]]
    tables.execute(f'CREATE VIEW "{resource["name"]}" AS SELECT * FROM read_parquet({paths}, hive_partitioning = true)')


def names(columns):
    return ", ".join(f'"{column}"' for column in columns)


n_checks = n_broken = 0
for resource in described["resources"]:
    table, schema = resource["name"], resource["schema"]
    checks = []
    if key := schema.get("primaryKey"):
        checks.append((f"key {key}", f'SELECT {names(key)} FROM "{table}" GROUP BY ALL HAVING COUNT(*) > 1'))
    for field in schema["fields"]:
        constraints, column = field.get("constraints", {}), field["name"]
        if constraints.get("required"):
            checks.append((f"{column} required", f'SELECT * FROM "{table}" WHERE "{column}" IS NULL'))
        if values := constraints.get("enum"):
            one_of = ", ".join(f"'{value}'" for value in values)
            checks.append((f"{column} one of", f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" NOT IN ({one_of})'))
    for key in schema.get("foreignKeys", []):
        reference, columns = key["reference"], key["fields"]
        sql = f'SELECT DISTINCT {names(columns)} FROM "{table}" WHERE {" AND ".join(f"{name} IS NOT NULL" for name in columns)}'
        other = f'SELECT {names(reference["fields"])} FROM "{reference["resource"]}"'
        checks.append((f"{columns} of {reference['resource']}", f"{sql} EXCEPT {other}"))
    for what, sql in checks:
        n_checks += 1
        if found := tables.execute(f"{sql} LIMIT 3").fetchall():
            print(f"{table}: {what}: {found}")
            n_broken += 1
print(f"keys: {n_checks} keys, references, required columns and lists of values, {n_broken} broken")

# The query of every claim, on the tables as they are published.
claims = tables.execute("SELECT claim, sql, computed FROM claims").fetchall()
n_other = 0
for claim, sql, computed in claims:
    found = tables.execute(sql).fetchone()[0]
    same = found is computed is None or (None not in (found, computed) and abs(found - computed) <= 1e-9 * max(1, abs(computed)))
    if not same:
        print(f"{claim}: {found} here, {computed} in the table")
        n_other += 1
print(f"claims: {len(claims)} queries run in DuckDB, {n_other} with another result")

import mlcroissant

dataset = mlcroissant.Dataset(jsonld="croissant.json")
# A date of publication is recommended; the tables have none, because equal snapshots make equal bytes.
issues = dataset.metadata.issues.errors
for issue in issues:
    print(f"croissant.json: {issue}")
n_records = 0
for record_set in dataset.metadata.record_sets:
    for _, record in zip(range(3), dataset.records(record_set.uuid)):
        n_records += 1
print(f"croissant.json: {len(dataset.metadata.record_sets)} record sets, {n_records} records read, {len(issues)} issues")

import rdflib

# The shapes of DCAT-AP are in no registry of packages: what DCAT asks for is asked for here, of the parsed graph.
graph = rdflib.Graph().parse("dcat.jsonld", format="json-ld", publicID="https://example.org/data/")
asked = """
PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> PREFIX spdx: <http://spdx.org/rdf/terms#>
SELECT (COUNT(DISTINCT ?file) AS ?n) WHERE {
  ?dataset a dcat:Dataset ; dct:title ?title ; dct:description ?description ; dct:publisher ?publisher ;
    dct:license ?licence ; dcat:distribution ?file .
  ?file a dcat:Distribution ; dcat:accessURL ?address ; dcat:byteSize ?bytes ; spdx:checksum/spdx:checksumValue ?sum .
}"""
n_described = int(next(iter(graph.query(asked)))[0])
print(f"dcat.jsonld: {len(graph)} triples, {n_described} of {n_there} files described")

from csvw import TableGroup

# The CSV files lie on the site, with the same description beside them.
group = TableGroup.from_file(pathlib.Path(sys.argv[2], "site/data/csv-metadata.json"))
group.validate_schema()
n_csv_rows = 0
for table in group.tables:
    n_rows_read = 0
    for n_rows_read, _ in enumerate(table.iterdicts(strict=True), 1):
        if n_rows_read == 2000:
            break
    n_csv_rows += n_rows_read
print(f"csv-metadata.json: {len(group.tables)} tables, {n_csv_rows} rows read by their data types")

from pyarrow import parquet

# What a reader of one file alone is told.
told = ["table", "title", "row", "key", "datasets", "licence", "attribution", "source"]
n_silent = 0
paths = sorted(pathlib.Path(".").glob("*.parquet"))
for path in paths:
    metadata = parquet.read_metadata(path).metadata
    missing = [key for key in told if f"iapt.{key}".encode() not in metadata]
    if missing or metadata[b"iapt.table"].decode() != path.stem or not metadata[b"iapt.licence"]:
        print(f"{path}: its own metadata lack {', '.join(missing) or 'a table or licence'}")
        n_silent += 1
print(f"Parquet: {len(paths)} derived tables, {n_silent} do not say what they are")
# What was held against nothing is not right: validators that read no row find nothing wrong.
is_wrong = failed or n_changed or n_files != n_there or n_broken or n_other or issues or n_silent or n_described != n_there
is_empty = not (n_rows and n_checks and claims and n_records and n_csv_rows and paths)
sys.exit(bool(is_wrong or is_empty))
