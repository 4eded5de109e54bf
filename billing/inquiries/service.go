package inquiries

import (
	"context"
	"errors"
	"fmt"
	"time"

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

// repeatable is how long what was asked may be asked again without naming the vehicle: an inquiry's address is no standing leave to look.
const repeatable = 24 * time.Hour

// Repeat asks anew what the vehicle of an earlier inquiry of this office owes, for the same purpose. Errors: ErrUnknown, also for another office's inquiry; ErrTooOld
// after 24 hours.
func (s *Service) Repeat(ctx context.Context, office, inquiry uuid.UUID) (Inquiry, error) {
	var asked Record
	err := s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		asked, err = find(tx, inquiry)
		return err
	})
	if err != nil {
		return Inquiry{}, err
	}
	return s.InquireAgain(ctx, office, asked)
}

// InquireAgain repeats an inquiry for a vehicle that this office has looked up before. Errors: ErrTooOld after 24 hours.
func (s *Service) InquireAgain(ctx context.Context, office uuid.UUID, r Record) (Inquiry, error) {
	if r.Age > repeatable {
		return Inquiry{}, ErrTooOld
	}
	return s.inquire(ctx, scope.Office(office).NamingVehicle(r.VehicleID), r.Purpose)
}

// inquire reads, computes and records in two trips to the database: what is computed in between needs no transaction, since an order computes anew.
func (s *Service) inquire(ctx context.Context, named scope.Scope, purpose string) (Inquiry, error) {
	book, err := s.tariffs.Book(ctx)
	if err != nil {
		return Inquiry{}, err
	}
	var facts factsRow
	var now time.Time
	err = s.tx.Pipeline(ctx, named, func(tx *scope.Tx) []scope.Statement {
		now = tx.Now
		return []scope.Statement{facts.statement()}
	})
	if errors.Is(err, scope.ErrNoRow) {
		return Inquiry{}, ErrVehicleUnknown
	}
	if err != nil {
		return Inquiry{}, fmt.Errorf("read facts: %w", err)
	}
	assessment, err := facts.assess(book, calendar.DateOf(now))
	if err != nil {
		return Inquiry{}, err
	}
	return s.record(ctx, named, purpose, assessment)
}

// record stores what the operator is about to be shown, and that they looked.
func (s *Service) record(ctx context.Context, named scope.Scope, purpose string, a Assessment) (Inquiry, error) {
	answer := Inquiry{Purpose: purpose, Vehicle: a.Vehicle, Fee: a.Fee, Held: a.Held}
	var err error
	if answer.Cities, answer.Unattributed, answer.Payable, err = a.group(); err != nil {
		return Inquiry{}, fmt.Errorf("sum dues: %w", err)
	}
	shown, err := encodeShown(a.Dues)
	if err != nil {
		return Inquiry{}, err
	}
	err = s.tx.Pipeline(ctx, named, func(tx *scope.Tx) []scope.Statement {
		answer.ID, answer.At = tx.NewID(), tx.Now
		return []scope.Statement{saveStatement(tx, answer, shown), auditStatement(tx, answer)}
	})
	if err != nil {
		return Inquiry{}, fmt.Errorf("record inquiry: %w", err)
	}
	return answer, nil
}

func auditStatement(tx *scope.Tx, q Inquiry) scope.Statement {
	return audit.Statement(tx, audit.Record{Action: "inquiry.made", TargetKind: "vehicle", TargetID: q.Vehicle.ID.String(), Purpose: q.Purpose,
		Details: map[string]any{"inquiry": q.ID}})
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
	return facts.assess(book, calendar.DateOf(tx.Now))
}

func (r factsRow) assess(book tariffs.Book, on calendar.Date) (Assessment, error) {
	owed, err := dues.Assess(r.input(book, on))
	if err != nil {
		return Assessment{}, fmt.Errorf("assess vehicle %s: %w", r.ID, err)
	}
	return Assessment{Vehicle: r.vehicle(), Municipalities: r.Municipalities, Dues: owed, Fee: r.Fee, Held: r.held()}, nil
}

// Find reads an inquiry that this transaction's office made.
func Find(tx *scope.Tx, id uuid.UUID) (Record, error) { return find(tx, id) }

func (q Question) scope() (scope.Scope, error) {
	return Name(scope.Office(q.OfficeID), q.Plate, q.VIN)
}

// Name lets a scope name the vehicle that somebody typed as a plate or as a VIN, in any writing. Errors: ErrOneKey; the faults of identifiers.ParsePlate (plate)
// and ParseVIN (vin).
func Name(s scope.Scope, plate, vin string) (scope.Scope, error) {
	switch {
	case (plate == "") == (vin == ""):
		return s, ErrOneKey
	case plate != "":
		worn, err := identifiers.ParsePlate(plate)
		if err != nil {
			return s, fault.OnField(err, "plate")
		}
		return s.NamingPlate(worn.String()), nil
	default:
		number, err := identifiers.ParseVIN(vin)
		if err != nil {
			return s, fault.OnField(err, "vin")
		}
		return s.NamingVIN(number.String()), nil
	}
}
