package payments

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/payments/gateway"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Service starts payments and brings them to their end.
type Service struct {
	tx       *scope.Runner
	gateway  gateway.Gateway
	callback string // absolute URL that the payer's browser returns to
	log      *slog.Logger
}

// NewService binds the service to its transactions and one provider.
func NewService(tx *scope.Runner, provider gateway.Gateway, callback string, log *slog.Logger) *Service {
	return &Service{tx: tx, gateway: provider, callback: callback, log: log}
}

// byGateway is the one method of payment that there is so far, as agreements name it.
const byGateway = "gateway"

// Request asks for one attempt to pay the next unpaid bills of an order.
type Request struct {
	OfficeID uuid.UUID
	OrderID  uuid.UUID
	Key      scope.Key
}

// Start stores an attempt, opens a session at the provider outside any transaction, and stores what came of it. It happens once per
// Idempotency-Key; a repetition after a crash in between finds the attempt that is there.
// Errors: bills.ErrOrderUnknown, ErrNotOpen, ErrInFlight, ErrPaused, ErrNotYet, ErrClosed, ErrNoAgreement, ErrMethodNotAgreed, ErrNoAccount;
// ErrNothingToPay, ErrInSuspense, ErrSplitLimit.
func (s *Service) Start(ctx context.Context, r Request) (Payment, error) {
	var attempt Payment
	fresh := false
	err := s.tx.InTx(ctx, scope.Office(r.OfficeID), func(tx *scope.Tx) (err error) {
		fresh = false
		attempt, err = scope.Once(tx, r.Key, func() (Payment, error) {
			fresh = true
			return s.attempt(tx, r)
		})
		return err
	})
	if err != nil {
		return attempt, err
	}
	if !fresh {
		return s.repeated(ctx, r, attempt)
	}
	session, startErr := s.gateway.Start(ctx, attempt.startRequest(s.callback))
	if startErr != nil {
		s.log.WarnContext(ctx, "gateway start", "payment", attempt.ID, "error", startErr)
	}
	// The caller may have gone; what the provider said must be stored all the same.
	detached, cancel := detach(ctx)
	defer cancel()
	return s.started(detached, r, attempt, session, judgeStart(startErr))
}

// repeated answers a repetition. An attempt that was stored as merely created is read again: its twin is still asking the provider, or stopped while it did.
func (s *Service) repeated(ctx context.Context, r Request, p Payment) (Payment, error) {
	if p.State != Created {
		return p, nil
	}
	err := s.tx.InTx(ctx, scope.Office(r.OfficeID), func(tx *scope.Tx) (err error) {
		p, err = load(tx, p.ID, false)
		return err
	})
	return p, err
}

// attempt writes the payment row, its split and its held claims, before anything leaves the process.
func (s *Service) attempt(tx *scope.Tx, r Request) (Payment, error) {
	order, err := bills.Lock(tx, r.OrderID)
	if err != nil {
		return Payment{}, err
	}
	if open := order.State == bills.Open || order.State == bills.PartPaid; !open || tx.Now.After(order.ValidUntil) {
		return Payment{}, closedOrder(order.State)
	}
	if err := tx.NameVehicle(order.VehicleID); err != nil {
		return Payment{}, fmt.Errorf("name vehicle: %w", err)
	}
	if err := bills.Collecting(tx, r.OrderID); err != nil {
		return Payment{}, err
	}
	if err := bills.AgreedMethod(tx, r.OrderID, byGateway); err != nil {
		return Payment{}, err
	}
	parts, charged, err := nextParts(tx, r.OrderID, s.gateway.MaxSplits())
	if err != nil {
		return Payment{}, err
	}
	p := Payment{ID: tx.NewID(), OfficeID: r.OfficeID, OrderID: r.OrderID, Method: byGateway, Provider: s.gateway.Provider(), Terminal: s.gateway.Terminal(),
		State: Created, Parts: parts, Fee: charged, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(Lifetime)}
	p.MerchantRef = strings.ReplaceAll(p.ID.String(), "-", "")
	if p.Amount, err = p.total(); err != nil {
		return Payment{}, err
	}
	if err := insert(tx, p); err != nil {
		return Payment{}, err
	}
	if err := bills.BeginPaying(tx, r.OrderID, p.municipalities(), tx.Now.Add(Closed)); err != nil {
		return Payment{}, err
	}
	return p, audit.Write(tx, audit.Record{Action: "payment.attempted", TargetKind: "payment", TargetID: p.ID.String(),
		Details: map[string]any{"order": p.OrderID, "amount_rial": p.Amount, "provider": p.Provider}})
}

func closedOrder(state bills.OrderState) error {
	if state == bills.Paid {
		return ErrNothingToPay
	}
	return bills.ErrNotOpen
}

// started stores the provider's answer to the opening. If the resolver has given the attempt up meanwhile, that stands, and nobody is sent to pay.
func (s *Service) started(ctx context.Context, r Request, p Payment, session gateway.Session, v verdict) (Payment, error) {
	p.Token, p.RedirectURL = session.Token, session.RedirectURL
	p.State, p.Reason = v.state, v.reason
	err := s.tx.InTx(ctx, scope.Office(r.OfficeID), func(tx *scope.Tx) error {
		if _, err := bills.Lock(tx, p.OrderID); err != nil {
			return err
		}
		stored, err := storeStart(tx, p)
		if err != nil {
			return err
		}
		if !stored {
			if p, err = load(tx, p.ID, false); err != nil {
				return err
			}
		} else if p.State == Failed {
			if err := s.giveBack(tx, p); err != nil {
				return err
			}
		}
		return scope.Remember(tx, r.Key, p)
	})
	return p, err
}

// giveBack returns the claims of a failed payment to its order and records the failure.
func (s *Service) giveBack(tx *scope.Tx, p Payment) error {
	order, err := bills.Lock(tx, p.OrderID)
	if err != nil {
		return err
	}
	if err := tx.NameVehicle(order.VehicleID); err != nil {
		return fmt.Errorf("name vehicle: %w", err)
	}
	if err := bills.EndPaying(tx, p.OrderID, p.municipalities()); err != nil {
		return err
	}
	return audit.Write(tx, audit.Record{Action: "payment.failed", TargetKind: "payment", TargetID: p.ID.String(), Details: map[string]any{"reason": p.Reason}})
}

// OfOrder lists the attempts to pay one of the office's orders, oldest first.
func (s *Service) OfOrder(ctx context.Context, office, order uuid.UUID) ([]Payment, error) {
	var list []Payment
	err := s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		list, err = OfOrder(tx, order)
		return err
	})
	return list, err
}
