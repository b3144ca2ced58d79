-- The years of the clinical commissioning groups in the places of today: one row for each place, year and indicator, with the
-- sums of the groups that lie in it. What the publisher printed stays in `indicators`; nothing here is printed by it.
--
-- Counts and their bounds are added up, never percentages. A count that is withheld of one group leaves the place with bounds
-- and without a number. `boards` places the groups of 2021-22 in the boards of July 2022; in each year from 2020-21 on the sums
-- lie within rounding of the rows that the publisher printed of 40 boards, and differ for QF7 and QT1 by Bassetlaw (02Q), which
-- changed boards then. A board that has a part of a group only is left out, since a group cannot be divided: Tameside and Glossop
-- (01Y) lies in QOP and QJ2, the Black Country and West Birmingham (D2P2L) in QUA and QHL.
WITH boards (group_code, board_code) AS (
  VALUES
    ('00Q', 'QE1'), ('00R', 'QE1'), ('00X', 'QE1'), ('01A', 'QE1'), ('01E', 'QE1'), ('01K', 'QE1'), ('02G', 'QE1'), ('02M', 'QE1'),
    ('02P', 'QF7'), ('02X', 'QF7'), ('03L', 'QF7'), ('03N', 'QF7'),
    ('18C', 'QGH'),
    ('06Q', 'QH8'), ('07G', 'QH8'), ('99E', 'QH8'), ('99F', 'QH8'), ('99G', 'QH8'),
    ('M1J4Y', 'QHG'),
    ('15E', 'QHL'),
    ('00L', 'QHM'), ('00N', 'QHM'), ('00P', 'QHM'), ('01H', 'QHM'), ('13T', 'QHM'), ('16C', 'QHM'), ('84H', 'QHM'), ('99C', 'QHM'),
    ('15M', 'QJ2'),
    ('06L', 'QJG'), ('06T', 'QJG'), ('07K', 'QJG'),
    ('15N', 'QJK'),
    ('71E', 'QJM'),
    ('03W', 'QK1'), ('04C', 'QK1'), ('04V', 'QK1'),
    ('72Q', 'QKK'),
    ('91Q', 'QKS'),
    ('06K', 'QM7'), ('06N', 'QM7'), ('07H', 'QM7'),
    ('A3A8R', 'QMF'),
    ('93C', 'QMJ'),
    ('26A', 'QMM'),
    ('04Y', 'QNC'), ('05D', 'QNC'), ('05G', 'QNC'), ('05Q', 'QNC'), ('05V', 'QNC'), ('05W', 'QNC'),
    ('D4U1Y', 'QNQ'),
    ('09D', 'QNX'), ('70F', 'QNX'), ('97R', 'QNX'),
    ('M2L0M', 'QOC'),
    ('00T', 'QOP'), ('00V', 'QOP'), ('00Y', 'QOP'), ('01D', 'QOP'), ('01G', 'QOP'), ('01W', 'QOP'), ('01Y', 'QOP'), ('02A', 'QOP'), ('02H', 'QOP'), ('14L', 'QOP'),
    ('02Y', 'QOQ'), ('03F', 'QOQ'), ('03H', 'QOQ'), ('03K', 'QOQ'), ('03Q', 'QOQ'), ('42D', 'QOQ'),
    ('92G', 'QOX'),
    ('78H', 'QPM'),
    ('11M', 'QR1'),
    ('10R', 'QRL'), ('D9Y0V', 'QRL'),
    ('W2U3Z', 'QRV'),
    ('11X', 'QSL'),
    ('02Q', 'QT1'), ('52R', 'QT1'),
    ('11N', 'QT6'),
    ('10Q', 'QU9'), ('14Y', 'QU9'), ('15A', 'QU9'),
    ('D2P2L', 'QUA'),
    ('06H', 'QUE'),
    ('15C', 'QUY'),
    ('11J', 'QVV'),
    ('36L', 'QWE'),
    ('02T', 'QWO'), ('03R', 'QWO'), ('15F', 'QWO'), ('36J', 'QWO'), ('X2C4Y', 'QWO'),
    ('B2M3M', 'QWU'),
    ('92A', 'QXU'),
    ('01F', 'QYG'), ('01J', 'QYG'), ('01T', 'QYG'), ('01V', 'QYG'), ('01X', 'QYG'), ('02E', 'QYG'), ('12F', 'QYG'), ('27D', 'QYG'), ('99A', 'QYG')
),
parts AS (
  SELECT
    part.dataset, part.reporting_period, part.org_code, part.indicator, part.interval_low, series.series_code,
    part.numerator, part.numerator_low, part.numerator_high, part.denominator, part.denominator_low, part.denominator_high
  FROM organisation_series AS series JOIN indicators AS part
    ON part.level = series.level AND part.org_code = series.org_code
  WHERE part.level = 'sub_icb' AND part.org_type = 'CCG' AND part.org_kind = 'place' AND part.breakdown = 'total'
    AND part.period_kind = 'year' AND part.denominator_low IS NOT NULL
),
placed AS (
  SELECT 'sub_icb' AS level, series_code AS place_code, parts.* FROM parts
  UNION ALL
  SELECT 'icb', board_code, parts.*
  FROM boards JOIN parts ON group_code = series_code
  WHERE board_code NOT IN ('QOP', 'QJ2', 'QUA', 'QHL')
),
sums AS (
  SELECT
    dataset, reporting_period, level, place_code, indicator,
    COUNT(*) AS n_parts, STRING_AGG(org_code, ' ' ORDER BY org_code) AS parts,
    CASE WHEN COUNT(numerator) = COUNT(*) THEN SUM(numerator) END AS numerator,
    CASE WHEN COUNT(numerator_low) = COUNT(*) THEN SUM(numerator_low) END AS numerator_low,
    CASE WHEN COUNT(numerator_high) = COUNT(*) THEN SUM(numerator_high) END AS numerator_high,
    CASE WHEN COUNT(denominator) = COUNT(*) THEN SUM(denominator) END AS denominator,
    CASE WHEN COUNT(denominator_low) = COUNT(*) THEN SUM(denominator_low) END AS denominator_low,
    CASE WHEN COUNT(denominator_high) = COUNT(*) THEN SUM(denominator_high) END AS denominator_high,
    BOOL_OR(interval_low IS NOT NULL) AS is_share
  FROM placed
  GROUP BY dataset, reporting_period, level, place_code, indicator
)
SELECT
  CAST(dataset AS VARCHAR) AS dataset, CAST(reporting_period AS VARCHAR) AS reporting_period, 'current' AS geography,
  CAST(sums.level AS VARCHAR) AS level, CAST(place_code AS VARCHAR) AS org_code, CAST(org_name AS VARCHAR) AS org_name,
  CAST(indicator AS VARCHAR) AS indicator, n_parts, CAST(parts AS VARCHAR) AS parts,
  numerator, numerator_low, numerator_high, denominator, denominator_low, denominator_high,
  CASE WHEN denominator > 0 THEN 100 * numerator / denominator END AS value,
  CASE WHEN denominator_high > 0 THEN 100 * numerator_low / denominator_high END AS value_low,
  CASE
    WHEN denominator_low > 0 AND is_share THEN LEAST(100, 100 * numerator_high / denominator_low)
    WHEN denominator_low > 0 THEN 100 * numerator_high / denominator_low
  END AS value_high,
  is_share
FROM organisations JOIN sums ON organisations.level = sums.level AND organisations.org_code = place_code
ORDER BY dataset, reporting_period, level, org_code, indicator
