library(arrow)
library(dplyr)

# The recovery rate of one integrated care board beside England's, every year that has both.
rates <- read_parquet("data/tables/indicators.parquet") |>
  filter(dataset == "psych_ther_annual", indicator == "recovery_rate", breakdown == "total")
england <- rates |> filter(level == "england") |> transmute(reporting_period, england = round(value, 1))
area <- rates |> filter(level == "icb", org_code == "QHM") |> transmute(reporting_period, area = round(value, 1))
inner_join(england, area, by = "reporting_period") |> arrange(reporting_period) |> print()

# Cells of one year by status, from the partitions of the tidy table; only the files of the year are read.
open_dataset("data/tables/tidy", partitioning = hive_partition(dataset = string(), reporting_period = string())) |>
  filter(dataset == "psych_ther_annual", reporting_period == "2024-25") |>
  count(value_status, name = "n_cells") |>
  arrange(value_status) |>
  collect() |>
  print()
