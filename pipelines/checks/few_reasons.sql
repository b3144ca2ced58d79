-- A service that records reasons records a valid one for at least three quarters of the referrals that end, of 100 and more.
--
-- Those that record none at all are told of by another rule (`no_reason_recorded`).
--
-- Each period by itself.
SELECT
  none.dataset, none.reporting_period, none.level, none.org_type, none.org_code, none.org_name,
  'ended_no_reason_recorded' AS subject, 'note' AS severity,
  concat(COALESCE(with_commas(none.numerator), 'a withheld number'), ' without a reason and ',
    COALESCE(with_commas(invalid.numerator), 'a withheld number'), ' with one that is not valid, of ',
    with_commas(none.denominator)) AS evidence,
  1 AS n_rows,
  -- Where one of the two is withheld, no more is known than what they are at least.
  concat(
    COALESCE(
      'For ' || CAST(round(100 * (none.numerator + invalid.numerator) / none.denominator) AS BIGINT),
      'For at least ' || CAST(floor(100 * (none.numerator_low + invalid.numerator_low) / none.denominator) AS BIGINT)
    ),
    '% of the referrals of ', none.org_name, ' (', none.org_code, ') that ended in ', none.reporting_period,
    ' no valid reason was recorded. Its share of each reason, such as completed treatment, leaves those out: do not compare it.') AS sentence
FROM indicators AS none
JOIN indicators AS invalid
  ON invalid.dataset = none.dataset AND invalid.reporting_period = none.reporting_period
 AND invalid.period_kind = none.period_kind AND invalid.breakdown = none.breakdown AND invalid.org_type = none.org_type
 AND invalid.org_code = none.org_code AND invalid.org_name = none.org_name
WHERE none.indicator = 'ended_no_reason_recorded_share' AND invalid.indicator = 'ended_invalid_share'
  AND none.breakdown = 'total' AND none.level = 'provider' AND none.denominator >= 100
  -- Of two entries of one code the second is another organisation, or the same again.
  AND COALESCE(none.standing, '') <> 'duplicate'
  AND COALESCE(none.numerator, none.numerator_low) < none.denominator
  AND none.numerator_low + invalid.numerator_low > 0.25 * none.denominator
