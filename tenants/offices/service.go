package offices

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

var (
	errPlatform = errors.New("offices: only the platform keeps the list of offices")
	errNobody   = errors.New("offices: a person must act")
)

// Service keeps the list of offices and their fees: the platform's work. Every change is one transaction with a line of the office's history and an audit record,
// and takes effect with the next request of anybody who works there, since people and their office are read anew per request.
type Service struct {
	tx   *scope.Runner
	once *scope.Key
}

// NewService binds the use cases to their transactions.
func NewService(tx *scope.Runner) *Service { return &Service{tx: tx} }

// Once makes the next use case happen once per key.
func (s *Service) Once(key scope.Key) *Service { return &Service{tx: s.tx, once: &key} }

// Open enters a new office, or a branch where it names its parent, whose licence must be valid. The office's id, state and, where it has none, class are set here.
// Errors: office_name (name_fa), office_licence_no, office_licence_taken (licence_no), office_class (class), office_licence_days (valid_from, valid_to),
// office_parent (parent_id), office_city (municipality_code).
func (s *Service) Open(ctx context.Context, in scope.Scope, o Office) (Office, error) {
	return onPlatform(ctx, s, in, func(tx *scope.Tx) (Office, error) {
		day, err := today(tx)
		if err != nil {
			return Office{}, err
		}
		o.NameFA, o.LicenceNo = strings.TrimSpace(o.NameFA), strings.TrimSpace(o.LicenceNo)
		o.ID, o.State = tx.NewID(), Active
		if o.Class == "" {
			o.Class = Standard
		}
		if err := o.check(day); err != nil {
			return Office{}, err
		}
		if err := checkParent(tx, o.ParentID); err != nil {
			return Office{}, err
		}
		if err := insertOffice(tx, o); err != nil {
			return Office{}, err
		}
		return o, record(tx, o, Event{Kind: Opened})
	})
}

// Renew makes the licence of an office hold to a later day. Errors: office_unknown, office_state, office_licence_days (valid_to).
func (s *Service) Renew(ctx context.Context, in scope.Scope, id uuid.UUID, to time.Time, reason string) (Office, error) {
	return s.change(ctx, in, id, Event{Kind: Renewed, Reason: reason}, func(tx *scope.Tx, o *Office) error {
		day, err := today(tx)
		if err != nil {
			return err
		}
		return o.renew(to, day)
	})
}

// Suspend stops everybody of the office, and of its branches, at once. Errors: office_unknown, office_reason (reason), office_state.
func (s *Service) Suspend(ctx context.Context, in scope.Scope, id uuid.UUID, reason string) (Office, error) {
	return s.change(ctx, in, id, Event{Kind: WasSuspended, Reason: reason}, func(_ *scope.Tx, o *Office) error { return o.move(Suspended, Active) })
}

// Reinstate lets a suspended office work again. Errors: those of Suspend.
func (s *Service) Reinstate(ctx context.Context, in scope.Scope, id uuid.UUID, reason string) (Office, error) {
	return s.change(ctx, in, id, Event{Kind: Reinstated, Reason: reason}, func(_ *scope.Tx, o *Office) error { return o.move(Active, Suspended) })
}

// Close ends an office for ever, once its branches are closed. Errors: those of Suspend, office_branches.
func (s *Service) Close(ctx context.Context, in scope.Scope, id uuid.UUID, reason string) (Office, error) {
	return s.change(ctx, in, id, Event{Kind: WasClosed, Reason: reason}, func(tx *scope.Tx, o *Office) error {
		if err := checkNoBranches(tx, id); err != nil {
			return err
		}
		return o.move(Closed, Active, Suspended)
	})
}

// Reclassify puts an office into another class of fees; orders that exist keep the fee that their payer was shown. Errors: those of Suspend, office_class (class).
func (s *Service) Reclassify(ctx context.Context, in scope.Scope, id uuid.UUID, class, reason string) (Office, error) {
	return s.change(ctx, in, id, Event{Kind: Reclassified, Reason: reason}, func(_ *scope.Tx, o *Office) error {
		if !classes.MatchString(class) {
			return errClass.On("class")
		}
		o.Class = class
		return o.move(o.State, Active, Suspended)
	})
}

// change locks an office, changes it, stores it and writes its history. Of a parent and its branch the parent is locked first.
func (s *Service) change(ctx context.Context, in scope.Scope, id uuid.UUID, e Event, fn func(*scope.Tx, *Office) error) (Office, error) {
	return onPlatform(ctx, s, in, func(tx *scope.Tx) (Office, error) {
		o, err := lockOffice(tx, id)
		if err != nil {
			return Office{}, err
		}
		e.Reason = strings.TrimSpace(e.Reason)
		if (e.Reason != "" || e.Kind != Renewed) && !said(e.Reason, 500) {
			return Office{}, errReason.On("reason")
		}
		if err := fn(tx, &o); err != nil {
			return Office{}, err
		}
		if err := updateOffice(tx, o); err != nil {
			return Office{}, err
		}
		return o, record(tx, o, e)
	})
}

// List names the offices that the scope sees: all of them the platform, itself and its branches an office, its partners and those that stand in it a city;
// by licence number.
func (s *Service) List(ctx context.Context, in scope.Scope) (list []Office, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = listOffices(tx)
		return err
	})
	return list, err
}

// Find reads an office that the scope sees, with its branches and, but for a city, its history. Errors: office_unknown.
func (s *Service) Find(ctx context.Context, in scope.Scope, id uuid.UUID) (r Record, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		if r.Office, err = loadOffice(tx, id); err != nil {
			return err
		}
		if r.Branches, err = listBranches(tx, id); err != nil {
			return err
		}
		r.Events, err = listEvents(tx, id)
		return err
	})
	return r, err
}

// ByLicence is the id of an office by the number of its licence, for a command. Errors: office_unknown (office).
func (s *Service) ByLicence(ctx context.Context, in scope.Scope, licence string) (id uuid.UUID, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		id, err = officeOfLicence(tx, licence)
		return err
	})
	return id, err
}

// record writes a line of an office's history and the audit record of it.
func record(tx *scope.Tx, o Office, e Event) error {
	e.ID, e.At, e.ActorID, e.ValidTo, e.Class = tx.NewID(), tx.Now, tx.Actor.ID, o.ValidTo, o.Class
	if err := insertEvent(tx, o.ID, e); err != nil {
		return err
	}
	return audit.Write(tx, audit.Record{Action: "office." + string(e.Kind), TargetKind: "office", TargetID: o.ID.String(), Municipality: o.MunicipalityID})
}

// onPlatform runs a use case of the platform, once per key where there is one.
func onPlatform[T any](ctx context.Context, s *Service, in scope.Scope, fn func(*scope.Tx) (T, error)) (answer T, err error) {
	if in.Kind() != scope.KindPlatform {
		return answer, errPlatform
	}
	return once(ctx, s.tx, in, s.once, fn)
}

func once[T any](ctx context.Context, run *scope.Runner, in scope.Scope, key *scope.Key, fn func(*scope.Tx) (T, error)) (answer T, err error) {
	err = run.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		if tx.Actor.Kind != scope.ActorPerson || tx.Actor.ID == uuid.Nil {
			return errNobody
		}
		if key == nil {
			answer, err = fn(tx)
			return err
		}
		answer, err = scope.Once(tx, *key, func() (T, error) { return fn(tx) })
		return err
	})
	return answer, err
}
