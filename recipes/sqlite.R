# Needs every table in one file: python ci/single_file.py data/tables talking_therapies.sqlite
library(DBI)
tables <- dbConnect(RSQLite::SQLite(), "talking_therapies.sqlite", flags = RSQLite::SQLITE_RO)

# The recovery rate of one integrated care board beside England's, every year that has both.
rates <- dbGetQuery(tables, "
  SELECT reporting_period, level, org_code, value FROM indicators
  WHERE dataset = 'psych_ther_annual' AND indicator = 'recovery_rate' AND breakdown = 'total'")
england <- rates[rates$level == "england", c("reporting_period", "value")]
area <- rates[rates$level == "icb" & rates$org_code == "QHM", c("reporting_period", "value")]
both <- merge(england, area, by = "reporting_period", suffixes = c("_england", "_area"))
both <- data.frame(
  reporting_period = both$reporting_period,
  england = round(both$value_england, 1),
  area = round(both$value_area, 1)
)
write.csv(both[order(both$reporting_period), ], row.names = FALSE, quote = FALSE)
cat("\n")

# Cells of one year by status.
cells <- dbGetQuery(tables, "
  SELECT value_status, count(*) AS n_cells FROM tidy
  WHERE dataset = 'psych_ther_annual' AND reporting_period = '2024-25'
  GROUP BY value_status ORDER BY value_status")
write.csv(cells, row.names = FALSE, quote = FALSE)
dbDisconnect(tables)
