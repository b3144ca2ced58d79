-- Periods: every period that a row of figures is about.
SELECT reporting_period FROM releases
UNION SELECT reporting_period FROM monthly_sums
UNION SELECT reporting_period FROM stated_figures
ORDER BY reporting_period
