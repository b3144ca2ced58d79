-- Pathway: what became of the referrals that ended, side by side: one row for each organisation and category.
--
-- Every count is published, with the bounds that rounding and suppression leave around it. All are of one cohort, the
-- referrals that ended in the period, or of those among them that finished a course: what is counted over other people, as
-- referrals received, has no column here. An organisation and category of which a count is published twice has no row here, since nothing
-- says which is meant.
--
-- Categories are taken for boards and what is above them (`has_groups` of organisation_types), as in the indicators (wanted.sql).
WITH result AS (
SELECT
  years.dataset, years.reporting_period, years.period_kind, types.level, years.org_type, types.org_kind AS type_kind,
  years.org_code, years.org_name, years.breakdown, years.category,
  MAX(value) FILTER (WHERE measure = 'ended_referrals') AS ended_referrals,
  MAX(value_low) FILTER (WHERE measure = 'ended_referrals') AS ended_referrals_low,
  MAX(value_high) FILTER (WHERE measure = 'ended_referrals') AS ended_referrals_high,
  MAX(value) FILTER (WHERE measure = 'ended_not_seen') AS ended_not_seen,
  MAX(value_low) FILTER (WHERE measure = 'ended_not_seen') AS ended_not_seen_low,
  MAX(value_high) FILTER (WHERE measure = 'ended_not_seen') AS ended_not_seen_high,
  MAX(value) FILTER (WHERE measure = 'ended_seen_not_treated') AS ended_seen_not_treated,
  MAX(value_low) FILTER (WHERE measure = 'ended_seen_not_treated') AS ended_seen_not_treated_low,
  MAX(value_high) FILTER (WHERE measure = 'ended_seen_not_treated') AS ended_seen_not_treated_high,
  MAX(value) FILTER (WHERE measure = 'ended_before_treatment') AS ended_before_treatment,
  MAX(value_low) FILTER (WHERE measure = 'ended_before_treatment') AS ended_before_treatment_low,
  MAX(value_high) FILTER (WHERE measure = 'ended_before_treatment') AS ended_before_treatment_high,
  MAX(value) FILTER (WHERE measure = 'ended_after_one_treatment') AS ended_after_one_treatment,
  MAX(value_low) FILTER (WHERE measure = 'ended_after_one_treatment') AS ended_after_one_treatment_low,
  MAX(value_high) FILTER (WHERE measure = 'ended_after_one_treatment') AS ended_after_one_treatment_high,
  MAX(value) FILTER (WHERE measure = 'finished_course_treatment') AS finished_course_treatment,
  MAX(value_low) FILTER (WHERE measure = 'finished_course_treatment') AS finished_course_treatment_low,
  MAX(value_high) FILTER (WHERE measure = 'finished_course_treatment') AS finished_course_treatment_high,
  MAX(value) FILTER (WHERE measure = 'not_at_caseness') AS not_at_caseness,
  MAX(value_low) FILTER (WHERE measure = 'not_at_caseness') AS not_at_caseness_low,
  MAX(value_high) FILTER (WHERE measure = 'not_at_caseness') AS not_at_caseness_high,
  MAX(value) FILTER (WHERE measure = 'at_caseness') AS at_caseness,
  MAX(value_low) FILTER (WHERE measure = 'at_caseness') AS at_caseness_low,
  MAX(value_high) FILTER (WHERE measure = 'at_caseness') AS at_caseness_high,
  MAX(value) FILTER (WHERE measure = 'improvement') AS improvement,
  MAX(value_low) FILTER (WHERE measure = 'improvement') AS improvement_low,
  MAX(value_high) FILTER (WHERE measure = 'improvement') AS improvement_high,
  MAX(value) FILTER (WHERE measure = 'deterioration') AS deterioration,
  MAX(value_low) FILTER (WHERE measure = 'deterioration') AS deterioration_low,
  MAX(value_high) FILTER (WHERE measure = 'deterioration') AS deterioration_high,
  MAX(value) FILTER (WHERE measure = 'recovery') AS recovery,
  MAX(value_low) FILTER (WHERE measure = 'recovery') AS recovery_low,
  MAX(value_high) FILTER (WHERE measure = 'recovery') AS recovery_high,
  MAX(value) FILTER (WHERE measure = 'reliable_recovery') AS reliable_recovery,
  MAX(value_low) FILTER (WHERE measure = 'reliable_recovery') AS reliable_recovery_low,
  MAX(value_high) FILTER (WHERE measure = 'reliable_recovery') AS reliable_recovery_high
-- The small table is on the left, as in ratio.sql.
FROM organisation_types AS types JOIN years ON types.org_type = years.org_type
WHERE period_kind <> 'month' AND statistic = 'count' AND (breakdown = 'total' OR has_groups)
  AND measure IN ('ended_referrals', 'ended_not_seen', 'ended_seen_not_treated', 'ended_before_treatment',
  'ended_after_one_treatment', 'finished_course_treatment', 'not_at_caseness', 'at_caseness',
  'improvement', 'deterioration', 'recovery', 'reliable_recovery')
GROUP BY
  years.dataset, years.reporting_period, years.period_kind, types.level, years.org_type, types.org_kind, years.org_code,
  years.org_name, years.breakdown, years.category
HAVING COUNT(*) = COUNT(DISTINCT measure)
)
SELECT
  result.dataset, reporting_period, period_kind, result.level, org_type, result.org_code, result.org_name,
  COALESCE(organisations.kind, type_kind) AS org_kind,
  breakdown, category,
  result.* EXCEPT (
    dataset, reporting_period, period_kind, level, org_type, type_kind, org_code, org_name, breakdown, category
  )
-- The small table is on the left, as above.
FROM organisations
RIGHT JOIN result ON organisations.level = result.level AND organisations.org_code = result.org_code
ORDER BY dataset, reporting_period, level, org_type, org_code, org_name, breakdown, category
