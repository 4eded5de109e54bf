// Package municipalities knows the tenants: each city with the account that receives its duty and the numbers that its bills bear.
package municipalities

import (
	"bytes"
	_ "embed"
	"io"
)

// Municipality is a tenant as other packages name it.
type Municipality struct {
	ID         int // code, 1–999
	NameFA     string
	NameEN     string
	ProvinceFA string
	Stage      Stage
}

// Stage is how far a municipality's rollout is.
type Stage string

// The stages. Offices collect for a pilot or active municipality only.
const (
	Draft  Stage = "draft"
	Pilot  Stage = "pilot"
	Active Stage = "active"
	Paused Stage = "paused"
	Closed Stage = "closed"
)

//go:embed data/municipalities.csv
var list []byte

// Default is the built-in list of municipalities as Importer reads it, with made-up accounts.
func Default() io.ReadSeeker { return bytes.NewReader(list) }
