-- Hardly more people have waited over 18 weeks at the end of a month than had waited over 90 days a month before: fewer than 100 more, or less than a quarter more.
--
-- 18 weeks are 126 days, and no month has more than 31, so nobody can be new. But counts are rounded, and a few people come
-- from other services with the wait that they had.
--
-- Each period beside its neighbours.
WITH waiting AS (
  SELECT
    dataset, reporting_period, level, org_type, org_code, MIN(org_name) AS org_name,
    CAST(MAX(numerator) FILTER (WHERE indicator = 'waiting_over_18_weeks') AS BIGINT) AS over_18_weeks,
    CAST(MAX(numerator) FILTER (WHERE indicator = 'waiting_over_90_days') AS BIGINT) AS over_90_days,
    CAST(concat(reporting_period, '-01') AS DATE) AS month
  FROM indicators
  WHERE period_kind = 'month' AND breakdown = 'total' AND indicator IN ('waiting_over_18_weeks', 'waiting_over_90_days')
  GROUP BY dataset, reporting_period, level, org_type, org_code
),
-- By windows and not by a join: every month is read once.
besides AS (
  SELECT *, LAG(month) OVER months AS month_before, LAG(over_90_days) OVER months AS over_90_days_before
  FROM waiting
  WINDOW months AS (PARTITION BY dataset, org_type, org_code ORDER BY month)
),
jumps AS (
  SELECT
    dataset, reporting_period, level, org_type, org_code,
    -- The files name England by what is added up.
    CASE level WHEN 'england' THEN 'England' ELSE org_name END AS org_name,
    to_char(month, '%B %Y') AS month,
    with_commas(over_18_weeks) AS people,
    with_commas(over_90_days_before) AS people_before,
    with_commas(over_18_weeks - over_90_days_before) AS n_more
  FROM besides
  WHERE month_before = month - INTERVAL '1 month'
    AND over_18_weeks >= over_90_days_before + 100 AND over_18_weeks >= 1.25 * over_90_days_before
)
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, 'waiting_over_90_days' AS subject, 'warning' AS severity,
  concat(people_before, ' over 90 days, then ', people, ' over 18 weeks') AS evidence,
  2 AS n_rows,
  concat('At the end of ', month, ', ', people, ' people',
    CASE level WHEN 'england' THEN '' ELSE concat(' of ', org_name, ' (', org_code, ')') END,
    ' had waited more than 18 weeks for treatment, where only ', people_before,
    ' had waited more than 90 days a month before. So at least ', n_more, ' of them were not in that count',
    CASE level
      WHEN 'england' THEN ': they were added or corrected since.'
      ELSE ': they were added or corrected since, or came from another service.'
    END,
    ' Do not read this month as longer waits.') AS sentence
FROM jumps
