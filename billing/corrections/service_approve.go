package corrections

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/decisions"
	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// Approve adjusts the books of every listed bill and lets the payers' open dues bear the differences, in one transaction: all of it or nothing. Somebody else
// than who listed the run approves it, and only while the affected dues are still exactly those that were listed.
// Errors: ErrUnknown, correction_authority, correction_person, correction_same_person, correction_closed, correction_done, correction_problems,
// correction_in_flight, correction_outdated, approval_expired.
func (s *Service) Approve(ctx context.Context, own scope.Scope, id uuid.UUID) (Run, error) {
	book, err := s.tariffs.Book(ctx)
	if err != nil {
		return Run{}, err
	}
	return s.decide(ctx, own, id, func(tx *scope.Tx, run *Run) error {
		switch {
		case tx.Actor.ID == run.ListedBy:
			return errSamePerson
		case run.Problems > 0:
			return errProblems
		}
		if _, err := approvals.DecideOn(tx, approvalOf(*run), approvals.Approve, ""); err != nil {
			return err
		}
		report, err := adjustAll(tx, book, *run)
		if err != nil {
			return err
		}
		run.State, run.DecidedBy, run.DecidedAt, run.Report = Approved, tx.Actor.ID, tx.Now, &report
		if err := saveDecision(tx, *run); err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "correction.approved", TargetKind: "correction", TargetID: id.String(), Municipality: run.MunicipalityID, Details: map[string]any{
			"bills": report.Bills, "credit_rial": report.Credit, "extra_rial": report.Extra, "placed_credit_rial": report.PlacedCredit, "placed_extra_rial": report.PlacedExtra}})
	})
}

// adjustAll looks for payments in flight first: what they pay before the walk is then seen by it, and after it nothing under the wrong version is payable.
func adjustAll(tx *scope.Tx, book tariffs.Book, run Run) (Report, error) {
	search, err := searchOf(tx, book, run)
	if err != nil {
		return Report{}, err
	}
	var report Report
	flying, err := inFlight(tx, search)
	if err != nil {
		return Report{}, err
	}
	if flying {
		return Report{}, errInFlight
	}
	if report.Suspended, err = suspended(tx, search); err != nil {
		return Report{}, err
	}
	if report.Returned, err = returned(tx, search); err != nil {
		return Report{}, err
	}
	var found tally
	cities := map[int]int{}
	err = search.each(tx, func(a affected, f Finding) error {
		listed, err := found.add(f)
		if err != nil {
			return err
		}
		if listed != (a.listed != nil) || listed && !slices.Equal(f.Heads, a.listed.Heads) {
			return errOutdated
		}
		if !listed {
			return nil
		}
		cities[a.MunicipalityID]++
		return adjust(tx, book, run, item{affected: a, finding: f, report: &report})
	})
	if err != nil {
		return Report{}, err
	}
	if found.bills != run.Bills || found.credit != run.Credit || found.extra != run.Extra {
		return Report{}, errOutdated
	}
	report.Bills, report.Credit, report.Extra = found.bills, found.credit, found.extra
	if err := tellCities(tx, run, cities); err != nil {
		return Report{}, err
	}
	return report, balance(tx, run, &report)
}

// tellCities puts into the log of each city how many of its bills a national correction has adjusted.
func tellCities(tx *scope.Tx, run Run, bills map[int]int) error {
	if run.MunicipalityID != 0 {
		return nil
	}
	for _, city := range slices.Sorted(maps.Keys(bills)) {
		err := audit.Write(tx, audit.Record{Action: "correction.adjusted", TargetKind: "correction", TargetID: run.ID.String(), Municipality: city,
			Details: map[string]any{"bills": bills[city]}})
		if err != nil {
			return err
		}
	}
	return nil
}

// item is one affected due on its way through an approval.
type item struct {
	affected
	finding Finding
	report  *Report
}

// adjust enters the difference in the city's books and lets the vehicle's open dues bear it.
func adjust(tx *scope.Tx, book tariffs.Book, run Run, i item) error {
	entry, err := adjustment(run.ID, i.affected, i.finding)
	if err != nil {
		return err
	}
	if err := ledger.Post(tx, entry); err != nil {
		return err
	}
	if err := tx.NameVehicle(i.vehicleID); err != nil {
		return fmt.Errorf("name vehicle: %w", err)
	}
	if err := vehicles.HoldVehicle(tx); err != nil {
		return err
	}
	gone, err := goneBack(tx, i.Key)
	if err == nil && gone {
		err = errOutdated
	}
	if err != nil {
		return err
	}
	able, err := openNow(tx, book, i.MunicipalityID)
	if err != nil {
		return err
	}
	return i.bear(tx, run, able)
}

// openNow is what of the named vehicle's dues can bear a part of a difference. Facts that contradict each other leave none: the difference waits in the books.
func openNow(tx *scope.Tx, book tariffs.Book, city int) ([]open, error) {
	assessed, err := inquiries.Assess(tx, book)
	if fault.Of(err) != nil {
		return nil, nil
	}
	return openDues(assessed.Dues, city, book), err
}

// bear writes the decisions by which the open dues bear the difference.
func (i item) bear(tx *scope.Tx, run Run, able []open) error {
	was, right, err := i.finding.Sums()
	if err != nil {
		return err
	}
	kind, placed, total := dues.GiveCredit, placeCredit(was-right, able), &i.report.PlacedCredit
	if was < right {
		next, err := nextYear(tx, i.MunicipalityID)
		if err != nil {
			return err
		}
		kind, placed, total = dues.AddExtra, placeExtra(right-was, able, next), &i.report.PlacedExtra
	}
	for _, p := range placed {
		if *total, err = total.Add(p.Amount); err != nil {
			return err
		}
		err := decisions.Record(tx, tx.VehicleID, dues.Decision{ID: tx.NewID().String(), Kind: kind, MunicipalityID: i.MunicipalityID, FromYear: p.FiscalYear, ThroughYear: p.FiscalYear,
			Amount: p.Amount, Reason: decided(i.standing.Due.FiscalYear, run.Reason), Actor: tx.Actor.ID.String(), ValidFrom: calendar.DateOf(tx.Now), Correction: run.ID.String()})
		if err != nil {
			return err
		}
	}
	return nil
}

// errReport says that the books did not move by what was entered.
var errReport = errors.New("corrections: the trial balances differ by another amount than the run's")

// balance takes both trial balances and holds their difference against the run.
func balance(tx *scope.Tx, run Run, report *Report) (err error) {
	report.Before, report.After, err = ledger.TrialBalanceAround(tx, run.MunicipalityID, ledger.Source{Kind: sourceKind, ID: run.ID})
	if err != nil {
		return err
	}
	moved := func(account ledger.Account) money.Rial { return report.After.Of(account) - report.Before.Of(account) }
	if moved(ledger.Payable(ledger.Correction)) != -report.Credit || moved(ledger.Receivable(ledger.Correction)) != report.Extra {
		return errReport
	}
	return nil
}
