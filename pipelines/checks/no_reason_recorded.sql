-- A service records why at least some of its referrals end.
--
-- Both counts are rounded, so some may have a reason where the two are equal.
--
-- Each period by itself.
WITH silent AS (
  SELECT dataset, reporting_period, org_type, org_code, org_name, denominator
  FROM indicators
  WHERE breakdown = 'total' AND level = 'provider' AND indicator = 'ended_no_reason_recorded_share'
    -- Of two entries of one code the second is another organisation, or the same again.
    AND COALESCE(standing, '') <> 'duplicate'
    AND numerator = denominator AND denominator >= 30
),
-- A site of an NHS trust has the three characters of the trust and two more.
trusts AS (
  SELECT
    dataset, reporting_period, substr(org_code, 1, 3) AS trust_code, COUNT(*) AS n_sites,
    row_number() OVER (
      PARTITION BY dataset, reporting_period ORDER BY COUNT(*) DESC, substr(org_code, 1, 3)
    ) AS place
  FROM silent WHERE org_code LIKE 'R____'
  GROUP BY dataset, reporting_period, substr(org_code, 1, 3)
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
  concat(org_name, ' (', org_code, ') recorded a reason for none, or hardly any, of its referrals that ended in ', reporting_period,
    '; why people left this service is not known.') AS sentence
FROM silent
UNION ALL
SELECT
  england.dataset, england.reporting_period, 'england', org_type, org_code, org_name, 'ended_no_reason_recorded', 'note',
  concat(CAST(n_services AS VARCHAR), ' services, ', CAST(CAST(referrals AS BIGINT) AS VARCHAR), ' of ',
    CAST(CAST(numerator AS BIGINT) AS VARCHAR)),
  n_services,
  concat(CAST(n_services AS VARCHAR), CASE n_services WHEN 1 THEN ' service' ELSE ' services' END,
    ' recorded a reason for none, or hardly any, of the referrals that ended in ', england.reporting_period,
    CASE
      WHEN n_sites = n_services AND n_sites > 1 THEN concat('; all are sites of one trust (', trust_code, ')')
      WHEN n_sites > 1 THEN concat('; ', CAST(n_sites AS VARCHAR), ' of them are sites of one trust (', trust_code, ')')
      ELSE ''
    END, '. Of all referrals in England without a recorded reason, ',
    CAST(round(100 * referrals / numerator) AS BIGINT), CASE n_services WHEN 1 THEN '% were of this one.' ELSE '% were of these.' END)
FROM together
JOIN indicators AS england ON england.dataset = together.dataset AND england.reporting_period = together.reporting_period
LEFT JOIN trusts ON trusts.dataset = together.dataset AND trusts.reporting_period = together.reporting_period AND trusts.place = 1
WHERE england.level = 'england' AND england.breakdown = 'total' AND england.indicator = 'ended_no_reason_recorded_share'
  AND england.numerator > 0
