-- Rows of figures: the rows of the indicator table whose periods lie between two days, each with how many its value is of.
SELECT
  concat(
    figure.indicator, '.', figure.reporting_period,
    CASE WHEN figure.period_kind = 'sum_of_months' THEN $months ELSE '' END, '.', figure.level, '.', figure.org_code,
    CASE WHEN figure.breakdown = 'total' THEN '' ELSE concat('.', figure.breakdown, '.', figure.category) END
  ) AS figure,
  figure.reporting_period, figure.dataset, figure.org_type, figure.org_name, figure.value, figure.value_status,
  figure.value_basis, figure.value_low, figure.value_high, figure.numerator, figure.denominator, term.per
FROM (SELECT indicator, MIN(per) AS per FROM indicator_terms GROUP BY indicator) AS term
JOIN (indicators AS figure JOIN periods AS period ON period.reporting_period = figure.reporting_period)
  ON figure.indicator = term.indicator
WHERE period.start_date >= CAST($first_day AS DATE) AND period.end_date <= CAST($last_day AS DATE)
ORDER BY figure.dataset, figure.org_type, figure.org_name
