-- Hardly more people have waited over 18 weeks at the end of a month than had waited over 90 days a month before: fewer than 100 more, or less than a quarter more.
--
-- 18 weeks are 126 days, and no month has more than 31, so nobody can be new. But counts are rounded, and a few people come
-- from other services with the wait that they had.
WITH waiting AS (
  SELECT
    dataset, reporting_period, level, org_type, org_code, org_name, indicator, CAST(numerator AS BIGINT) AS people,
    CAST(concat(reporting_period, '-01') AS DATE) AS month
  FROM indicators
  WHERE period_kind = 'month' AND breakdown = 'total' AND indicator IN ('waiting_over_18_weeks', 'waiting_over_90_days')
    AND numerator IS NOT NULL
),
jumps AS (
  SELECT
    now.dataset, now.reporting_period, now.level, now.org_type, now.org_code,
    -- The files name England by what is added up.
    CASE now.level WHEN 'england' THEN 'England' ELSE now.org_name END AS org_name,
    to_char(now.month, '%B %Y') AS month,
    with_commas(now.people) AS people,
    with_commas(before.people) AS people_before,
    with_commas(now.people - before.people) AS n_more
  FROM waiting AS now
  JOIN waiting AS before
    ON before.dataset = now.dataset AND before.org_type = now.org_type AND before.org_code = now.org_code
   AND before.month = now.month - INTERVAL '1 month'
  WHERE now.indicator = 'waiting_over_18_weeks' AND before.indicator = 'waiting_over_90_days'
    AND now.people >= before.people + 100 AND now.people >= 1.25 * before.people
)
SELECT
  dataset, reporting_period, level, org_type, org_code, org_name, 'waiting_over_90_days' AS subject, 'warning' AS severity,
  concat(people_before, ' over 90 days, then ', people, ' over 18 weeks') AS evidence,
  2 AS n_rows,
  concat('At the end of ', month, ', ', people, ' people',
    CASE level WHEN 'england' THEN '' ELSE concat(' of ', org_name, ' (', org_code, ')') END,
    ' had waited more than 18 weeks for treatment, where only ', people_before,
    ' had waited more than 90 days a month before. So at least ', n_more, ' of them were not in that count',
    CASE level
      WHEN 'england' THEN ': they were added or corrected since.'
      ELSE ': they were added or corrected since, or came from another service.'
    END,
    ' Do not read this month as longer waits.') AS sentence
FROM jumps
