package valuations

import (
	"fmt"
	"strings"

	"mofasa/billing/calendar"
	"mofasa/tenants/scope"
)

// missingSQL follows the residence rule of dues: of overlapping residences, which the registry refuses, the one that began last holds. Row-level security shows a
// city its own residences alone, and so its own vehicles; a later residence elsewhere that overlaps one of its own it cannot see.
const missingSQL = `, missing AS (SELECT y.year AS fiscal_year, r.residence AS municipality_id, v.type_code, count(*) AS vehicles
    FROM years y JOIN vehicles v ON v.first_registered <= y.last AND v.merged_into IS NULL
    JOIN vehicle_residences r ON r.vehicle_id = v.id AND r.valid_from <= greatest(y.first, v.first_registered) AND (r.valid_to IS NULL OR r.valid_to > greatest(y.first, v.first_registered))
    WHERE NOT EXISTS (SELECT FROM valuations w WHERE w.type_code = v.type_code AND w.fiscal_year = y.year)
      AND NOT EXISTS (SELECT FROM vehicle_retirements t WHERE t.vehicle_id = v.id AND t.retired_on < y.first)
      AND NOT EXISTS (SELECT FROM vehicle_residences o WHERE o.vehicle_id = v.id AND o.valid_from > r.valid_from AND o.valid_from <= greatest(y.first, v.first_registered)
        AND (o.valid_to IS NULL OR o.valid_to > greatest(y.first, v.first_registered)))
    GROUP BY 1, 2, 3)
  SELECT fiscal_year, municipality_id, c.name_fa AS city, type_code, vehicles, count(*) OVER () AS groups, (sum(vehicles) OVER ())::bigint AS total
  FROM missing JOIN municipalities c ON c.id = municipality_id ORDER BY fiscal_year, municipality_id, type_code LIMIT ?`

func missing(tx *scope.Tx, from, through calendar.FiscalYear, most int) (found MissingReport, err error) {
	var years []string
	var args []any
	for year := from; year <= through; year++ {
		years = append(years, `(?::integer, ?::date, ?::date)`)
		args = append(args, int(year), stored(year.Start()), stored(year.End()))
	}
	var rows []struct {
		MissingValue  `gorm:"embedded"`
		Groups, Total int
	}
	query := `WITH years (year, first, last) AS (VALUES ` + strings.Join(years, ", ") + `)` + missingSQL
	if err := tx.DB.Raw(query, append(args, most)...).Scan(&rows).Error; err != nil {
		return found, fmt.Errorf("report missing valuations: %w", err)
	}
	for _, r := range rows {
		found.Groups, found.Vehicles = r.Groups, r.Total
		found.Rows = append(found.Rows, r.MissingValue)
	}
	return found, nil
}
