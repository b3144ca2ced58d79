-- A provider that has figures in the months around one has them in that one too, or is known not to have submitted it.
--
-- The data-quality file of a month says who submitted. A hole in a provider's year is explained where that file says that
-- nothing was submitted, and not explained where something was, or where it does not say.
WITH submissions AS (
  SELECT start_date, org_code, MAX(value) AS submitted
  FROM tidy
  WHERE dataset = 'talking_therapies_data_quality' AND variable_b = 'Organisation Submission' AND measure = 'records_valid'
  GROUP BY start_date, org_code
),
published AS (
  SELECT DISTINCT org_type, org_code, org_name, start_date
  FROM tidy
  WHERE dataset = 'talking_therapies_monthly' AND org_type = 'Provider' AND measure = 'referrals_received'
),
providers AS (
  SELECT org_type, org_code, MIN(CAST(org_name AS VARCHAR)) AS org_name, MIN(start_date) AS first_month,
    MAX(start_date) AS last_month
  FROM published GROUP BY org_type, org_code
),
-- Months of which there are both files.
months AS (
  SELECT DISTINCT submissions.start_date
  FROM submissions JOIN published ON published.start_date = submissions.start_date
),
holes AS (
  SELECT providers.org_type, providers.org_code, providers.org_name, months.start_date
  FROM months
  JOIN providers ON months.start_date > providers.first_month AND months.start_date < providers.last_month
  LEFT JOIN published
    ON published.org_type = providers.org_type AND published.org_code = providers.org_code
   AND published.start_date = months.start_date
  WHERE published.org_code IS NULL
)
SELECT
  'talking_therapies_monthly' AS dataset, substr(CAST(holes.start_date AS VARCHAR), 1, 7) AS reporting_period,
  'provider' AS level, CAST(holes.org_type AS VARCHAR) AS org_type, CAST(holes.org_code AS VARCHAR) AS org_code,
  holes.org_name, '' AS subject,
  CASE WHEN submissions.submitted > 0 THEN 'warning' ELSE 'note' END AS severity,
  CASE
    WHEN submissions.submitted > 0 THEN 'submitted, and no figures'
    WHEN submissions.submitted = 0 THEN 'no submission'
    ELSE 'the data-quality file does not say'
  END AS evidence,
  1 AS n_rows,
  CASE
    WHEN submissions.submitted > 0
    THEN concat(holes.org_name, ' (', holes.org_code, ') submitted data for ', substr(CAST(holes.start_date AS VARCHAR), 1, 7),
      ', says the data-quality file, and the activity file has no figures of it.')
    WHEN submissions.submitted = 0
    THEN concat(holes.org_name, ' (', holes.org_code, ') has no figures in ', substr(CAST(holes.start_date AS VARCHAR), 1, 7),
      ' because it submitted no data for the month, says the data-quality file.')
    ELSE concat(holes.org_name, ' (', holes.org_code, ') has no figures in ', substr(CAST(holes.start_date AS VARCHAR), 1, 7),
      ', and the data-quality file does not say whether it submitted any.')
  END AS sentence
FROM holes
LEFT JOIN submissions ON submissions.org_code = holes.org_code AND submissions.start_date = holes.start_date
