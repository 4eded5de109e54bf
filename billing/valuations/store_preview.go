package valuations

import (
	"database/sql"
	"fmt"
	"time"

	"mofasa/billing/calendar"
	"mofasa/tenants/csvimport"
	"mofasa/tenants/scope"
)

func stagedYears(tx *scope.Tx) (years []calendar.FiscalYear, err error) {
	if err := tx.DB.Raw(`SELECT DISTINCT fiscal_year FROM import_valuation_rows ORDER BY 1`).Scan(&years).Error; err != nil {
		return nil, fmt.Errorf("read years of the list: %w", err)
	}
	return years, nil
}

// stageFleet counts the register's vehicles once by type and days, since the list may hold many years.
func stageFleet(tx *scope.Tx) error {
	return csvimport.Exec(tx, `CREATE TEMP TABLE import_fleet ON COMMIT DROP AS
	  SELECT v.type_code, v.first_registered, r.retired_on, count(*) AS vehicles FROM vehicles v LEFT JOIN vehicle_retirements r ON r.vehicle_id = v.id
	  WHERE v.merged_into IS NULL GROUP BY 1, 2, 3`, `ANALYZE import_fleet`)
}

// lastYearSQL is last year's value of each type: the file's own, or else the stored one.
const lastYearSQL = `last_year AS (SELECT type_code, coalesce(f.base_rial, w.base_rial) AS base_rial
    FROM (SELECT type_code, base_rial FROM import_valuation_rows WHERE fiscal_year = @year - 1) f
    FULL JOIN (SELECT type_code, base_rial FROM valuations WHERE fiscal_year = @year - 1) w USING (type_code))`

// changesSQL is each value by last year's, in ppm and whole: numeric, since a bigint does not hold it.
const changesSQL = lastYearSQL + `, changes AS (SELECT type_code, r.name_fa, p.base_rial AS last_year, r.base_rial AS base, div(r.base_rial::numeric * 1000000, p.base_rial) AS ppm
    FROM import_valuation_rows r JOIN last_year p USING (type_code) WHERE r.fiscal_year = @year)`

// capped keeps a numeric in a bigint.
func capped(expression string) string {
	return `least(` + expression + `, 9000000000000000000)::bigint`
}

func (p *YearPreview) named(o Options) []any {
	return []any{sql.Named("year", int(p.FiscalYear)), sql.Named("rows", o.Rows), sql.Named("usual", int64(p.Usual)), sql.Named("threshold", int64(o.Threshold)),
		sql.Named("first", stored(p.FiscalYear.Start())), sql.Named("last", stored(p.FiscalYear.End())), sql.Named("fewest", fewest)}
}

func (p *YearPreview) count(tx *scope.Tx, o Options) error {
	err := tx.DB.Raw(`SELECT count(*), count(*) FILTER (WHERE w.base_rial = r.base_rial AND w.basis_type IS NULL) FROM import_valuation_rows r
	  LEFT JOIN valuations w USING (fiscal_year, type_code) WHERE r.fiscal_year = @year`, p.named(o)...).Row().Scan(&p.Listed, &p.Unchanged)
	if err != nil {
		return fmt.Errorf("count the list: %w", err)
	}
	return nil
}

func (p *YearPreview) newTypes(tx *scope.Tx, o Options) (err error) {
	p.New, err = section[NewType](tx, `SELECT r.type_code, r.name_fa, r.base_rial AS base, count(*) OVER () AS total FROM import_valuation_rows r WHERE r.fiscal_year = @year
	  AND NOT EXISTS (SELECT FROM valuations w WHERE w.type_code = r.type_code)
	  AND NOT EXISTS (SELECT FROM import_valuation_rows e WHERE e.type_code = r.type_code AND e.fiscal_year < @year) ORDER BY r.base_rial DESC, r.type_code LIMIT @rows`, p.named(o))
	return err
}

