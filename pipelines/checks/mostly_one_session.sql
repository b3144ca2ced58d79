-- At a service no more than half of the referrals that end do so after one treatment session, of 500 and more.
--
-- Each period by itself.
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, indicator AS subject, 'note' AS severity,
  concat(with_commas(numerator), ' of ', with_commas(denominator)) AS evidence,
  1 AS n_rows,
  concat('Of the referrals of ', org_name, ' (', org_code, ') that ended in ', reporting_period, ', ', CAST(round(value, 1) AS VARCHAR),
    '% did so after one treatment session, far more than at nearly all other services: ask what it counts as treatment before you compare it.'
  ) AS sentence
FROM indicators
WHERE indicator = 'ended_after_one_treatment_share' AND breakdown = 'total' AND level = 'provider' AND period_kind <> 'month'
  -- Of two entries of one code the second is another organisation, or the same again.
  AND COALESCE(standing, '') <> 'duplicate'
  AND numerator > 0.5 * denominator AND denominator >= 500
