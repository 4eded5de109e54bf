package municipalities

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
)

// What the life of a municipality refuses with.
var (
	// ErrUnknown says that the caller sees no municipality with the code.
	ErrUnknown = fault.Define(fault.NotFound, "tenant_unknown", "شهرداری‌ای با این کد نیست.", "There is no municipality with this code.")

	errStage = fault.Define(fault.Conflict, "municipality_stage",
		"شهرداری از مرحلهٔ کنونی خود به این مرحله نمی‌رود.", "The municipality does not go from its present stage to this one.")
	errStageReason = fault.Define(fault.Invalid, "municipality_reason", "دلیل باید نوشته شود.", "A reason is needed.")
	errInFlight    = fault.Define(fault.Conflict, "municipality_in_flight",
		"سبد یا پرداختی برای این شهرداری هنوز به پایان نرسیده است؛ پس از روشن شدن آن دوباره بکوشید.",
		"An order or a payment for this municipality is not finished yet; try again once it is.")
	errCloseExports = fault.Define(fault.Conflict, "municipality_close_exports",
		"پایان کار شهرداری با بیرون دادن همهٔ داده‌هایش همراه است؛ آن را در کنسول انجام دهید.",
		"Closing a municipality hands over all that is its own; do it at the console.")
)

// Stages lists every stage in the order of a city's life.
func Stages() []Stage { return []Stage{Draft, Pilot, Active, Paused, Closed} }

// Valid says whether s is a known stage.
func (s Stage) Valid() bool { return slices.Contains(Stages(), s) }

// edges is the whole life of a city: from, to. The table of stages holds the same list.
func edges() [][2]Stage {
	return [][2]Stage{{Draft, Pilot}, {Pilot, Active}, {Pilot, Paused}, {Active, Paused}, {Paused, Pilot}, {Paused, Active}, {Paused, Closed}}
}

// Next lists the stages that a city may go to from s, in the order of its life.
func (s Stage) Next() []Stage {
	next := []Stage{}
	for _, e := range edges() {
		if e[0] == s {
			next = append(next, e[1])
		}
	}
	return next
}

// Move is one step of a city's life.
type Move struct {
	Number    int // counts the steps, from 1
	Was       Stage
	Stage     Stage
	Reason    string
	At        time.Time
	ActorKind string    // person or system
	ActorID   uuid.UUID // Nil: nobody in particular
}
