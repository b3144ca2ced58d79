-- A rate of at least 30 people lies between 20% and 85%, as those of nearly all services do.
--
-- Each period by itself.
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, indicator AS subject, 'warning' AS severity,
  concat(CAST(round(value, 1) AS VARCHAR), '%; numerator ', COALESCE(CAST(CAST(numerator AS BIGINT) AS VARCHAR), 'withheld'),
    ', denominator ', COALESCE(CAST(CAST(denominator AS BIGINT) AS VARCHAR), 'withheld in part')) AS evidence,
  1 AS n_rows,
  concat(org_name, ' (', org_code, ') has a ', replace(indicator, '_', ' '), ' of ', CAST(round(value, 1) AS VARCHAR),
    '% in ', reporting_period, CASE WHEN value >= 85 THEN ', far above' ELSE ', far below' END,
    CASE level
      WHEN 'provider' THEN ' nearly all other services: an error or a very unusual service'
      ELSE ' nearly all other areas: an error or a very unusual area'
    END,
    ', so do not quote it without checking.') AS sentence
FROM indicators
WHERE period_kind = 'year' AND breakdown = 'total' AND level <> 'england'
  -- Of two entries of one code the second is another organisation, or the same again.
  AND coalesce(standing, '') <> 'duplicate'
  AND indicator IN ('recovery_rate', 'reliable_recovery_rate', 'reliable_improvement_rate')
  AND (value >= 85 OR value <= 20) AND COALESCE(denominator, denominator_low) >= 30
