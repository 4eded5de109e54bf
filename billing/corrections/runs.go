package corrections

import (
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// State is where a run stands.
type State string

// The states of a run. Approved and withdrawn are final.
const (
	Listed    State = "listed"
	Approved  State = "approved"
	Withdrawn State = "withdrawn"
)

// Run is the correction of one wrong version by a right one.
type Run struct {
	ID             uuid.UUID
	MunicipalityID int // whose versions they are; 0: the nation's
	Wrong, Right   string
	Reason         string
	State          State
	ListedBy       uuid.UUID
	ListedAt       time.Time
	Bills          int // that the right version prices otherwise, each with one due of the year
	Problems       int // of them: the right version gives no amount
	Unaffected     int // not listed: the right version gives the same amount
	Credit, Extra  money.Rial
	DecidedBy      uuid.UUID // who approved or withdrew it
	DecidedAt      time.Time
	Report         *Report // of an approved run
}

// Report is what an approved run did. The books are those of the city, or of all of them for the nation; both trial balances are of the same moment.
type Report struct {
	Before       ledger.Trial `json:"before"`
	After        ledger.Trial `json:"after"`
	Bills        int          `json:"bills"`
	Credit       money.Rial   `json:"credit"`
	Extra        money.Rial   `json:"extra"`
	PlacedCredit money.Rial   `json:"placed_credit"` // comes off dues that were open; the rest waits in the books
	PlacedExtra  money.Rial   `json:"placed_extra"`
	Suspended    int          `json:"suspended"` // bills under the wrong version whose money stands in suspense: not corrected
	Returned     int          `json:"returned"`  // bills under the wrong version of which money went back in part: not corrected
}

// Item is one billed due that the wrong version priced and the right one prices otherwise.
type Item struct {
	Key
	RunID      uuid.UUID
	FiscalYear calendar.FiscalYear
	VehicleID  uuid.UUID
	Paid       money.Rial // with the bill
	Counted    money.Rial // with earlier corrections; what Right is compared with
	Right      money.Rial
	Finding    Finding
	Notice     fault.Text // the whole letter, with its outcome once the run is approved
	Posted     bool       // adjusted in the city's books
	Placed     []Placement
}

// Difference is what was counted too much, or negative, too little; 0 for a problem.
func (i Item) Difference() money.Rial { return i.Counted - i.Right }

// Key orders the items of a run.
type Key struct {
	MunicipalityID int
	BillID         uuid.UUID
}

// affected is a paid due that stands under the wrong version, with what was listed about it, if it was.
type affected struct {
	Key
	officeID, vehicleID uuid.UUID
	city                fault.Text
	standing            Standing
	listed              *Finding
}

// adjustment is the entry that brings a bill's books from what they hold to what is right: each head of revenue by its difference, and against it what the city
// owes the payer now, or they owe the city.
func adjustment(run uuid.UUID, a affected, f Finding) (ledger.Entry, error) {
	e := ledger.Entry{MunicipalityID: a.MunicipalityID, Kind: "adjustment", SourceKind: sourceKind, SourceID: run, BillID: a.BillID, OfficeID: a.officeID}
	var difference money.Rial
	for _, h := range f.Heads {
		less, err := h.Was.Sub(h.Right)
		if err != nil {
			return e, err
		}
		if difference, err = difference.Add(less); err != nil {
			return e, err
		}
		if less != 0 {
			e.Postings = append(e.Postings, ledger.Posting{Account: ledger.Revenue(string(h.Head)), Amount: less})
		}
	}
	against := ledger.Payable(ledger.Correction)
	if difference < 0 {
		against = ledger.Receivable(ledger.Correction)
	}
	e.Postings = append(e.Postings, ledger.Posting{Account: against, Amount: -difference})
	return e, e.Validate()
}

// sourceKind names runs as the cause of ledger entries.
const sourceKind = "correction"

// letter is the notice's content for a finding.
func (a affected) letter(f Finding, reason string) (fault.Text, error) {
	if f.Problem != "" {
		return ProblemNotice(a.standing.Due.FiscalYear, a.city), nil
	}
	was, right, err := f.Sums()
	return Letter{FiscalYear: a.standing.Due.FiscalYear, City: a.city, Paid: a.standing.Due.Amount, Counted: was, Right: right, Reason: reason}.Notice(), err
}

// tally sums what a pass over the affected dues finds.
type tally struct {
	bills, problems, unaffected int
	credit, extra               money.Rial
}

// add counts one finding and says whether it is listed.
func (t *tally) add(f Finding) (listed bool, err error) {
	was, right, err := f.Sums()
	switch {
	case err != nil:
		return false, err
	case f.Problem != "":
		t.problems++
	case was == right:
		t.unaffected++
		return false, nil
	case was > right:
		t.credit, err = t.credit.Add(was - right)
	default:
		t.extra, err = t.extra.Add(right - was)
	}
	t.bills++
	return true, err
}
