import polars as pl

# The recovery rate of one integrated care board beside England's, every year that has both.
rates = pl.scan_parquet("data/tables/indicators.parquet").filter(
    pl.col("dataset") == "psych_ther_annual",
    pl.col("indicator") == "recovery_rate",
    pl.col("breakdown") == "total",
)
england = rates.filter(pl.col("level") == "england").select("reporting_period", england=pl.col("value").round(1))
area = rates.filter(pl.col("level") == "icb", pl.col("org_code") == "QHM")
area = area.select("reporting_period", area=pl.col("value").round(1))
print(england.join(area, on="reporting_period").sort("reporting_period").collect().write_csv())

# Cells of one year by status, from the partitions of the tidy table.
tidy = pl.scan_parquet("data/tables/tidy/**/*.parquet", hive_partitioning=True)
tidy = tidy.filter(pl.col("dataset") == "psych_ther_annual", pl.col("reporting_period") == "2024-25")
tidy = tidy.group_by(pl.col("value_status").cast(pl.String)).agg(n_cells=pl.len())
print(tidy.sort("value_status").collect().write_csv())
