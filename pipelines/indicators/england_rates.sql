-- England's indicators of years that were published as such: what the other claims are about.
SELECT dataset, reporting_period, indicator, value FROM indicators
WHERE level = 'england' AND breakdown = 'total' AND period_kind = 'year' AND value IS NOT NULL
ORDER BY dataset, reporting_period, indicator, value
