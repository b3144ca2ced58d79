import pandas as pd
import pyarrow.dataset as ds

# The recovery rate of one integrated care board beside England's, every year that has both.
rates = pd.read_parquet("data/tables/indicators.parquet")
rates = rates.query("dataset == 'psych_ther_annual' and indicator == 'recovery_rate' and breakdown == 'total'")
england = rates.query("level == 'england'").set_index("reporting_period")["value"].rename("england")
area = rates.query("level == 'icb' and org_code == 'QHM'").set_index("reporting_period")["value"].rename("area")
print(england.to_frame().join(area, how="inner").sort_index().round(1).to_csv())

# Cells of one year by status, from the partitions of the tidy table; only the files of the year are read.
tidy = ds.dataset("data/tables/tidy", format="parquet", partitioning="hive")
of_year = (ds.field("dataset") == "psych_ther_annual") & (ds.field("reporting_period") == "2024-25")
cells = tidy.to_table(columns=["value_status"], filter=of_year).to_pandas()
counts = cells["value_status"].astype(str).value_counts().sort_index()
print(counts.rename("n_cells").rename_axis("value_status").to_csv())
