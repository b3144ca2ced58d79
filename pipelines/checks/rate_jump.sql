-- A rate of recovery or improvement of at least 400 people moves by less than 12 percentage points in a year.
SELECT
  now.dataset, now.reporting_period, now.level, now.org_type, now.org_code, now.org_name, now.indicator AS subject,
  'warning' AS severity,
  concat(CAST(round(before.value, 1) AS VARCHAR), '% to ', CAST(round(now.value, 1) AS VARCHAR), '%') AS evidence,
  2 AS n_rows,
  concat('The ', replace(now.indicator, '_', ' '), ' of ', now.org_name, ' (', now.org_code, ') went from ',
    CAST(round(before.value, 1) AS VARCHAR), '% in ', before.reporting_period, ' to ',
    CAST(round(now.value, 1) AS VARCHAR), '% in ', now.reporting_period, ', an unusually large change in one year.') AS sentence
FROM indicators AS now
JOIN periods ON periods.dataset = now.dataset AND periods.reporting_period = now.reporting_period
JOIN indicators AS before
  ON before.dataset = now.dataset AND before.reporting_period = periods.previous_period AND before.level = now.level
 AND before.org_code = now.org_code AND before.indicator = now.indicator AND before.breakdown = now.breakdown
WHERE now.period_kind = 'year' AND before.period_kind = 'year' AND now.breakdown = 'total' AND now.org_kind IN ('place', 'service')
  AND now.indicator IN ('recovery_rate', 'reliable_recovery_rate', 'reliable_improvement_rate')
  -- Of two entries of one code the second is another organisation, or the same again.
  AND coalesce(now.standing, '') <> 'duplicate' AND coalesce(before.standing, '') <> 'duplicate'
  AND now.denominator >= 400 AND before.denominator >= 400 AND abs(now.value - before.value) >= 12
