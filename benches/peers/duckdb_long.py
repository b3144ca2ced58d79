"""Every cell of every pack as a row with its status, with DuckDB: MIRROR OUT."""

import pathlib
import sys
import tempfile

import duckdb
from unpack import packs

mirror, out = sys.argv[1:]
with tempfile.TemporaryDirectory() as unpacked:
    for period, text in packs(mirror):
        csv = pathlib.Path(unpacked, f"{period}.csv")
        csv.write_bytes(text)
        folder = pathlib.Path(out, f"reporting_period={period}")
        folder.mkdir(parents=True, exist_ok=True)
        duckdb.sql(f"""
            COPY (
                WITH wide AS (
                    SELECT row_number() OVER () + 1 AS source_row, *
                    FROM read_csv('{csv}', header = true, all_varchar = true, nullstr = 'no such text')
                )
                SELECT * EXCLUDE (text), TRY_CAST(text AS DOUBLE) AS value,
                    CASE text WHEN '*' THEN 'suppressed' WHEN 'NULL' THEN 'not_applicable' WHEN '-' THEN 'no_activity'
                        WHEN '' THEN 'missing' ELSE 'reported' END AS value_status
                FROM (
                    UNPIVOT wide
                    ON COLUMNS(* EXCLUDE (source_row, OrgType, OrgCode, OrgName, VariableType, VariableA, VariableB))
                    INTO NAME source_column VALUE text
                )
            ) TO '{folder / "main.parquet"}' (FORMAT parquet, COMPRESSION zstd)
        """)
