-- A part is never more than its whole: reliable recovery, recovery, at caseness, finished, ended.
--
-- Fails where even the least the part can be is more than the most the whole can be.
WITH pairs(part, whole) AS (
  VALUES
    ('reliable_recovery', 'recovery'), ('recovery', 'at_caseness'), ('at_caseness', 'finished_course_treatment'),
    ('not_at_caseness', 'finished_course_treatment'), ('improvement', 'finished_course_treatment'),
    ('deterioration', 'finished_course_treatment'), ('no_reliable_change', 'finished_course_treatment'),
    ('finished_course_treatment', 'ended_referrals'), ('ended_before_treatment', 'ended_referrals'),
    ('ended_after_one_treatment', 'ended_referrals')
),
counts AS (SELECT * FROM totals WHERE statistic = 'count' AND value_low IS NOT NULL)
SELECT
  small.dataset, small.reporting_period, small.level, small.org_type, small.org_code, small.org_name,
  small.measure AS subject, 'error' AS severity,
  concat(small.measure, ' ', CAST(CAST(small.value_low AS BIGINT) AS VARCHAR), ' or more; ', large.measure, ' ',
    CAST(CAST(large.value_high AS BIGINT) AS VARCHAR), ' or less') AS evidence,
  1 AS n_rows,
  concat(small.org_name, ' (', small.org_code, ') has more ', replace(small.measure, '_', ' '), ' than ',
    replace(large.measure, '_', ' '), ' in ', small.reporting_period, ', of which it is a part.') AS sentence
FROM pairs
JOIN counts AS small ON small.measure = pairs.part
JOIN counts AS large ON large.measure = pairs.whole
 AND large.dataset = small.dataset AND large.reporting_period = small.reporting_period
 AND large.org_type = small.org_type AND large.org_code = small.org_code AND large.org_name = small.org_name
WHERE small.value_low > large.value_high
