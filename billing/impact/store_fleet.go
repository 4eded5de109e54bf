package impact

import (
	"fmt"
	"strconv"
	"strings"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// fleetSQL gives one row a vehicle, in the order of ids, without sorting or hashing the fleet: merge joins of what an index of each table gives in that order. The
// columns are those of rows. {residence} and {city} narrow what a city's scope would hide row by row; row-level security holds nonetheless.
// A claim that nobody pays yet lapses within the hour, and is none here.
const fleetSQL = `SELECT v.id, v.class, v.usage, v.fuel, v.origin, v.cylinders, v.category, v.type_code, v.model_year, v.first_registered - date '1970-01-01',
    t.retired_on - date '1970-01-01', t.manner, r.residences, concat_ws(',', c.settled, x.settled), d.decisions
  FROM vehicles v
  {join} (SELECT vehicle_id, string_agg(concat_ws(' ', residence, valid_from - date '1970-01-01', valid_to - date '1970-01-01'), ',') AS residences
    FROM vehicle_residences WHERE {residence} GROUP BY vehicle_id) r ON r.vehicle_id = v.id
  LEFT JOIN vehicle_retirements t ON t.vehicle_id = v.id
  LEFT JOIN (SELECT vehicle_id, string_agg(concat_ws(' ', municipality_id, fiscal_year), ',') AS settled FROM due_claims
    WHERE state IN ('paid', 'paying') AND fiscal_year BETWEEN {first} AND {last} AND {city} GROUP BY vehicle_id) c ON c.vehicle_id = v.id
  LEFT JOIN (SELECT vehicle_id, string_agg(concat_ws(' ', municipality_id, fiscal_year), ',') AS settled FROM external_payments e
    WHERE withdraws IS NULL AND fiscal_year BETWEEN {first} AND {last} AND {city}
      AND NOT EXISTS (SELECT FROM external_payments w WHERE w.municipality_id = e.municipality_id AND w.withdraws = e.id)
    GROUP BY vehicle_id) x ON x.vehicle_id = v.id
  LEFT JOIN (SELECT vehicle_id, json_agg(json_build_object('id', id, 'kind', kind, 'municipality', municipality_id, 'charge', charge, 'from', from_year,
        'through', through_year, 'rate', rate_ppm, 'amount', amount_rial)) AS decisions
    FROM due_decisions d WHERE ends IS NULL AND through_year >= {first} AND from_year <= {last}
      AND valid_from <= date '{on}' AND (valid_to IS NULL OR valid_to > date '{on}')
      AND NOT EXISTS (SELECT FROM due_decisions e WHERE e.municipality_id = d.municipality_id AND e.ends = d.id AND e.valid_from <= date '{on}')
    GROUP BY vehicle_id) d ON d.vehicle_id = v.id
  WHERE v.merged_into IS NULL ORDER BY v.id`

// fleetQuery fills in what is no input: numbers and a day that the program has made.
func fleetQuery(p *Plan) string {
	year, month, day := p.on.Gregorian()
	join, residence, city := "LEFT JOIN", "true", "true"
	if p.city != 0 {
		code := strconv.Itoa(p.city)
		join, residence, city = "JOIN", "residence = "+code, "municipality_id = "+code
	}
	return strings.NewReplacer("{join}", join, "{residence}", residence, "{city}", city, "{first}", p.window.First.String(), "{last}", p.window.Last.String(),
		"{on}", fmt.Sprintf("%04d-%02d-%02d", year, month, day)).Replace(fleetSQL)
}

// fleetSettings keep PostgreSQL from hashing or sorting the fleet, and from starting helpers that each read all residences: the goroutines that reckon need the
// other cores. What a city sees is little enough to be sorted.
func fleetSettings(p *Plan) []string {
	settings := []string{`SET LOCAL enable_hashjoin = off`, `SET LOCAL enable_hashagg = off`, `SET LOCAL max_parallel_workers_per_gather = 0`}
	if p.city == 0 {
		settings = append(settings, `SET LOCAL enable_sort = off`)
	}
	return settings
}

// FleetSQL is what a preview of every city's dues of the years reads: the settings of its transaction and its query, for the benchmark that holds a preview against
// PostgreSQL alone.
func FleetSQL(first, last calendar.FiscalYear, on calendar.Date) (settings []string, query string) {
	p := &Plan{window: dues.Window{First: first, Last: last}, on: on}
	return fleetSettings(p), fleetQuery(p)
}

func planFleet(tx *scope.Tx, p *Plan) error {
	for _, setting := range fleetSettings(p) {
		if err := tx.DB.Exec(setting).Error; err != nil {
			return fmt.Errorf("plan the fleet: %w", err)
		}
	}
	return nil
}

// countFleet estimates how many vehicles will come: by PostgreSQL's own statistics for the whole register, where it has some.
func countFleet(tx *scope.Tx, city int) (total int64, err error) {
	if city != 0 {
		err = tx.DB.Raw(`SELECT count(DISTINCT vehicle_id) FROM vehicle_residences WHERE residence = ?`, city).Row().Scan(&total)
	} else {
		err = tx.DB.Raw(`SELECT CASE WHEN reltuples >= 10000 THEN reltuples::bigint ELSE (SELECT count(*) FROM vehicles WHERE merged_into IS NULL) END
		  FROM pg_class WHERE oid = 'vehicles'::regclass`).Row().Scan(&total)
	}
	if err != nil {
		return 0, fmt.Errorf("count the fleet: %w", err)
	}
	return total, nil
}

// loadValuations reads the base values of the years, by type: as many as there are types and years.
func loadValuations(tx *scope.Tx, window dues.Window) (map[string][]dues.Valuation, error) {
	rows, err := tx.DB.Raw(`SELECT type_code, fiscal_year, base_rial FROM valuations WHERE fiscal_year BETWEEN ? AND ? ORDER BY type_code, fiscal_year`,
		int(window.First), int(window.Last)).Rows()
	if err != nil {
		return nil, fmt.Errorf("load valuations: %w", err)
	}
	defer rows.Close()
	byType := map[string][]dues.Valuation{}
	for rows.Next() {
		var code string
		var year calendar.FiscalYear
		var base money.Rial
		if err := rows.Scan(&code, &year, &base); err != nil {
			return nil, fmt.Errorf("load valuations: %w", err)
		}
		byType[code] = append(byType[code], dues.Valuation{ID: fmt.Sprintf("%d/%s", year, code), FiscalYear: year, Base: base})
	}
	return byType, rows.Err()
}

func loadMunicipalities(tx *scope.Tx) (map[int]Municipality, error) {
	var list []Municipality
	if err := tx.DB.Raw(`SELECT id, name_fa, name_en, province_fa, province_en FROM municipalities`).Scan(&list).Error; err != nil {
		return nil, fmt.Errorf("load municipalities: %w", err)
	}
	names := make(map[int]Municipality, len(list))
	for _, m := range list {
		names[m.ID] = m
	}
	return names, nil
}
