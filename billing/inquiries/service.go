package inquiries

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/tariffs"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
)

// Service makes inquiries.
type Service struct {
	tx      *scope.Runner
	tariffs *tariffs.Catalogue
}

// NewService binds the service to its transactions and the published tariffs.
func NewService(tx *scope.Runner, catalogue *tariffs.Catalogue) *Service {
	return &Service{tx: tx, tariffs: catalogue}
}

// Question is what the operator typed; exactly one of Plate and VIN is set.
type Question struct {
	OfficeID   uuid.UUID
	Plate, VIN string
	Purpose    string
}

// Inquire answers what the named vehicle owes in every city, and records that this office asked and why.
// Errors: ErrOneKey, the faults of identifiers.ParsePlate and ParseVIN, ErrVehicleUnknown.
func (s *Service) Inquire(ctx context.Context, q Question) (Inquiry, error) {
	named, err := q.scope()
	if err != nil {
		return Inquiry{}, err
	}
	return s.inquire(ctx, named, q.Purpose)
}

// InquireAgain repeats an inquiry for a vehicle that this office has looked up before.
func (s *Service) InquireAgain(ctx context.Context, office uuid.UUID, r Record) (Inquiry, error) {
	return s.inquire(ctx, scope.Office(office).NamingVehicle(r.VehicleID), r.Purpose)
}

func (s *Service) inquire(ctx context.Context, named scope.Scope, purpose string) (Inquiry, error) {
	book, err := s.tariffs.Book(ctx)
	if err != nil {
		return Inquiry{}, err
	}
	var answer Inquiry
	err = s.tx.InTx(ctx, named, func(tx *scope.Tx) error {
		assessment, err := Assess(tx, book)
		if err != nil {
			return err
		}
		answer = Inquiry{ID: tx.NewID(), At: tx.Now, Vehicle: assessment.Vehicle}
		if answer.Cities, answer.Unattributed, answer.Payable, err = assessment.group(); err != nil {
			return fmt.Errorf("sum dues: %w", err)
		}
		if err := save(tx, answer, purpose, assessment.Dues); err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "inquiry.made", TargetKind: "vehicle", TargetID: answer.Vehicle.ID.String(), Purpose: purpose,
			Details: map[string]any{"inquiry": answer.ID}})
	})
	return answer, err
}

// Assess computes all dues of the vehicle that the transaction names, from one reading of the facts.
func Assess(tx *scope.Tx, book tariffs.Book) (Assessment, error) {
	if tx.VehicleID == uuid.Nil {
		return Assessment{}, ErrVehicleUnknown
	}
	facts, err := loadFacts(tx)
	if err != nil {
		return Assessment{}, err
	}
	input := facts.input(book, calendar.DateOf(tx.Now))
	owed, err := dues.Assess(input)
	if err != nil {
		return Assessment{}, fmt.Errorf("assess vehicle %s: %w", tx.VehicleID, err)
	}
	return Assessment{Vehicle: facts.vehicle(tx.VehicleID), Municipalities: facts.Municipalities, Dues: owed}, nil
}

// Find reads an inquiry that this transaction's office made.
func Find(tx *scope.Tx, id uuid.UUID) (Record, error) { return find(tx, id) }

func (q Question) scope() (scope.Scope, error) {
	office := scope.Office(q.OfficeID)
	switch {
	case (q.Plate == "") == (q.VIN == ""):
		return office, ErrOneKey
	case q.Plate != "":
		plate, err := identifiers.ParsePlate(q.Plate)
		if err != nil {
			return office, fault.OnField(err, "plate")
		}
		return office.NamingPlate(plate.String()), nil
	default:
		vin, err := identifiers.ParseVIN(q.VIN)
		if err != nil {
			return office, fault.OnField(err, "vin")
		}
		return office.NamingVIN(vin.String()), nil
	}
}
