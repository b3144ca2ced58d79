#!/usr/bin/env bash
# Runs every recipe against tables built on the spot and compares its answers with those of `iapt query`; holds the downloads of the
# pages against the tables, as DuckDB reads them.
# Needs Python 3 with venv; the tools come from PyPI, at the versions in recipes.txt. Spark runs where Java is there, R is
# installed with its client of SQLite from the system's packages.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --quiet --locked -p iapt
iapt=${CARGO_TARGET_DIR:-target}/debug/iapt
"$iapt" run --quiet --data "$work/data" --out "$work/out"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r ci/recipes.txt
"$work/venv/bin/python" ci/downloads.py "$work/out/site"
recipes=(duckdb.sql with_polars.py with_pandas.py datafusion.sql)
if command -v java >/dev/null; then
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r ci/recipes-spark.txt
  recipes+=(spark.py)
else
  echo "spark.py: not run, there is no Java here"
fi
echo "arrow.R: not run, CRAN is not among the registries that this job reaches"
ci/need.sh Rscript r-base-core r-cran-rsqlite
recipes+=(sqlite.R)
for copy in talking_therapies.sqlite talking_therapies.duckdb; do
  "$work/venv/bin/python" ci/single_file.py "$work/data/tables" "$work/$copy"
done
# Both copies have every row of every table.
"$work/venv/bin/python" - "$iapt" "$work" <<'PYTHON'
import json, sqlite3, subprocess, sys
import duckdb
iapt, work = sys.argv[1:]
names = [table["name"] for table in json.load(open(f"{work}/data/tables/datapackage.json"))["resources"]]
sql = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS n FROM {name}" for name in names) + " ORDER BY 1"
told = json.loads(subprocess.check_output([iapt, "query", sql, "--data", f"{work}/data", "--format", "json"]))
expected = [(row["name"], row["n"]) for row in told]
for copy, rows in [
    ("sqlite", sqlite3.connect(f"{work}/talking_therapies.sqlite").execute(sql).fetchall()),
    ("duckdb", duckdb.connect(f"{work}/talking_therapies.duckdb", read_only=True).sql(sql).fetchall()),
]:
    if rows != expected:
        sys.exit(f"the {copy} copy: {rows}\n is not {expected}")
    print(f"{copy} copy: {len(rows)} tables, {sum(n for _, n in rows):,} rows, as iapt query counts them")
PYTHON

# The questions with a trap give in DuckDB what they give in `iapt query`.
"$work/venv/bin/python" - "$iapt" "$work" <<'PYTHON'
import json, subprocess, sys
import duckdb
iapt, work = sys.argv[1:]
copy = duckdb.connect(f"{work}/talking_therapies.duckdb", read_only=True)
questions = [one for one in open("recipes/questions.sql", encoding="utf-8").read().split(";\n") if one.strip()]
for question in questions:
    told = json.loads(subprocess.check_output([iapt, "query", "--data", f"{work}/data", "--format", "json", question]))
    rows = [tuple(row.values()) for row in told]
    found = copy.sql(question).fetchall()
    if not rows or rows != found:
        sys.exit(f"questions.sql: {rows}\n is not {found}")
print(f"questions.sql: {len(questions)} questions, the last with {len(rows)} rows, as iapt query answers them")
PYTHON

# The reference: the statements of the DataFusion recipe, through our own binary.
python3 - "$iapt" "$work" > "$work/expected" <<'PYTHON'
import subprocess, sys
iapt, work = sys.argv[1:]
for statement in open("recipes/datafusion.sql", encoding="utf-8").read().split(";\n"):
    if statement.strip() and "CREATE EXTERNAL TABLE" not in statement:
        print(subprocess.check_output([iapt, "query", statement, "--data", f"{work}/data", "--format", "csv"], text=True))
PYTHON
here=$PWD
for recipe in "${recipes[@]}"; do
  # As a user runs it: Python then looks for modules beside the recipe first, so a recipe with the name of a library would fail here.
  case "$recipe" in
    *.py) program=("$work/venv/bin/python") ;;
    *.R) program=(Rscript) ;;
    *) program=("$work/venv/bin/python" "$here/ci/recipes.py") ;;
  esac
  (cd "$work" && "${program[@]}" "$here/recipes/$recipe" 2> "$work/log" > "$work/answer") || { cat "$work/log" >&2; exit 1; }
  python3 - "$work/expected" "$work/answer" "$recipe" <<'PYTHON'
import csv, sys
def rows(path):
    def cell(text):
        try: return float(text)
        except ValueError: return text
    return [[cell(text) for text in row] for row in csv.reader(open(path)) if row]
expected, answer, recipe = rows(sys.argv[1]), rows(sys.argv[2]), sys.argv[3]
assert len(expected) > 8, expected
if expected != answer:
    sys.exit(f"{recipe}: {answer}\n is not {expected}")
print(f"{recipe}: {len(answer)} rows, as iapt query has them")
PYTHON
done
