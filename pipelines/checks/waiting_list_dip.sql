-- No list of people who wait for treatment falls below half for one month only, of lists of 200 people and more.
--
-- People leave a list by being seen or by giving up, and as many do not join it again within a month: of such a month most of the list
-- was probably not sent. Where the count is withheld, it is at most what the publisher withholds.
--
-- Each period beside its neighbours.
WITH lists AS (
  SELECT
    dataset, reporting_period, level, org_type, org_code, org_name, CAST(denominator AS BIGINT) AS people,
    denominator_high AS people_high, CAST(concat(reporting_period, '-01') AS DATE) AS month
  FROM indicators
  WHERE period_kind = 'month' AND breakdown = 'total' AND indicator = 'waiting_over_90_days'
),
-- By windows and not by joins: every month is read once.
besides AS (
  SELECT
    *,
    LAG(month) OVER months AS month_before, LAG(people) OVER months AS people_before,
    LEAD(month) OVER months AS month_after, LEAD(people) OVER months AS people_after
  FROM lists
  WINDOW months AS (PARTITION BY dataset, org_type, org_code ORDER BY month)
),
dips AS (
  SELECT
    dataset, reporting_period, level, org_type, org_code,
    -- The files name England by what is added up.
    CASE level WHEN 'england' THEN 'England' ELSE org_name END AS org_name,
    to_char(month, '%B %Y') AS month,
    CASE WHEN people IS NULL THEN concat('at most ', CAST(CAST(people_high AS BIGINT) AS VARCHAR))
      ELSE with_commas(people) END AS people,
    with_commas(people_before) AS people_before,
    with_commas(people_after) AS people_after
  FROM besides
  WHERE month_before = month - INTERVAL '1 month' AND month_after = month + INTERVAL '1 month'
    AND people_before >= 200 AND people_after >= 200 AND 2 * people_high < LEAST(people_before, people_after)
)
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, 'waiting_over_90_days' AS subject, 'warning' AS severity,
  concat(people_before, ', then ', people, ', then ', people_after, ' waiting') AS evidence,
  3 AS n_rows,
  concat('At the end of ', month, ', ', people, ' people',
    CASE level WHEN 'england' THEN '' ELSE concat(' of ', org_name, ' (', org_code, ')') END,
    ' were waiting for treatment, where ', people_before, ' were a month before and ', people_after,
    ' a month after. So most of the list was probably not sent that month: do not read its waits.') AS sentence
FROM dips
