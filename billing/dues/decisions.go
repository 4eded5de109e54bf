package dues

import (
	"fmt"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// Decision changes what a vehicle owes for some fiscal years: an exemption, a relief, an addition, or a review that holds the
// dues back. It is dated, has a reason and an actor, and is corrected by a new one, never edited.
type Decision struct {
	ID             string              `json:"id"`
	Kind           DecisionKind        `json:"kind"`
	MunicipalityID int                 `json:"municipality_id,omitempty"` // the deciding city; 0: a national body, for every city
	Charge         tariffs.Charge      `json:"charge,omitempty"`          // empty: every charge
	FromYear       calendar.FiscalYear `json:"from_year"`
	ThroughYear    calendar.FiscalYear `json:"through_year"`
	Rate           money.PPM           `json:"rate_ppm,omitempty"` // of what is relieved; a relief has a rate or an amount
	Amount         money.Rial          `json:"amount,omitempty"`   // of each year
	Reason         fault.Text          `json:"reason"`
	Actor          string              `json:"actor"`                // the id of who decided
	ValidFrom      calendar.Date       `json:"valid_from"`           // the first day of assessment on which it holds
	ValidTo        calendar.Date       `json:"valid_to,omitzero"`    // the day before which it ends; zero: it holds on
	Correction     string              `json:"correction,omitempty"` // the id of the correction run that wrote it
}

// DecisionKind says what a decision does.
type DecisionKind string

// The kinds of decision.
const (
	GrantExemption DecisionKind = "exempt"
	GrantDiscount  DecisionKind = "discount"      // off charge and surcharge
	WaivePenalty   DecisionKind = "waive_penalty" // VAT law of 1400, Art. 37, note
	AddExtra       DecisionKind = "extra"
	GiveCredit     DecisionKind = "credit" // at most what is owed
	HoldForReview  DecisionKind = "review"
)

// holds says whether the decision counts for the city's year on the day.
func (d *Decision) holds(city int, year calendar.FiscalYear, on calendar.Date) bool {
	return (d.MunicipalityID == 0 || d.MunicipalityID == city) && year >= d.FromYear && year <= d.ThroughYear &&
		!on.Before(d.ValidFrom) && (d.ValidTo.IsZero() || on.Before(d.ValidTo))
}

// next is the decision of the kind with the smallest id after the given one that holds for the charge; an empty kind or charge
// means every one, nil ends the walk. So decisions count in the order of their ids, however the facts list them.
func (r *reckoning) next(kind DecisionKind, charge tariffs.Charge, after string) *Decision {
	var first *Decision
	for i := range r.decisions {
		d := &r.decisions[i]
		if d.ID > after && (first == nil || d.ID < first.ID) && (kind == "" || d.Kind == kind) &&
			(charge == "" || d.Charge == "" || d.Charge == charge) && d.holds(r.city, r.year, r.on) {
			first = d
		}
	}
	return first
}

// held lists the decisions that hold for the due, by id.
func (r *reckoning) held() (list []Decision) {
	for d := r.next("", "", ""); d != nil; d = r.next("", "", d.ID) {
		list = append(list, *d)
	}
	return list
}

func (f *Facts) checkDecisions() error {
	for i := range f.Decisions {
		d := &f.Decisions[i]
		if err := d.Check(); err != nil {
			return fmt.Errorf("decision %d: %w", i, err)
		}
		for j := range i {
			if f.Decisions[j].ID == d.ID {
				return fmt.Errorf("decision %d: second with id %q", i, d.ID)
			}
		}
	}
	return nil
}

// FlawError is why a decision cannot mean anything.
type FlawError struct {
	Field string // of the decision's JSON; "years" for the two of them, "measure" for the rate and the amount that its kind needs
	Why   string // private, for a log
}

// Error names the field and what is wrong with it.
func (e *FlawError) Error() string { return e.Field + ": " + e.Why }

// Check refuses with a *FlawError a decision that contradicts itself. Who takes decisions checks them before they are stored; an
// assessment checks them again.
func (d *Decision) Check() error {
	switch {
	case d.ID == "":
		return &FlawError{"id", "empty"}
	case d.Actor == "":
		return &FlawError{"actor", "empty"}
	case d.Reason.FA == "" || d.Reason.EN == "":
		return &FlawError{"reason", "empty in one language"}
	case d.MunicipalityID < 0:
		return &FlawError{"municipality_id", fmt.Sprint(d.MunicipalityID)}
	case !d.Kind.Valid():
		return &FlawError{"kind", fmt.Sprintf("%q", d.Kind)}
	case d.Charge != "" && !d.Charge.Valid():
		return &FlawError{"charge", fmt.Sprintf("%q", d.Charge)}
	case !d.FromYear.Valid() || !d.ThroughYear.Valid() || d.ThroughYear < d.FromYear:
		return &FlawError{"years", fmt.Sprintf("%d to %d", d.FromYear, d.ThroughYear)}
	case !d.ValidFrom.Valid():
		return &FlawError{"valid_from", d.ValidFrom.String()}
	case !d.ValidTo.IsZero() && (!d.ValidTo.Valid() || !d.ValidTo.After(d.ValidFrom)):
		return &FlawError{"valid_to", fmt.Sprintf("from %s to %s", d.ValidFrom, d.ValidTo)}
	case !d.sized():
		return &FlawError{"measure", fmt.Sprintf("%q with %d ppm and %d rial", d.Kind, d.Rate, d.Amount)}
	}
	return nil
}

// Valid says whether k is a known kind.
func (k DecisionKind) Valid() bool {
	switch k {
	case GrantExemption, GrantDiscount, WaivePenalty, AddExtra, GiveCredit, HoldForReview:
		return true
	}
	return false
}

// Charged says whether a decision of the kind may name the one charge that it is about; extras, credits and reviews concern the whole due.
func (k DecisionKind) Charged() bool {
	return k == GrantExemption || k == GrantDiscount || k == WaivePenalty
}

// Rated says whether a decision of the kind may have a rate in the place of an amount.
func (k DecisionKind) Rated() bool { return k == GrantDiscount || k == WaivePenalty }

// sized says whether the decision has the one measure that its kind needs.
func (d *Decision) sized() bool {
	rate, amount := d.Rate > 0 && d.Rate <= money.One, d.Amount > 0 && d.Amount <= mostDecided
	switch d.Kind {
	case GrantDiscount, WaivePenalty:
		return rate && d.Amount == 0 || amount && d.Rate == 0
	case AddExtra, GiveCredit:
		return amount && d.Rate == 0
	}
	return d.Rate == 0 && d.Amount == 0
}

// mostDecided is far above any due and far below what sums could overflow.
const mostDecided money.Rial = 1_000_000_000_000_000
