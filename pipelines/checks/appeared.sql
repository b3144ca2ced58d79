-- An organisation with figures had figures the year before too, itself or one that it followed.
SELECT DISTINCT
  now.dataset, now.reporting_period, now.level, now.org_type, now.org_code, now.org_name, '' AS subject,
  'note' AS severity, concat('not in ', periods.previous_period) AS evidence, 1 AS n_rows,
  concat(now.org_name, ' (', now.org_code, ') is published in ', now.reporting_period, ' and was not in ',
    periods.previous_period,
    -- A service begins on any day; a place is new where the map is.
    CASE now.level
      WHEN 'provider' THEN '; its first year may not be a whole one.'
      ELSE '; the map was drawn again, and the years before are those of other areas.'
    END) AS sentence
FROM listed AS now
JOIN periods ON periods.dataset = now.dataset AND periods.reporting_period = now.reporting_period
-- A level that was not published before says nothing about its organisations.
JOIN (SELECT DISTINCT dataset, reporting_period, level FROM listed) AS levels
  ON levels.dataset = now.dataset AND levels.reporting_period = periods.previous_period AND levels.level = now.level
LEFT JOIN listed AS before
  ON before.dataset = now.dataset AND before.reporting_period = periods.previous_period AND before.level = now.level
 AND before.series_code = now.series_code
WHERE before.org_code IS NULL AND periods.previous_is_there
