-- A service records why at least some of its referrals end.
--
-- Each period by itself.
WITH silent AS (
  SELECT dataset, reporting_period, org_type, org_code, org_name, denominator
  FROM indicators
  WHERE breakdown = 'total' AND level = 'provider' AND indicator = 'ended_no_reason_recorded_share'
    AND numerator = denominator AND denominator >= 30
),
together AS (
  SELECT dataset, reporting_period, COUNT(*) AS n_services, SUM(denominator) AS referrals
  FROM silent
  GROUP BY dataset, reporting_period
)
SELECT
  dataset, reporting_period, 'provider' AS level, org_type, org_code, org_name, 'ended_no_reason_recorded' AS subject, 'note' AS severity,
  concat('no reason for ', CAST(CAST(denominator AS BIGINT) AS VARCHAR), ' of ', CAST(CAST(denominator AS BIGINT) AS VARCHAR)) AS evidence,
  1 AS n_rows,
  concat(org_name, ' (', org_code, ') recorded no reason for any of its referrals that ended in ', reporting_period,
    '; why people left this service is not known.') AS sentence
FROM silent
UNION ALL
SELECT
  england.dataset, england.reporting_period, 'england', org_type, org_code, org_name, 'ended_no_reason_recorded', 'note',
  concat(CAST(n_services AS VARCHAR), ' services, ', CAST(CAST(referrals AS BIGINT) AS VARCHAR), ' of ',
    CAST(CAST(numerator AS BIGINT) AS VARCHAR)),
  n_services,
  concat(CAST(n_services AS VARCHAR), CASE n_services WHEN 1 THEN ' service' ELSE ' services' END,
    ' recorded no reason for any referral that ended in ', england.reporting_period, '. Of all referrals in England without a recorded reason, ',
    CAST(round(100 * referrals / numerator) AS BIGINT), CASE n_services WHEN 1 THEN '% were of this one.' ELSE '% were of these.' END)
FROM together
JOIN indicators AS england ON england.dataset = together.dataset AND england.reporting_period = together.reporting_period
WHERE england.level = 'england' AND england.breakdown = 'total' AND england.indicator = 'ended_no_reason_recorded_share'
  AND england.numerator > 0
