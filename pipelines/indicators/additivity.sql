-- The sum of the organisations of each type beside England, for every count, with and without second entries of a code.
--
-- Difference: sum of printed counts less England. Hard bounds: sums of the bounds of the cells. Rounding to m (5, as the
-- datasets declare) leaves each printed count one of m errors that are alike, of variance (m * m - 1) / 12 (2); a withheld
-- count is taken as the middle of 0 to m - 1 (2). England is printed exactly but where its own cell has bounds.
WITH numbered AS (
  SELECT
    totals.*, COALESCE(rule.count_rounded_to, 1) AS count_rounded_to,
    ROW_NUMBER() OVER (
      PARTITION BY totals.dataset, reporting_period, totals.org_type, measure, source_file, org_code
      ORDER BY org_name, source_row
    ) AS entry
  FROM disclosure_rules AS rule
  JOIN totals ON totals.dataset = rule.dataset AND totals.org_type = rule.org_type
  WHERE statistic = 'count' AND value_status IN ('reported', 'suppressed')
),
england AS (
  SELECT dataset, reporting_period, measure, MIN(value) AS england,
    MIN(value_low) AS england_low, MIN(value_high) AS england_high
  FROM numbered WHERE level = 'england' GROUP BY dataset, reporting_period, measure
  HAVING COUNT(value) = 1
),
chosen AS (
  SELECT *, FALSE AS is_deduplicated FROM numbered WHERE level <> 'england'
  UNION ALL
  SELECT *, TRUE AS is_deduplicated FROM numbered WHERE level <> 'england' AND entry = 1
),
sums AS (
  SELECT
    dataset, reporting_period, level, org_type, measure, is_deduplicated,
    COUNT(*) AS n_rows, COUNT(*) FILTER (WHERE value IS NULL) AS n_suppressed,
    COALESCE(SUM(value), 0) AS sum_published, SUM(value_low) AS hard_low, SUM(value_high) AS hard_high,
    COUNT(value_low) = COUNT(*) AS is_bounded,
    MAX((count_rounded_to * count_rounded_to - 1) / 12.0) AS variance, MAX((count_rounded_to - 1) / 2.0) AS withheld,
    MAX(value_high) FILTER (WHERE value IS NULL) AS withheld_high
  FROM chosen
  GROUP BY dataset, reporting_period, level, org_type, measure, is_deduplicated
)
SELECT
  sums.dataset, sums.reporting_period, level, org_type, sums.measure, is_deduplicated,
  n_rows, n_suppressed, sum_published, england, sum_published - england AS difference, hard_low, hard_high,
  england_high >= hard_low AND england_low <= hard_high AS is_within_hard,
  SQRT(variance * (n_rows - n_suppressed)) AS rounding_deviation,
  (sum_published + withheld * n_suppressed - england)
    / NULLIF(SQRT(variance * n_rows + POWER(england_high - england_low, 2) / 12), 0) AS z_score
FROM sums
JOIN england ON england.dataset = sums.dataset AND england.reporting_period = sums.reporting_period
 AND england.measure = sums.measure
-- Where few organisations are summed, England less the others can say more about a withheld count
-- than `*` does. Such a sum is not printed.
WHERE is_bounded AND (
  n_suppressed = 0 OR england_high < hard_low OR england_low > hard_high
  OR (england_high - hard_low >= withheld_high AND england_low - (hard_high - withheld_high) <= 0)
)
ORDER BY sums.dataset, sums.reporting_period, level, org_type, sums.measure, is_deduplicated
