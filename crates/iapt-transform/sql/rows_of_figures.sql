-- Rows of figures: the rows of the indicator table whose periods lie between two days, each with how many its value is of.
SELECT
  figure_name(
    figure.indicator, figure.reporting_period, figure.period_kind, figure.level, figure.org_code, figure.breakdown, figure.category
  ) AS figure,
  figure.reporting_period, figure.dataset, figure.org_type, figure.org_name, figure.value, figure.value_status,
  figure.value_basis, figure.value_low, figure.value_high, figure.numerator, figure.denominator, term.per
FROM (SELECT indicator, MIN(per) AS per FROM indicator_terms GROUP BY indicator) AS term
JOIN (indicators AS figure JOIN periods AS period ON period.reporting_period = figure.reporting_period)
  ON figure.indicator = term.indicator
WHERE period.start_date >= CAST($first_day AS DATE) AND period.end_date <= CAST($last_day AS DATE)
ORDER BY figure.dataset, figure.org_type, figure.org_name
