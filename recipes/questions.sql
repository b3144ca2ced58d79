-- Three questions in which the data have a trap. Plain SQL over the names of the tables: `iapt query` takes one statement at a time.
-- The whole file runs in the DuckDB file of ci/single_file.py, and in DuckDB after CREATE VIEW indicators AS FROM
-- 'data/tables/indicators.parquet' and so on.

-- A board's recovery rate over redrawn maps. To 2021-22 there was no such board: its figure is the sum over the former groups
-- in its area of today, with bounds for what was rounded or withheld. From 2022-23 it is the board's own.
SELECT reporting_period, 'sum of ' || n_parts || ' groups' AS made_of, round(value, 1) AS percent,
  round(value_low, 1) AS percent_low, round(value_high, 1) AS percent_high
FROM current_geography
WHERE level = 'icb' AND org_code = 'QHM' AND indicator = 'recovery_rate'
UNION ALL
SELECT reporting_period, 'the board itself', round(value, 1), round(value_low, 1), round(value_high, 1)
FROM indicators
WHERE level = 'icb' AND org_code = 'QHM' AND indicator = 'recovery_rate' AND breakdown = 'total'
  AND dataset = 'psych_ther_annual' AND reporting_period >= '2022-23'
ORDER BY reporting_period;

-- A monthly series, with what changed in the month from which on it is not the same. Months and years share the column
-- reporting_period: period_kind, or the dataset, tells them apart.
SELECT months.reporting_period, months.value AS appointments, breaks.comparability, breaks.note
FROM tidy AS months
LEFT JOIN series_breaks AS breaks
  ON breaks.series_type = 'measure' AND breaks.series = months.measure AND breaks.first_period = months.reporting_period
WHERE months.dataset = 'talking_therapies_monthly' AND months.period_kind = 'month' AND months.org_type = 'England'
  AND months.measure = 'telephone_appointments' AND months.statistic = 'count' AND months.breakdown = 'total'
  AND months.reporting_period BETWEEN '2022-01' AND '2022-06'
ORDER BY months.reporting_period;

-- What withheld cells could change. A sum over value leaves them out; value_low and value_high say what the sum can be, and
-- England's own figure, which is not withheld, lies between.
SELECT types.level, count(*) AS n_cells, count(*) FILTER (WHERE cells.value_status = 'suppressed') AS n_withheld,
  sum(cells.value) AS known, sum(cells.value_low) AS least, sum(cells.value_high) AS most
FROM tidy AS cells
JOIN organisation_types AS types ON types.org_type = cells.org_type
WHERE cells.dataset = 'psych_ther_annual' AND cells.reporting_period = '2024-25' AND cells.measure = 'recovery'
  AND cells.statistic = 'count' AND cells.breakdown = 'total'
GROUP BY types.level
ORDER BY types.level;
