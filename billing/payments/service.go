package payments

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"

	"mofasa/billing/bills"
	"mofasa/billing/payments/gateway"
	"mofasa/billing/shifts"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Service starts payments and brings them to their end.
type Service struct {
	tx        *scope.Runner
	providers Providers
	callback  string // absolute URL that the payer's browser returns to; the provider's name is put behind it
	log       *slog.Logger
	supersede Superseder
	looks     *singleflight.Group // one question for all who look at a payment at once
	signer    Signer              // of orders to card terminals
}

// Providers are the online gateways that money comes over: the platform's own, and those of cities.
type Providers interface {
	// Choose picks over whose terminal the next open bills of an order are paid. Cities are those whose bills may stand in that payment; nil: all of them.
	Choose(tx *scope.Tx, order uuid.UUID) (to gateway.Gateway, cities []int, err error)
	// Of is the terminal that a stored payment was sent to.
	Of(ctx context.Context, provider, terminal string) (gateway.Gateway, error)
}

// NewService binds the service to its transactions and the providers.
func NewService(tx *scope.Runner, providers Providers, callback string, log *slog.Logger) *Service {
	return &Service{tx: tx, providers: providers, callback: callback, log: log, looks: &singleflight.Group{}}
}

// Request asks for one attempt to pay the next unpaid bills of an order.
type Request struct {
	OfficeID uuid.UUID
	OrderID  uuid.UUID
	Method   Method
	DeviceID uuid.UUID // the card terminal's agent, for ByTerminal
	Key      scope.Key
}

// route is where an attempt is sent.
type route struct {
	provider, terminal string
	most               int           // rows of one split
	cities             []int         // nil: any
	reference          string        // our own number of the attempt; empty: made of its id
	lifetime           time.Duration // how long the payer has; 0: Lifetime
}

// Start stores an attempt, opens a session at the provider outside any transaction, and stores what came of it. It happens once per
// Idempotency-Key; a repetition after a crash in between finds the attempt that is there.
// Errors: bills.ErrOrderUnknown, ErrNotOpen, ErrInFlight, ErrPaused, ErrNotYet, ErrClosed, ErrNoAgreement, ErrMethodNotAgreed, ErrNoAccount;
// ErrNothingToPay, ErrInSuspense, ErrSplitLimit.
func (s *Service) Start(ctx context.Context, r Request) (Payment, error) {
	switch r.Method {
	case ByGateway:
		return s.startGateway(ctx, r)
	case ByDeposit:
		return s.startDeposit(ctx, r)
	case ByTerminal:
		return s.startTerminal(ctx, r)
	default:
		return Payment{}, ErrMethod.On("method")
	}
}

func (s *Service) startGateway(ctx context.Context, r Request) (Payment, error) {
	return s.open(ctx, r, func(tx *scope.Tx) (Payment, gateway.Gateway, error) {
		if _, err := payable(tx, r.OrderID); err != nil { // held, so that what is chosen for is what is paid
			return Payment{}, nil, err
		}
		provider, cities, err := s.providers.Choose(tx, r.OrderID)
		if err != nil {
			return Payment{}, nil, err
		}
		p, err := s.attempt(tx, r, routeOf(provider, cities))
		return p, provider, err
	})
}

func routeOf(g gateway.Gateway, cities []int) route {
	return route{provider: g.Provider(), terminal: g.Terminal(), most: g.Limits().MaxSplits, cities: cities}
}

