"""Runs one recipe in SQL through the Python package of its tool, and prints its answers as CSV, an empty line after each."""

import sys

recipe = sys.argv[1]
statements = [part for part in open(recipe, encoding="utf-8").read().split(";\n") if part.strip()]
if "duckdb" in recipe:
    import duckdb

    for statement in statements:
        print(duckdb.sql(statement).df().to_csv(index=False))
else:
    import datafusion

    context = datafusion.SessionContext()
    for statement in statements:
        frame = context.sql(statement)
        answer = frame.to_pandas()
        if len(answer.columns):
            print(answer.to_csv(index=False))
