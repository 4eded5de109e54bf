// Package deposits keeps what offices have paid in advance: numbered movements, each with what is available after it. It can never fall below zero, and what is on
// its way out is taken off before it goes.
package deposits

import (
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// ErrShort says that an office's deposit does not cover what is to be taken from it.
var ErrShort = fault.Define(fault.Conflict, "deposit_short",
	"موجودی آزاد سپردهٔ دفتر کافی نیست؛ سپرده را شارژ کنید یا راه دیگری برگزینید.",
	"What is available of the office's deposit is not enough; top it up or choose another way.")

// Kind is what moved a deposit.
type Kind string

// The kinds. Top-ups, releases and refunds add to what is available; the others take from it.
const (
	TopUp    Kind = "topup"      // money came in
	Hold     Kind = "hold"       // set aside for something that is not certain yet
	Release  Kind = "release"    // what was set aside and not needed
	Capture  Kind = "capture"    // paid an order's bills
	Refund   Kind = "refund"     // a captured payment was given back
	Withdraw Kind = "withdrawal" // what was held went back to the office
)

// The sources of movements.
const (
	ByPayment    = "payment" // of an order, or of a top-up by card
	ByTransfer   = "topup"   // a declared transfer that has arrived
	ByWithdrawal = "withdrawal"
)

// Source is what caused a movement. It moves a deposit once by each kind.
type Source struct {
	Kind string // "payment", "topup", "refund", "withdrawal"
	ID   uuid.UUID
}

// Standing is where an office's deposit stands.
type Standing struct {
	OfficeID  uuid.UUID
	Licence   string
	NameFA    string
	Available money.Rial // what can be taken now
	Held      money.Rial // set aside, in flight
	WarnBelow money.Rial // the office is warned while less than this is available
	LowSince  time.Time  // the movement that took it there; zero: it is not low, or was not taken there by a movement
}

// Low tells whether the office should top up.
func (s Standing) Low() bool { return s.Available < s.WarnBelow }

// Move is one line of an office's statement.
type Move struct {
	Number    int64
	Kind      Kind
	Amount    money.Rial // positive: in; negative: out
	Available money.Rial // after it
	Held      money.Rial // after it
	Source    Source
	At        time.Time
	ActorID   uuid.UUID
	Low       bool      // it left less than the office wants to be warned of; of Apply alone
	OrderID   uuid.UUID // of a payment, in a statement; Nil: a top-up
	Receipt   int64     // of a payment, in a statement; 0: none
	Reference string    // the bank's, in a statement
}

// next is a deposit's line after a movement of some kind. A withdrawal takes from what is held; everything else from, or to, what is available.
func (m Move) next(kind Kind, amount money.Rial) (Move, error) {
	n := Move{Number: m.Number + 1, Kind: kind, Amount: amount, Available: m.Available, Held: m.Held}
	var err error
	if kind != Withdraw {
		if n.Available, err = m.Available.Add(amount); err != nil {
			return n, err
		}
	}
	if kind == Hold || kind == Release {
		if n.Held, err = m.Held.Sub(amount); err != nil {
			return n, err
		}
	}
	if kind == Withdraw {
		if n.Held, err = m.Held.Add(amount); err != nil {
			return n, err
		}
	}
	if n.Available < 0 || n.Held < 0 {
		return n, ErrShort
	}
	return n, nil
}
