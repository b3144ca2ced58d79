-- No list of people who wait for treatment falls below half for one month only, of lists of 200 people and more.
--
-- People leave a list by being seen or by giving up, and as many do not join it again within a month: of such a month most of the list
-- was probably not sent. Where the count is withheld, it is at most what the publisher withholds.
WITH lists AS (
  SELECT
    dataset, reporting_period, level, org_type, org_code, org_name, CAST(denominator AS BIGINT) AS people,
    denominator_high AS people_high, CAST(concat(reporting_period, '-01') AS DATE) AS month
  FROM indicators
  WHERE period_kind = 'month' AND breakdown = 'total' AND indicator = 'waiting_over_90_days'
),
dips AS (
  SELECT
    now.dataset, now.reporting_period, now.level, now.org_type, now.org_code,
    -- The files name England by what is added up.
    CASE now.level WHEN 'england' THEN 'England' ELSE now.org_name END AS org_name,
    to_char(now.month, '%B %Y') AS month,
    CASE WHEN now.people IS NULL THEN concat('at most ', CAST(CAST(now.people_high AS BIGINT) AS VARCHAR))
      ELSE with_commas(now.people) END AS people,
    with_commas(before.people) AS people_before,
    with_commas(after.people) AS people_after
  FROM lists AS now
  JOIN lists AS before
    ON before.dataset = now.dataset AND before.org_type = now.org_type AND before.org_code = now.org_code
   AND before.month = now.month - INTERVAL '1 month'
  JOIN lists AS after
    ON after.dataset = now.dataset AND after.org_type = now.org_type AND after.org_code = now.org_code
   AND after.month = now.month + INTERVAL '1 month'
  WHERE before.people >= 200 AND after.people >= 200 AND 2 * now.people_high < LEAST(before.people, after.people)
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
