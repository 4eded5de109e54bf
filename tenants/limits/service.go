package limits

import (
	"context"
	"slices"
	"strings"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Service writes and lists overrides. All of it is the platform's work; the caller's scope says whether they may.
type Service struct {
	tx          *scope.Runner
	definitions []Definition
}

// NewService binds the service to the limits that are shipped.
func NewService(tx *scope.Runner, definitions []Definition) *Service {
	return &Service{tx: tx, definitions: definitions}
}

// Override writes an override in the place of the one that stands for the same limit and subject. Every process obeys it within two seconds.
// Errors: ErrUnknownLimit, ErrNoSubject, and faults that blame a field.
func (s *Service) Override(ctx context.Context, in scope.Scope, o Override) (Override, error) {
	d, err := s.definition(o.Limit)
	if err != nil {
		return Override{}, err
	}
	o.Reason = strings.TrimSpace(o.Reason)
	var written Override
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		next, err := o.complete(d, tx.Now)
		if err != nil {
			return err
		}
		subjects, err := chain(tx, next.Subject)
		if err != nil {
			return err
		}
		next.ID, next.WrittenBy, next.WrittenAt = tx.NewID(), tx.Actor.ID, tx.Now
		if _, err := remove(tx, next.Limit, next.Subject); err != nil {
			return err
		}
		written = next
		return insert(tx, next, cityOf(subjects))
	})
	return written, err
}

// Remove ends the override that stands for a limit and a subject. Errors: ErrUnknownLimit, ErrNoOverride.
func (s *Service) Remove(ctx context.Context, in scope.Scope, limit string, subject Subject) error {
	if _, err := s.definition(limit); err != nil {
		return err
	}
	return s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		id, err := remove(tx, limit, subject)
		if err != nil {
			return err
		}
		if id == nil {
			return ErrNoOverride
		}
		subjects, err := chain(tx, subject)
		if err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "limit.override_removed", TargetKind: "limit_override", TargetID: id.String(), Municipality: cityOf(subjects),
			Details: details(limit, subject)})
	})
}

// List gives the overrides that stand, by limit and subject.
func (s *Service) List(ctx context.Context, in scope.Scope) (list []Override, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = standing(tx)
		return err
	})
	return list, err
}

// Chain is a subject and the wider ones that it belongs to, from narrow to wide: a person, their office, its city. Errors: ErrNoSubject.
func (s *Service) Chain(ctx context.Context, in scope.Scope, subject Subject) (list []Subject, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = chain(tx, subject)
		return err
	})
	return list, err
}

// Named finds a subject as operators call it: an office by its licence number, a person by their user name, a municipality by its code, a client by
// its id. Errors: ErrNoSubject, of the first two.
func (s *Service) Named(ctx context.Context, in scope.Scope, kind Kind, name string) (found Subject, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		found, err = named(tx, kind, name)
		return err
	})
	return found, err
}

func (s *Service) definition(name string) (Definition, error) {
	at := slices.IndexFunc(s.definitions, func(d Definition) bool { return d.Name == name })
	if at < 0 {
		return Definition{}, ErrUnknownLimit
	}
	return s.definitions[at], nil
}

func details(limit string, subject Subject) map[string]any {
	return map[string]any{"limit": limit, "subject_kind": subject.Kind, "subject": subject.ID}
}
