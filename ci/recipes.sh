#!/usr/bin/env bash
# Runs every recipe against tables built on the spot and compares its answers with those of `iapt query`.
# Needs Python 3 with venv; the tools come from PyPI, at the versions in recipes.txt. Spark runs where Java is there.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo build --quiet --locked -p iapt
iapt=${CARGO_TARGET_DIR:-target}/debug/iapt
"$iapt" run --quiet --data "$work/data" --out "$work/out"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r ci/recipes.txt
recipes=(duckdb.sql polars.py pandas.py datafusion.sql)
if command -v java >/dev/null; then
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r ci/recipes-spark.txt
  recipes+=(spark.py)
else
  echo "spark.py: not run, there is no Java here"
fi
echo "arrow.R: not run, CRAN is not among the registries that this job reaches"

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
  (cd "$work" && "$work/venv/bin/python" "$here/ci/recipes.py" "$here/recipes/$recipe" 2> "$work/log" > "$work/answer") || { cat "$work/log" >&2; exit 1; }
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
