-- The organisations of one type add up to England within what rounding and suppression allow.
--
-- Fails where England lies outside the sums of the bounds, or the difference is more than four standard deviations of
-- rounding. Where the second entries of one code are the whole reason, that is said. One row per type and period.
WITH failing AS (
  SELECT *, NOT is_within_hard OR COALESCE(abs(z_score) > 4, FALSE) AS fails FROM additivity
),
compared AS (
  SELECT
    raw.*, deduplicated.fails AS fails_without_duplicates
  FROM failing AS raw
  JOIN failing AS deduplicated
    ON deduplicated.dataset = raw.dataset AND deduplicated.reporting_period = raw.reporting_period
   AND deduplicated.org_type = raw.org_type AND deduplicated.measure = raw.measure
  WHERE raw.fails AND NOT raw.is_deduplicated AND deduplicated.is_deduplicated
)
SELECT
  dataset, reporting_period, level, org_type, '' AS org_code, '' AS org_name, '' AS subject,
  'error' AS severity,
  string_agg(concat(measure, ': ', CAST(CAST(sum_published AS BIGINT) AS VARCHAR), ' against ',
    CAST(CAST(england AS BIGINT) AS VARCHAR), ' for England'), '; ' ORDER BY measure) AS evidence,
  CAST(MAX(n_rows) AS BIGINT) AS n_rows,
  CASE WHEN BOOL_OR(fails_without_duplicates)
    THEN concat('In ', reporting_period, ' the figures of all organisations of the type ', org_type,
      ' do not add up to those of England in ', CAST(COUNT(*) AS VARCHAR),
      CASE COUNT(*) WHEN 1 THEN ' measure' ELSE ' measures' END, ', by more than rounding can explain.')
    ELSE concat('In ', reporting_period, ' the figures of all organisations of the type ', org_type,
      ' do not add up to those of England in ', CAST(COUNT(*) AS VARCHAR),
      CASE COUNT(*) WHEN 1 THEN ' measure' ELSE ' measures' END, ', because a code is listed more than once; without the second entry they add up.')
  END AS sentence
FROM compared
GROUP BY dataset, reporting_period, level, org_type
