-- A month of the time series of key measures says what the activity file of the month says.
--
-- Only cells that both print are compared. A later file may know more than the one before it, so a difference is a revision
-- as often as a fault; one that only one of the two withholds is counted too.
--
-- The files overlap: of a month that several print, the newest is compared.
WITH printed AS (
  SELECT org_type, org_code, org_name, measure, statistic, start_date, value, value_status,
    row_number() OVER (PARTITION BY org_type, org_code, measure, statistic, start_date ORDER BY reporting_period DESC) AS place
  FROM tidy WHERE dataset = 'talking_therapies_key_measures'
),
again AS (SELECT * FROM printed WHERE place = 1),
compared AS (
  SELECT
    again.org_type, again.org_code, again.org_name, again.measure, again.start_date,
    concat(again.measure, ' (', again.statistic, ')') AS what,
    COALESCE(CAST(again.value AS VARCHAR), again.value_status) AS here,
    COALESCE(CAST(activity.value AS VARCHAR), activity.value_status) AS there
  FROM again
  JOIN tidy AS activity
    ON activity.org_type = again.org_type AND activity.org_code = again.org_code AND activity.measure = again.measure
   AND activity.statistic = again.statistic AND activity.start_date = again.start_date
  WHERE activity.dataset = 'talking_therapies_monthly' AND activity.breakdown = 'total'
)
SELECT
  'talking_therapies_key_measures' AS dataset, substr(CAST(start_date AS VARCHAR), 1, 7) AS reporting_period, types.level,
  CAST(compared.org_type AS VARCHAR) AS org_type, CAST(org_code AS VARCHAR) AS org_code,
  CAST(MIN(org_name) AS VARCHAR) AS org_name, '' AS subject, 'note' AS severity,
  string_agg(concat(what, ': ', here, ' in the time series, ', there, ' in the activity file'), '; ' ORDER BY what)
    AS evidence,
  COUNT(*) AS n_rows,
  concat('In ', substr(CAST(start_date AS VARCHAR), 1, 7), ' the time series of key measures differs from the activity file for ',
    MIN(org_name), ' (', org_code, '), in ', CAST(COUNT(*) AS VARCHAR), ' measures.') AS sentence
FROM compared JOIN organisation_types AS types ON types.org_type = compared.org_type
WHERE here <> there
GROUP BY start_date, types.level, compared.org_type, org_code
