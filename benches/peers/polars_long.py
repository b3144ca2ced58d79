"""Every cell of every pack as a row with its status, with Polars: MIRROR OUT."""

import pathlib
import sys

import polars as pl
from unpack import packs

KEYS = ["OrgType", "OrgCode", "OrgName", "VariableType", "VariableA", "VariableB"]
MARKERS = {"*": "suppressed", "NULL": "not_applicable", "-": "no_activity", "": "missing"}

mirror, out = sys.argv[1:]
for period, text in packs(mirror):
    wide = pl.read_csv(text, infer_schema=False, empty_string_is_null=False, row_index_name="source_row", row_index_offset=2)
    long = wide.lazy().unpivot(index=["source_row", *KEYS], variable_name="source_column", value_name="text").with_columns(
        value=pl.col("text").cast(pl.Float64, strict=False),
        value_status=pl.col("text").replace_strict(MARKERS, default="reported"),
    )
    folder = pathlib.Path(out, f"reporting_period={period}")
    folder.mkdir(parents=True, exist_ok=True)
    long.drop("text").collect().write_parquet(folder / "main.parquet", compression="zstd")
