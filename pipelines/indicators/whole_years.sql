-- Whole years: the sums of months that stand for a year (monthly_sums): all twelve months are there, and none twice.
SELECT * FROM monthly_sums WHERE n_months = 12 AND value_status <> 'conflicting'
