-- Sums of months: every count that is published by the month, added up to financial years (April to March).
--
-- One row per organisation, year and count. A sum has a value only where all twelve months are there and printed; else
-- the bounds say what the months that are there allow, and value_status why there is no value: `incomplete` (a month has
-- no row), `suppressed`, `missing`, `conflicting` (a month has two rows). A month without activity adds nothing. What
-- stands at the end of a month (referrals that are open) cannot be added up and is left out, as are the pairs of an area
-- and a provider, whose months are nearly all suppressed. Months stay with the type and code they were published under:
-- an organisation that changed its code in the middle of a year has no whole year.
WITH totals AS (
  SELECT
    tidy.dataset, tidy.start_date, types.level, tidy.org_type, tidy.org_code, tidy.org_name, tidy.measure, tidy.statistic,
    tidy.value, tidy.value_low, tidy.value_high, tidy.value_status
  -- The small tables are on the left of their joins, one join at a time: a hash join builds its hash table from that side,
  -- a cluster on every executor, and no engine can know how many rows of `tidy` these conditions leave.
  FROM organisation_types AS types
  JOIN tidy ON tidy.org_type = types.org_type
  WHERE tidy.statistic = 'count' AND tidy.breakdown = 'total' AND tidy.period_kind = 'month'
    AND tidy.value_status NOT IN ('not_applicable', 'not_held') AND types.level <> 'sub_icb_provider'
),
months AS (
  SELECT
    totals.*, CAST(date_part('year', start_date - INTERVAL '3 months') AS INT) AS first_year
  FROM measures
  JOIN totals ON totals.measure = measures.measure AND totals.statistic = measures.statistic
  WHERE measures.cohort <> 'open'
),
sums AS (
  SELECT
    dataset, first_year, level, org_type, org_code, measure, statistic,
    last_value(org_name ORDER BY start_date, org_name) AS org_name,
    COUNT(*) AS n_rows,
    COUNT(DISTINCT start_date) AS n_months,
    COUNT(*) FILTER (WHERE value_status = 'suppressed') AS n_months_suppressed,
    COUNT(*) FILTER (WHERE value_status = 'no_activity') AS n_months_no_activity,
    COUNT(*) FILTER (WHERE value_status = 'missing') AS n_months_missing,
    COALESCE(SUM(value), 0) AS value,
    COALESCE(SUM(value_low), 0) AS value_low,
    COALESCE(SUM(value_high), 0) AS value_high,
    COUNT(value_high) AS n_rows_with_high
  FROM months
  GROUP BY dataset, first_year, level, org_type, org_code, measure, statistic
),
judged AS (
  SELECT
    *,
    CASE
      WHEN n_rows > n_months THEN 'conflicting'
      WHEN n_months < 12 THEN 'incomplete'
      WHEN n_months_suppressed > 0 THEN 'suppressed'
      WHEN n_months_missing > 0 THEN 'missing'
      WHEN n_months_no_activity = 12 THEN 'no_activity'
      ELSE 'reported'
    END AS value_status
  FROM sums
)
SELECT
  dataset,
  concat(CAST(first_year AS VARCHAR), '-', lpad(CAST((first_year + 1) % 100 AS VARCHAR), 2, '0')) AS reporting_period,
  level, org_type, org_code,
  org_name, measure, statistic,
  n_months, n_months_suppressed, n_months_no_activity, n_months_missing,
  CASE WHEN value_status = 'reported' THEN value END AS value,
  value_status,
  CASE WHEN value_status <> 'conflicting' THEN value_low END AS value_low,
  -- Nobody knows what a month that is not there, is empty, or has a count that its rounding cannot give would have added at most.
  CASE
    WHEN value_status IN ('reported', 'suppressed', 'no_activity') AND n_rows_with_high + n_months_no_activity = n_months
      THEN value_high
  END AS value_high
FROM judged
ORDER BY dataset, reporting_period, level, org_type, org_code, measure, statistic
