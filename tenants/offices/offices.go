// Package offices holds the licensed service offices and their agreements with municipalities: what an office may collect for whom.
package offices

import (
	"time"

	"github.com/google/uuid"
)

// Office is a licensed service office.
type Office struct {
	ID             uuid.UUID
	MunicipalityID int // the city in which it stands
	NameFA         string
	LicenceNo      string
	ValidFrom      time.Time
}
