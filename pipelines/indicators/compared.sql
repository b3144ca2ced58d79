-- Compared: the totals that the statistics of organisations are computed from. A single month is too short to compare by.
SELECT * FROM indicators WHERE breakdown = 'total' AND period_kind <> 'month'
