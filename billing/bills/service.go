package bills

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/inquiries"
	"mofasa/billing/tariffs"
	"mofasa/tenants/audit"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// Service takes orders.
type Service struct {
	tx        *scope.Runner
	tariffs   *tariffs.Catalogue
	inquiries *inquiries.Service
}

// NewService binds the service to its transactions, the published tariffs and the inquiries that orders start from.
func NewService(tx *scope.Runner, catalogue *tariffs.Catalogue, asked *inquiries.Service) *Service {
	return &Service{tx: tx, tariffs: catalogue, inquiries: asked}
}

// Request is what the payer wants to settle.
type Request struct {
	OfficeID  uuid.UUID
	InquiryID uuid.UUID
	Dues      []Selection
	Key       scope.Key
}

// ChangedError carries the new inquiry that an order with outdated amounts needs. It matches ErrAmountsChanged.
type ChangedError struct{ Inquiry inquiries.Inquiry }

// Error says what changed in one word.
func (e *ChangedError) Error() string { return ErrAmountsChanged.Code }

// Unwrap makes it an ErrAmountsChanged.
func (e *ChangedError) Unwrap() error { return ErrAmountsChanged }

// CreateOrder claims the selected dues and issues one bill per municipality, in one transaction. It happens once per Idempotency-Key.
// Errors: inquiries.ErrUnknown, the faults of this package; a *ChangedError where an amount is no longer what the operator was shown.
func (s *Service) CreateOrder(ctx context.Context, r Request) (Order, error) {
	book, err := s.tariffs.Book(ctx)
	if err != nil {
		return Order{}, err
	}
	var order Order
	var asked inquiries.Record
	err = s.tx.InTx(ctx, scope.Office(r.OfficeID), func(tx *scope.Tx) error {
		order, err = scope.Once(tx, r.Key, func() (Order, error) {
			if asked, err = inquiries.Find(tx, r.InquiryID); err != nil {
				return Order{}, err
			}
			return place(tx, book, asked, r)
		})
		return err
	})
	if errors.Is(err, ErrAmountsChanged) {
		fresh, again := s.inquiries.InquireAgain(ctx, r.OfficeID, asked)
		if again != nil {
			return Order{}, again
		}
		return Order{}, &ChangedError{Inquiry: fresh}
	}
	return order, err
}

// place assesses the vehicle anew, claims what was selected, and numbers the bills.
func place(tx *scope.Tx, book tariffs.Book, asked inquiries.Record, r Request) (Order, error) {
	if err := vehicles.HoldMoney(tx, asked.VehicleID); err != nil {
		return Order{}, err
	}
	if err := holdCities(tx, r.Dues); err != nil {
		return Order{}, err
	}
	assessment, err := inquiries.Assess(tx, book)
	if err != nil {
		return Order{}, err
	}
	chosen, err := choose(assessment, asked, r.Dues)
	if err != nil {
		return Order{}, err
	}
	if err := collectable(chosen, assessment.Municipalities); err != nil {
		return Order{}, err
	}
	if err := withinTerms(tx, chosen, assessment.Municipalities); err != nil {
		return Order{}, err
	}
	drafted, total, err := draft(chosen, assessment.Municipalities, tx.NewID)
	if err != nil {
		return Order{}, err
	}
	share, err := officeShare(assessment.Fee, drafted)
	if err != nil {
		return Order{}, err
	}
	order := Order{ID: tx.NewID(), OfficeID: r.OfficeID, InquiryID: asked.ID, State: Open, Vehicle: assessment.Vehicle, Bills: drafted, Total: total, Fee: assessment.Fee, FeeShare: share,
		CreatedAt: tx.Now, ValidUntil: tx.Now.Add(validity(chosen, assessment.Municipalities))}
	return order, record(tx, &order)
}

// holdCities keeps the cities of a selection from being closed before the order stands.
func holdCities(tx *scope.Tx, selected []Selection) error {
	codes := make([]int, len(selected))
	for i, s := range selected {
		codes[i] = s.MunicipalityID
	}
	return municipalities.Hold(tx, codes)
}

// record writes the order, its claims (which may lose a race), numbers and bills, and the audit row.
func record(tx *scope.Tx, order *Order) error {
	if err := insertOrder(tx, *order); err != nil {
		return err
	}
	if err := claim(tx, *order); err != nil {
		return err
	}
	if err := number(tx, order.Bills); err != nil {
		return err
	}
	if err := insertBills(tx, *order); err != nil {
		return err
	}
	return audit.Write(tx, audit.Record{Action: "order.created", TargetKind: "order", TargetID: order.ID.String(),
		Details: map[string]any{"vehicle": order.Vehicle.ID, "bills": len(order.Bills), "total_rial": order.Total}})
}

// Order reads one of the office's orders. An open order whose claims have lapsed is shown as expired. Errors: ErrOrderUnknown.
func (s *Service) Order(ctx context.Context, office, id uuid.UUID) (Order, error) {
	var order Order
	err := s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		order, err = Load(tx, id)
		return err
	})
	return order, err
}

// CancelOrder gives at once back what an order claims and has not paid. An order that is paid in part stays so. Errors: ErrOrderUnknown, ErrNotOpen, ErrInFlight.
func (s *Service) CancelOrder(ctx context.Context, office, id uuid.UUID, key scope.Key) (Order, error) {
	var order Order
	err := s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		order, err = scope.Once(tx, key, func() (Order, error) { return cancel(tx, id) })
		return err
	})
	return order, err
}

func cancel(tx *scope.Tx, id uuid.UUID) (Order, error) {
	head, err := Lock(tx, id)
	if err != nil {
		return Order{}, err
	}
	if head.State != Open && head.State != PartPaid {
		return Order{}, ErrNotOpen
	}
	if err := tx.NameVehicle(head.VehicleID); err != nil {
		return Order{}, fmt.Errorf("name vehicle: %w", err)
	}
	if err := release(tx, head); err != nil {
		return Order{}, err
	}
	if err := audit.Write(tx, audit.Record{Action: "order.cancelled", TargetKind: "order", TargetID: id.String()}); err != nil {
		return Order{}, err
	}
	return Load(tx, id)
}