func (p *YearPreview) changed(tx *scope.Tx, o Options) (err error) {
	p.Changed, err = section[ChangedValue](tx, `SELECT r.type_code, r.name_fa, w.base_rial AS was, r.base_rial AS base, coalesce(w.basis_type, '') AS basis, count(*) OVER () AS total
	  FROM import_valuation_rows r JOIN valuations w USING (fiscal_year, type_code) WHERE r.fiscal_year = @year AND (w.base_rial <> r.base_rial OR w.basis_type IS NOT NULL)
	  ORDER BY abs(r.base_rial - w.base_rial)::numeric / w.base_rial DESC, r.type_code LIMIT @rows`, p.named(o))
	return err
}

func (p *YearPreview) missing(tx *scope.Tx, o Options) (err error) {
	p.Missing, err = section[MissingType](tx, `WITH `+lastYearSQL+` SELECT type_code, coalesce(t.name_fa, n.name_fa, type_code) AS name_fa, coalesce(f.vehicles, 0) AS vehicles,
	    coalesce(p.base_rial, 0) AS last_year, count(*) OVER () AS total
	  FROM last_year p FULL JOIN (SELECT type_code, sum(vehicles)::bigint AS vehicles FROM import_fleet
	    WHERE first_registered <= @last AND (retired_on IS NULL OR retired_on >= @first) GROUP BY 1) f USING (type_code)
	  LEFT JOIN vehicle_types t ON t.code = type_code
	  LEFT JOIN (SELECT DISTINCT ON (type_code) type_code, name_fa FROM import_valuation_rows) n USING (type_code)
	  WHERE NOT EXISTS (SELECT FROM import_valuation_rows r WHERE r.fiscal_year = @year AND r.type_code = coalesce(p.type_code, f.type_code))
	    AND NOT EXISTS (SELECT FROM valuations w WHERE w.fiscal_year = @year AND w.type_code = coalesce(p.type_code, f.type_code))
	  ORDER BY vehicles DESC, type_code LIMIT @rows`, p.named(o))
	return err
}

// measure finds the usual change: the median, which a few wrong values do not move.
func (p *YearPreview) measure(tx *scope.Tx, o Options) error {
	err := tx.DB.Raw(`WITH `+changesSQL+` SELECT count(*), CASE WHEN count(*) < @fewest THEN 1000000
	  ELSE `+capped(`greatest(percentile_disc(0.5) WITHIN GROUP (ORDER BY ppm), 1)`)+` END FROM changes`, p.named(o)...).Row().Scan(&p.Compared, &p.Usual)
	if err != nil {
		return fmt.Errorf("measure the usual change: %w", err)
	}
	return nil
}

func (p *YearPreview) outliers(tx *scope.Tx, o Options) (err error) {
	p.Outliers, err = section[Outlier](tx, `WITH `+changesSQL+`, off AS (SELECT *, div(ppm * 1000000, @usual) - 1000000 AS off FROM changes)
	  SELECT type_code, name_fa, last_year, base, `+capped(`ppm - 1000000`)+` AS change, `+capped(`off`)+` AS off, count(*) OVER () AS total
	  FROM off WHERE abs(off) > @threshold ORDER BY abs(off) DESC, type_code LIMIT @rows`, p.named(o))
	return err
}

// section reads rows of T with their total in the last column.
func section[T any](tx *scope.Tx, query string, args []any) (s Section[T], err error) {
	var rows []struct {
		Row   T `gorm:"embedded"`
		Total int
	}
	if err := tx.DB.Raw(query, args...).Scan(&rows).Error; err != nil {
		return s, fmt.Errorf("compare the list: %w", err)
	}
	for _, r := range rows {
		s.Total = r.Total
		s.Rows = append(s.Rows, r.Row)
	}
	return s, nil
}

// stored is a day as a DATE column keeps it.
func stored(d calendar.Date) time.Time {
	year, month, day := d.Gregorian()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
