-- Which boards the services in a place of the directory work for together: one row for each place and board.
--
-- A place is the declared parent of a service. A board has a row where at least a tenth of the printed referrals of all services in the
-- place came from it. The directory knows places of today of which no file has figures yet: this says where their figures were before.
WITH placed AS (
  SELECT organisations.parent AS place_code, services_of_boards.board_code, services_of_boards.referrals
  FROM organisations JOIN services_of_boards ON services_of_boards.org_code = organisations.org_code
  WHERE organisations.level = 'provider' AND organisations.parent IS NOT NULL
),
whole AS (
  SELECT place_code, SUM(referrals) AS referrals_of_all FROM placed GROUP BY place_code
)
SELECT placed.place_code, placed.board_code, SUM(placed.referrals) AS referrals, whole.referrals_of_all
FROM whole JOIN placed ON placed.place_code = whole.place_code
GROUP BY placed.place_code, placed.board_code, whole.referrals_of_all
HAVING SUM(placed.referrals) >= whole.referrals_of_all / 10
ORDER BY place_code, board_code