// open stores the attempt that make writes, once, and then opens a session for it at its provider.
func (s *Service) open(ctx context.Context, r Request, make func(*scope.Tx) (Payment, gateway.Gateway, error)) (Payment, error) {
	var attempt Payment
	var provider gateway.Gateway
	fresh := false
	err := s.tx.InTx(ctx, scope.Office(r.OfficeID), func(tx *scope.Tx) (err error) {
		fresh = false
		attempt, err = scope.Once(tx, r.Key, func() (p Payment, err error) {
			fresh = true
			p, provider, err = make(tx)
			return p, err
		})
		return err
	})
	if err != nil {
		return attempt, err
	}
	if !fresh {
		return s.repeated(ctx, r, attempt)
	}
	session, startErr := provider.Start(ctx, attempt.startRequest(s.callback+attempt.Provider))
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
func (s *Service) attempt(tx *scope.Tx, r Request, to route) (Payment, error) {
	var charged Fee
	var shift shifts.Held
	order, open, err := bills.Payable(tx, r.OrderID, string(r.Method), charging(r.OrderID, &charged), shifts.Holding(tx, r.OfficeID, &shift))
	if err != nil {
		return Payment{}, err
	}
	if err := mayBePaid(tx, order); err != nil {
		return Payment{}, err
	}
	if err := bills.Collectable(open); err != nil {
		return Payment{}, err
	}
	p := begin(tx, r, to)
	if p.ShiftID, err = shift.Shift(); err != nil {
		return Payment{}, err
	}
	if p.Fee = charged.taken(); p.Fee != nil {
		to.most--
	}
	if p.Parts, err = nextParts(open, to); err != nil {
		return Payment{}, err
	}
	if p.Amount, err = p.total(); err != nil {
		return Payment{}, err
	}
	beside := []scope.Statement{audit.Statement(tx, audit.Record{Action: "payment.attempted", TargetKind: "payment", TargetID: p.ID.String(),
		Details: map[string]any{"order": p.OrderID, "amount_rial": p.Amount, "provider": p.Provider}})}
	held := r.Method == ByDeposit // which settles at once
	if !held {
		beside = append(beside, bills.Holding(r.OrderID, p.municipalities(), tx.Now.Add(Closed), &held))
	}
	err = insert(tx, p, beside...)
	if err == nil && !held {
		err = bills.ErrNotOpen
	}
	return p, err
}

// payable holds an order that has something to pay. Errors: bills.ErrOrderUnknown, ErrNotOpen; ErrNothingToPay.
func payable(tx *scope.Tx, id uuid.UUID) (bills.Head, error) {
	order, err := bills.Lock(tx, id)
	if err != nil {
		return bills.Head{}, err
	}
	return order, mayBePaid(tx, order)
}

// mayBePaid refuses an order that has nothing to pay, or that has lapsed.
func mayBePaid(tx *scope.Tx, order bills.Head) error {
	if open := order.State == bills.Open || order.State == bills.PartPaid; !open || tx.Now.After(order.ValidUntil) {
		return closedOrder(order.State)
	}
	return nil
}

// begin is a new attempt, without what it pays.
func begin(tx *scope.Tx, r Request, to route) Payment {
	p := Payment{ID: tx.NewID(), OfficeID: r.OfficeID, OrderID: r.OrderID, DeviceID: r.DeviceID, Method: r.Method, Provider: to.provider, Terminal: to.terminal,
		State: Created, CreatedAt: tx.Now, ExpiresAt: tx.Now.Add(cmp.Or(to.lifetime, Lifetime))}
	if tx.Actor.Kind == scope.ActorPerson {
		p.PersonID = tx.Actor.ID
	}
	p.MerchantRef = cmp.Or(to.reference, strings.ReplaceAll(p.ID.String(), "-", ""))
	return p
}

// lockOrder holds the order of a payment, where it has one.
func lockOrder(tx *scope.Tx, p Payment) error {
	if p.TopsUp() {
		return nil
	}
	_, err := bills.Lock(tx, p.OrderID)
	return err
}

func closedOrder(state bills.OrderState) error {
	if state == bills.Paid {
		return ErrNothingToPay
	}
	return bills.ErrNotOpen
}

// started stores the provider's answer to the opening. If the resolver has given the attempt up meanwhile, that stands, and nobody is sent to pay.
func (s *Service) started(ctx context.Context, r Request, p Payment, session gateway.Session, v verdict) (Payment, error) {
	p.Token, p.RedirectURL, p.Reason = session.Token, session.RedirectURL, v.reason
	if session.PostForm != "" {
		p.RedirectURL, p.PageForm = s.page(p), session.RedirectURL+"?"+session.PostForm
	}
	err := s.tx.InTx(ctx, scope.Office(r.OfficeID), func(tx *scope.Tx) error {
		if err := lockOrder(tx, p); err != nil {
			return err
		}
		stored, err := storeStart(tx, &p, v.state)
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
	if !p.TopsUp() {
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
	}
	return audit.Write(tx, audit.Record{Action: "payment.failed", TargetKind: "payment", TargetID: p.ID.String(), Details: map[string]any{"reason": p.Reason}})
}

// page is where the payer's browser finds the form of a provider that wants one: beside the callbacks, on the domain that the provider knows.
func (s *Service) page(p Payment) string {
	return strings.TrimSuffix(s.callback, "callbacks/") + "payments/" + p.ID.String() + "/page"
}

// OfOrder lists the attempts to pay one of the office's orders, oldest first; the provider is asked about an unfinished one, as Look does.
func (s *Service) OfOrder(ctx context.Context, office, order uuid.UUID) ([]Payment, error) {
	var list []Payment
	err := s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		list, err = OfOrder(tx, order)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.lookAtAll(ctx, list), nil
}
