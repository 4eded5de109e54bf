package payments

import (
	"context"
	"math"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/deposits"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// Prepaid is the provider of payments from the office's own deposit. Nobody has to be asked about them.
const Prepaid = "deposit"

// What topping up refuses with.
var (
	errTopUp = fault.Define(fault.Invalid, "topup_amount", "مبلغ شارژ سپرده باید دست‌کم ۱۰٬۰۰۰ ریال باشد.", "A top-up is of 10,000 rial at least.")
)

const leastTopUp money.Rial = 10_000

// startDeposit pays the open bills of an order from the office's deposit: taken from it, captured and receipted in one transaction, or nothing of it.
// Errors: those of Start; deposits.ErrShort.
func (s *Service) startDeposit(ctx context.Context, r Request) (Payment, error) {
	var p Payment
	err := s.tx.InTx(ctx, scope.Office(r.OfficeID), func(tx *scope.Tx) (err error) {
		p, err = scope.Once(tx, r.Key, func() (Payment, error) {
			attempt, err := s.attempt(tx, r, route{provider: Prepaid, terminal: r.OfficeID.String(), most: math.MaxInt32})
			if err != nil {
				return attempt, err
			}
			return s.takeDeposit(tx, attempt)
		})
		return err
	})
	return p, err
}

// takeDeposit captures an attempt of the same transaction in the platform's scope and takes its money last, so that one office's captures wait for each other only at
// their ends; then the transaction is the office's again.
func (s *Service) takeDeposit(tx *scope.Tx, p Payment) (Payment, error) {
	own := tx.Scope
	demanded, settled, err := bills.SettleAtOnce(tx, p.OrderID, p.BillIDs(), tx.Entering(scope.Platform()))
	if err != nil {
		return p, err
	}
	if !settled {
		return p, bills.ErrNotOpen // the order is locked and was open: its claims were lost meanwhile, and the deposit stays untouched
	}
	if p, err = receipted(tx, p, word{by: ByOffice}, earned(p, demanded)); err != nil {
		return p, err
	}
	beside := deposits.Beside{Before: []scope.Statement{audit.Statement(tx, capturedRecord(p))}, After: []scope.Statement{tx.Entering(own)}}
	move, err := beside.Apply(tx, p.OfficeID, deposits.Capture, -p.Amount, deposits.Source{Kind: deposits.ByPayment, ID: p.ID})
	p.DepositLow = move.Low
	return p, err
}

// drawn is, in the platform's books, what a deposit pays: to each city, and the fee, which is entered as owed by the deposit.
func drawn(p Payment) ledger.Entry {
	e := ledger.Entry{MunicipalityID: ledger.Platform, Kind: "deposit", SourceKind: "payment", SourceID: p.ID, OfficeID: p.OfficeID,
		Postings: []ledger.Posting{{Account: ledger.Deposit(p.OfficeID), Amount: p.Amount}}}
	for _, part := range p.bills() {
		e.Postings = append(e.Postings, ledger.Posting{Account: ledger.CityPayable(part.MunicipalityID), Amount: -part.Amount})
	}
	if p.Fee != nil {
		e.Postings = append(e.Postings, ledger.Posting{Account: ledger.Receivable(Prepaid), Amount: -p.Fee.Amount})
	}
	return e
}

// TopUp asks for one attempt to add to the office's deposit by card.
type TopUp struct {
	OfficeID uuid.UUID
	Amount   money.Rial
	Key      scope.Key
}

// StartTopUp is Start for the office's own deposit. Errors: topup_amount (amount_rial).
func (s *Service) StartTopUp(ctx context.Context, t TopUp) (Payment, error) {
	if t.Amount < leastTopUp {
		return Payment{}, errTopUp.On("amount_rial")
	}
	r := Request{OfficeID: t.OfficeID, Method: ByGateway, Key: t.Key}
	return s.open(ctx, r, func(tx *scope.Tx) (Payment, gateway.Gateway, error) {
		provider, _, err := s.providers.Choose(tx, uuid.Nil)
		if err != nil {
			return Payment{}, nil, err
		}
		p := begin(tx, r, routeOf(provider, nil))
		p.Amount = t.Amount
		if err := insert(tx, p); err != nil {
			return p, nil, err
		}
		return p, provider, audit.Write(tx, audit.Record{Action: "payment.attempted", TargetKind: "payment", TargetID: p.ID.String(),
			Details: map[string]any{"topup": true, "amount_rial": p.Amount, "provider": p.Provider}})
	})
}

// TopUpQuery narrows the list of an office's top-ups. Zero fields narrow nothing.
type TopUpQuery struct {
	Undecided bool      // those alone whose money is not certain, as Undecided lists the states
	Before    uuid.UUID // older than this one: the next page
	Limit     int       // 1–200; 0: 200
}

// TopUps lists what the office has begun to add to its deposit, the newest first, as it is stored: no provider is asked about it.
func (s *Service) TopUps(ctx context.Context, office uuid.UUID, q TopUpQuery) (list []Payment, err error) {
	if q.Limit <= 0 || q.Limit > mostListed {
		q.Limit = mostListed
	}
	err = s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		list, err = topUps(tx, office, q)
		return err
	})
	return list, err
}

// credit adds a confirmed top-up to the office's deposit.
func (s *Service) credit(tx *scope.Tx, p Payment, on word) (Payment, error) {
	if _, err := deposits.Apply(tx, p.OfficeID, deposits.TopUp, p.Amount, deposits.Source{Kind: deposits.ByPayment, ID: p.ID}); err != nil {
		return p, err
	}
	return s.captured(tx, p, on, []ledger.Entry{{MunicipalityID: ledger.Platform, Kind: "topup", SourceKind: "payment", SourceID: p.ID, OfficeID: p.OfficeID,
		Postings: []ledger.Posting{{Account: ledger.Receivable(p.Provider), Amount: p.Amount}, {Account: ledger.Deposit(p.OfficeID), Amount: -p.Amount}}}})
}
