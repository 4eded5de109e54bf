package payments

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/scope"
)

// target is the bill that a bank's money is for.
type target struct {
	MunicipalityID int
	BillID         uuid.UUID
	OrderID        uuid.UUID
	Amount         money.Rial
	State          string
	ByBank         bool // a paid one: that a bank collected it
	IBAN           string
}

// collect matches lines that arrive together, and stores what became of each. Orders are locked in one order before anything else, so that two files at once do not
// wait for each other.
func (s *Service) collect(tx *scope.Tx, lines []BankLine) error {
	if err := lockOrdersOf(tx, lines); err != nil {
		return err
	}
	known, err := toldBefore(tx, lines)
	if err != nil {
		return err
	}
	for i := range lines {
		l := &lines[i]
		l.ID, l.At = tx.NewID(), tx.Now
		if l.Problem == "" {
			l.Occurrence = known.occurrence(*l)
			l.Repeats = known.first(*l)
		}
		if err := s.match(tx, l); err != nil {
			return fmt.Errorf("line %d: %w", l.Line, err)
		}
		known.add(*l)
	}
	return insertLines(tx, lines)
}

// match finds what a line pays and captures it, or parks its money.
func (s *Service) match(tx *scope.Tx, l *BankLine) error {
	if l.Problem != "" {
		l.Outcome, l.Reason = BankMalformed, l.Problem
		return park(tx, *l, uuid.Nil)
	}
	if l.Repeats != uuid.Nil {
		l.Outcome, l.Reason = BankRepeated, "told_before"
		return nil
	}
	l.Outcome = BankSuspended
	pair, reason := l.pair()
	if reason != "" {
		l.Reason = reason
		return park(tx, *l, uuid.Nil)
	}
	found, err := findTarget(tx, pair)
	if err != nil {
		return err
	}
	if found == nil {
		return s.parkUnknown(tx, l)
	}
	p, reason, err := s.capturePaper(tx, *l, *found)
	if err != nil {
		return err
	}
	if reason != "" {
		l.Reason = reason
		return park(tx, *l, p.OfficeID)
	}
	l.Outcome, l.PaymentID = BankCaptured, p.ID
	return nil
}

// parkUnknown parks money for numbers that are no bill's: of a bill that asks another amount, or of none.
func (s *Service) parkUnknown(tx *scope.Tx, l *BankLine) error {
	office, issued, err := issuer(tx, l.Bill)
	if err != nil {
		return err
	}
	l.Reason = UnknownBill
	if issued {
		l.Reason = WrongAmount
	}
	return park(tx, *l, office)
}

func park(tx *scope.Tx, l BankLine, office uuid.UUID) error {
	_, err := Park(tx, Parked{Source: OfBankLine, ID: l.ID, OfficeID: office, Provider: BankProvider(l.Bank), Reason: l.Reason, Amount: l.Amount, Said: l.said(), Bill: l.Bill})
	return err
}

// capturePaper captures a bank's money for a bill: its order's claims are held or taken again, the payment is stored with the bank's number, and what every capture brings
// follows. A reason instead means that the bill cannot be paid by it, and nothing was changed. The bank has the money already, so an attempt that is under way for the same
// bill does not hinder it: first certain money wins (I2).
func (s *Service) capturePaper(tx *scope.Tx, l BankLine, to target) (Payment, string, error) {
	order, err := bills.Lock(tx, to.OrderID)
	if err != nil {
		return Payment{}, "", err
	}
	p := Payment{OfficeID: order.OfficeID}
	if err := tx.DB.Raw(`SELECT state FROM bills WHERE municipality_id = ? AND id = ?`, to.MunicipalityID, to.BillID).Row().Scan(&to.State); err != nil {
		return p, "", fmt.Errorf("read bill: %w", err)
	}
	if reason := to.refusal(); reason != "" {
		return p, reason, nil
	}
	taken, err := retake(tx, order, []Part{{MunicipalityID: to.MunicipalityID, BillID: to.BillID}})
	if err != nil || !taken {
		return p, DueHeld, err
	}
	p = l.payment(tx, order, to)
	if err := insert(tx, p); err != nil {
		return p, "", err
	}
	p.Reference, p.RRN = l.reference(), l.Trace
	p, err = s.capture(tx, p, word{ByProvider, l.said()}, gateway.Answer{})
	if err == nil && p.State != Captured {
		err = errNotCaptured
	}
	return p, "", err
}

// errNotCaptured is a defect: the claims are held, so the bill can be settled.
var errNotCaptured = errors.New("payments: held claims were not settled")

func (t target) refusal() string {
	switch {
	case t.State == "paid" && t.ByBank:
		return PaidTwice
	case t.State == "paid":
		return PaidElsewhere
	case t.State == "refunded":
		return BillRefunded
	case t.IBAN == "":
		return NoAccount
	}
	return ""
}

// payment is the attempt that a bank's collection amounts to: stored, captured and receipted at once.
func (l BankLine) payment(tx *scope.Tx, order bills.Head, to target) Payment {
	p := begin(tx, Request{OfficeID: order.OfficeID, OrderID: order.ID, Method: ByBank}, route{provider: BankProvider(l.Bank), terminal: l.Channel})
	p.PersonID = uuid.Nil // whoever reads the file took no money
	p.Amount, p.Parts = to.Amount, []Part{{MunicipalityID: to.MunicipalityID, BillID: to.BillID, IBAN: to.IBAN, Amount: to.Amount}}
	return p
}

// retake holds the claims of an order's bills for money that has come; false: one of them is somebody else's, and nothing was changed.
func retake(tx *scope.Tx, order bills.Head, parts []Part) (bool, error) {
	if err := tx.DB.SavePoint("retaking").Error; err != nil {
		return false, fmt.Errorf("savepoint: %w", err)
	}
	for _, part := range parts {
		taken, err := bills.Retake(tx, order, part.MunicipalityID, part.BillID)
		if err != nil {
			return false, err
		}
		if taken {
			continue
		}
		if err := tx.DB.RollbackTo("retaking").Error; err != nil {
			return false, fmt.Errorf("roll back to savepoint: %w", err)
		}
		return false, nil
	}
	return true, nil
}

// told are the lines that are stored already, by what identifies a collection.
type told map[string][]BankLine

// occurrence is which time the same numbers come in the line's own file.
func (t told) occurrence(l BankLine) int {
	n := 1
	for _, other := range t[l.identity()] {
		if other.FileID == l.FileID && l.FileID != uuid.Nil {
			n++
		}
	}
	return n
}

// first is the line that told of the same money before: the same numbers, as many times, from elsewhere. The header's total of one file counts every line, so that the
// same numbers twice in one file are money twice.
func (t told) first(l BankLine) uuid.UUID {
	for _, other := range t[l.identity()] {
		if other.Outcome != BankRepeated && other.Occurrence == l.Occurrence {
			return other.ID
		}
	}
	return uuid.Nil
}

func (t told) add(l BankLine) {
	if l.Problem == "" {
		t[l.identity()] = append(t[l.identity()], l)
	}
}
