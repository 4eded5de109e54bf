package audit

import (
	"time"

	"github.com/google/uuid"
)

// Look is one reading of personal data about a target, for a stated purpose.
type Look struct {
	ID      uuid.UUID
	At      time.Time
	Action  string
	Purpose string
	By      Body
	Who     *Who // nil: the system acted, or names are left out
}

// Body is the organisation that looked. Kind is office, municipality, platform or public; the city is the office's where an office looked.
type Body struct {
	Kind                           string
	OfficeID                       uuid.UUID // or Nil, also where names are left out
	OfficeName                     string
	MunicipalityID                 int
	MunicipalityFA, MunicipalityEN string
}

// Who is the person or the API client that acted.
type Who struct {
	ID      uuid.UUID
	Name    string // "" where the scope does not see it
	Program bool   // an API client
}

// Key is where a page that ends with the look ends.
func (l Look) Key() Key { return Key{At: l.At, ID: l.ID} }

// withoutNames is what the owner of the data may be told: when, why, and from what kind of organisation in which city, but not who.
func (l Look) withoutNames() Look {
	l.Who, l.By.OfficeID, l.By.OfficeName = nil, uuid.Nil, ""
	return l
}

// LookQuery chooses looks at any of the targets of one kind, the newest first.
type LookQuery struct {
	TargetKind string
	TargetIDs  []string
	After      *Key
	Limit      int
	Names      bool // say who looked; without it, only from where
}
