package tariffs

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"mofasa/billing/calendar"
)

//go:embed national.json
var nationalJSON []byte

// regime is a run of fiscal years under the same law; each year of it becomes a version of its own.
type regime struct {
	From    calendar.FiscalYear `json:"from"`
	Through calendar.FiscalYear `json:"through"`
	Version
}

// National is the tariff of the national laws for the fiscal years 1387–1405, from the data file of this package.
func National() (Book, error) {
	var regimes []regime
	if err := decode(nationalJSON, &regimes); err != nil {
		return Book{}, err
	}
	var versions []Version
	for _, r := range regimes {
		for year := r.From; year <= r.Through; year++ {
			v := r.Version
			v.Authority, v.FiscalYear = NationalAuthority, year
			v.ID = VersionID(v.Authority, year, v.Number)
			versions = append(versions, v)
		}
	}
	return NewBook(versions...)
}

// Parse reads one version from its JSON and validates it; an unknown field or text after the end is tariff_syntax.
func Parse(data []byte) (Version, error) {
	var v Version
	if err := decode(data, &v); err != nil {
		return Version{}, err
	}
	return v, v.Validate()
}

func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errSyntax.Because(fmt.Errorf("at byte %d: %w", d.InputOffset(), err))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errSyntax.Because(fmt.Errorf("text after the end at byte %d", d.InputOffset()))
	}
	return nil
}
