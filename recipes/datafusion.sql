CREATE EXTERNAL TABLE indicators STORED AS PARQUET LOCATION 'data/tables/indicators.parquet';

CREATE EXTERNAL TABLE tidy STORED AS PARQUET PARTITIONED BY (dataset, reporting_period) LOCATION 'data/tables/tidy/';

-- The recovery rate of one integrated care board beside England's, every year that has both.
SELECT area.reporting_period, round(england.value, 1) AS england, round(area.value, 1) AS area
FROM indicators AS area
JOIN indicators AS england USING (dataset, reporting_period, breakdown, category, indicator)
WHERE area.indicator = 'recovery_rate' AND area.breakdown = 'total' AND area.dataset = 'psych_ther_annual'
  AND area.level = 'icb' AND area.org_code = 'QHM' AND england.level = 'england'
ORDER BY area.reporting_period;

-- Cells of one year by status, from the partitions of the tidy table.
SELECT value_status, count(*) AS n_cells
FROM tidy
WHERE dataset = 'psych_ther_annual' AND reporting_period = '2024-25'
GROUP BY value_status
ORDER BY value_status;
