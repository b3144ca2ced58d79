-- A published percentage can come from the published counts, given how both are rounded.
--
-- Each period by itself.
WITH bounded AS (
  SELECT
    indicators.*,
    100 * numerator_low / denominator_high AS counts_low,
    CASE WHEN denominator_low > 0 THEN LEAST(100, 100 * numerator_high / denominator_low) ELSE 100 END AS counts_high,
    rule.percentage_half_width AS half_width
  FROM disclosure_rules AS rule
  JOIN indicators ON indicators.dataset = rule.dataset AND indicators.org_type = rule.org_type
  WHERE (period_kind <> 'month' OR level = 'england') AND breakdown = 'total' AND published_percentage IS NOT NULL AND denominator_high > 0
)
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, indicator AS subject, 'error' AS severity,
  concat('published ', CAST(published_percentage AS VARCHAR), '; from counts ', CAST(round(counts_low, 2) AS VARCHAR),
    ' to ', CAST(round(counts_high, 2) AS VARCHAR)) AS evidence,
  1 AS n_rows,
  concat(org_name, ' (', org_code, ') has a published ', replace(indicator, '_', ' '), ' of ',
    CAST(published_percentage AS VARCHAR), '% in ', reporting_period, ', which its published counts cannot give.') AS sentence
FROM bounded
WHERE published_percentage + half_width < counts_low - 0.000001
   OR published_percentage - half_width > counts_high + 0.000001
