package tariffs

import (
	"encoding/json"
	"fmt"

	"mofasa/billing/calendar"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// ErrPublished says that a tariff version is already published with other rules. A correction takes the next number.
var ErrPublished = fault.Define(fault.Conflict, "tariff_published",
	"این نسخهٔ تعرفه پیش‌تر با متن دیگری منتشر شده است؛ اصلاح با شمارهٔ نسخهٔ بعدی منتشر می‌شود.",
	"This tariff version is already published with other rules; a correction takes the next number.")

// SaveNational publishes the versions of National that are not stored yet, and counts them. Errors: ErrPublished where a stored version differs.
func SaveNational(tx *scope.Tx) (published int, err error) {
	book, err := National()
	if err != nil {
		return 0, fmt.Errorf("read the national tariff: %w", err)
	}
	for _, v := range book.Versions() {
		isNew, err := publish(tx, v)
		if err != nil {
			return 0, err
		}
		if isNew {
			published++
		}
	}
	return published, nil
}

func publish(tx *scope.Tx, v Version) (isNew bool, err error) {
	body, err := json.Marshal(v)
	if err != nil {
		return false, fmt.Errorf("encode tariff version %q: %w", v.ID, err)
	}
	inserted := tx.DB.Exec(`INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at) VALUES (?, ?, ?, ?, ?, ?)
	  ON CONFLICT (id) DO NOTHING`, v.ID, v.Authority, int(v.FiscalYear), v.Number, string(body), tx.Now)
	if inserted.Error != nil {
		return false, fmt.Errorf("publish tariff version %q: %w", v.ID, inserted.Error)
	}
	if inserted.RowsAffected == 1 {
		return true, nil
	}
	var same bool
	if err := tx.DB.Raw(`SELECT body = CAST(? AS jsonb) FROM tariff_versions WHERE id = ?`, string(body), v.ID).Row().Scan(&same); err != nil {
		return false, fmt.Errorf("compare tariff version %q: %w", v.ID, err)
	}
	if !same {
		return false, ErrPublished.Because(fmt.Errorf("tariff version %q", v.ID))
	}
	return false, nil
}

// fingerprint is equal for two looks at the table between which nothing was written: versions are only ever added, and xmin, the
// transaction that wrote a row, shows what a migration rewrites.
type fingerprint struct {
	rows    int64
	writers string
}

func takeFingerprint(tx *scope.Tx) (f fingerprint, err error) {
	err = tx.DB.Raw(`SELECT count(*), coalesce(sum(xmin::text::bigint), 0)::text FROM tariff_versions`).Row().Scan(&f.rows, &f.writers)
	if err != nil {
		return f, fmt.Errorf("look for new tariffs: %w", err)
	}
	return f, nil
}

// LoadBook reads every published version, the corrected ones among them: older bills cite those.
func LoadBook(tx *scope.Tx) (Book, error) {
	return loadBook(tx, `SELECT body FROM tariff_versions`)
}

// loadYear reads the versions of a fiscal year: of the given authorities, or of all where none is given. What is no year has none, and may not even fit its column.
func loadYear(tx *scope.Tx, year calendar.FiscalYear, authorities ...string) (Book, error) {
	if !year.Valid() {
		return Book{}, nil
	}
	if len(authorities) == 0 {
		return loadBook(tx, `SELECT body FROM tariff_versions WHERE fiscal_year = ?`, int(year))
	}
	return loadBook(tx, `SELECT body FROM tariff_versions WHERE fiscal_year = ? AND authority IN ?`, int(year), authorities)
}

// storedVersion keeps a fault of what is stored from the user, who did not cause it.
func storedVersion(body string) (Version, error) {
	v, err := Parse([]byte(body))
	if err != nil {
		return Version{}, fmt.Errorf("stored tariff version %q: %s", v.ID, err)
	}
	return v, nil
}

func loadBook(tx *scope.Tx, query string, args ...any) (Book, error) {
	var bodies []string
	if err := tx.DB.Raw(query, args...).Scan(&bodies).Error; err != nil {
		return Book{}, fmt.Errorf("load tariffs: %w", err)
	}
	versions := make([]Version, 0, len(bodies))
	for _, body := range bodies {
		v, err := storedVersion(body)
		if err != nil {
			return Book{}, err
		}
		versions = append(versions, v)
	}
	book, err := NewBook(versions...)
	if err != nil {
		return Book{}, fmt.Errorf("stored tariffs: %s", err)
	}
	return book, nil
}
