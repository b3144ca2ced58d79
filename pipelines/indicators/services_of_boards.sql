-- Which boards a service works for, by the referrals that the publisher prints of it: one row for each month, service and board of
-- today.
--
-- A row of one service in one clinical commissioning group or sub-ICB location says for whom the service worked in that month. The
-- monthly files have such rows, and so do stated figures of months of which no file is among the releases (`stated` is those of the
-- months that are worked on). No row looks at another month, so whoever asks where a service works now takes its newest month.
-- Groups are placed in boards by `group_boards`, a divided one with the board that has most of it. A board has a row where at least a
-- tenth of the service's printed referrals of the month came from it; hubs, which have no area, are among all of them and in no board.
WITH printed AS (
  SELECT
    tidy.reporting_period, tidy.org_code AS pair_code, tidy.value
  FROM organisation_types AS type JOIN tidy ON tidy.org_type = type.org_type
  WHERE type.level = 'sub_icb_provider' AND tidy.measure = 'referrals_received' AND tidy.statistic = 'count'
    AND tidy.breakdown = 'total' AND tidy.period_kind = 'month'
    -- A file of several months says nothing of any of them.
    AND tidy.reporting_period NOT LIKE '%--%'
  UNION ALL
  SELECT reporting_period, org_name, value
  FROM stated
  WHERE level = 'sub_icb_provider' AND measure = 'referrals_received' AND statistic = 'count' AND breakdown = 'total'
),
counted AS (
  SELECT
    reporting_period, split_part(pair_code, '/', 1) AS group_code, split_part(pair_code, '/', 2) AS org_code,
    MAX(value) AS referrals
  FROM printed
  WHERE value > 0
  GROUP BY reporting_period, pair_code
),
series AS (
  SELECT org_code AS member_code, series_code FROM organisation_series WHERE level = 'sub_icb'
),
placed AS (
  SELECT reporting_period, org_code, board_code, referrals
  FROM group_boards
  JOIN series ON group_code = series_code
  JOIN counted ON counted.group_code = member_code
  WHERE part <> 'rest'
),
whole AS (
  SELECT reporting_period, org_code, SUM(referrals) AS referrals_of_all FROM counted GROUP BY reporting_period, org_code
)
SELECT placed.org_code, placed.board_code, placed.reporting_period, SUM(placed.referrals) AS referrals, whole.referrals_of_all
FROM whole JOIN placed ON placed.org_code = whole.org_code AND placed.reporting_period = whole.reporting_period
GROUP BY placed.org_code, placed.board_code, placed.reporting_period, whole.referrals_of_all
HAVING SUM(placed.referrals) >= whole.referrals_of_all / 10
ORDER BY reporting_period, org_code, board_code
