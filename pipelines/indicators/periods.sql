-- Periods: every period that a row of a table is about.
SELECT reporting_period FROM releases
UNION SELECT reporting_period FROM monthly_sums
UNION SELECT reporting_period FROM stated_figures
UNION SELECT reporting_period FROM claims WHERE reporting_period <> ''
ORDER BY reporting_period
