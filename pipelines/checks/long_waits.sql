-- Of at least 100 people who wait for treatment at the end of a month, fewer than half have waited more than 90 days.
--
-- Each period by itself.
WITH waits AS (
  SELECT dataset, reporting_period, org_type, org_code, org_name, value, numerator, denominator
  FROM indicators
  WHERE breakdown = 'total' AND level = 'provider' AND period_kind = 'month' AND indicator = 'waiting_over_90_days'
    AND value >= 50 AND denominator >= 100
),
began AS (
  SELECT
    dataset, reporting_period, org_code,
    replace(concat(CAST(round(value, 1) AS VARCHAR), ' days'), '.0 days', ' days') AS days
  FROM indicators
  WHERE breakdown = 'total' AND level = 'provider' AND period_kind = 'month' AND indicator = 'median_wait_entered_treatment'
    AND value IS NOT NULL
)
SELECT
  waits.dataset, waits.reporting_period, 'provider' AS level, org_type, waits.org_code, org_name,
  'waiting_over_90_days' AS subject, 'warning' AS severity,
  concat(CAST(CAST(numerator AS BIGINT) AS VARCHAR), ' of ', CAST(CAST(denominator AS BIGINT) AS VARCHAR), ' waiting',
    CASE WHEN days IS NULL THEN '' ELSE concat('; median wait of those who began ', days) END) AS evidence,
  1 AS n_rows,
  concat('At ', org_name, ' (', waits.org_code, '), ', CAST(CAST(round(value) AS BIGINT) AS VARCHAR),
    '% of the people waiting for treatment at the end of ', to_char(CAST(concat(waits.reporting_period, '-01') AS DATE), '%B %Y'), ' had waited more than 90 days',
    CASE WHEN days IS NULL THEN '' ELSE concat(', while half of those who began in that month had waited ', days, ' or less') END,
    '. Hardly any service has so many: its waits are unusually long, or its list has people who wait no more. Ask it before you quote this.') AS sentence
FROM waits
LEFT JOIN began ON began.dataset = waits.dataset AND began.reporting_period = waits.reporting_period
  AND began.org_code = waits.org_code
