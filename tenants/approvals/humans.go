package approvals

import (
	"slices"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Known refuses an actor of whom it is not on record which human they are: they may be nobody's second person. Whoever takes the last step of what two people do
// without a request of this package asks it. Errors: national_id_unknown.
func Known(tx *scope.Tx) error {
	_, err := mustKnow(tx, tx.Actor.ID)
	return err
}

// Another refuses an actor who is not on record as a human, and as another one than the person who began what the actor ends without a request of this package. Errors:
// approval_second_person, national_id_unknown, approval_same_human.
func Another(tx *scope.Tx, than uuid.UUID) error {
	if tx.Actor.ID == than {
		return ErrSecondPerson
	}
	began, err := mustKnow(tx, than)
	if err != nil {
		return err
	}
	ends, err := mustKnow(tx, tx.Actor.ID)
	if err == nil && began == ends {
		err = ErrSameHuman
	}
	return err
}

// know finds out who the people of a new request are.
func (a *Approval) know(tx *scope.Tx, about uuid.UUID) (err error) {
	if a.requester, err = mustKnow(tx, a.RequestedBy); err != nil {
		return err
	}
	for _, author := range a.Authors {
		human, err := mustKnow(tx, author)
		if err != nil {
			return err
		}
		a.involved = append(a.involved, human)
	}
	if about != uuid.Nil {
		a.involved = append(a.involved, about)
	}
	return nil
}

// anotherHuman is the whole rule of four eyes: whoever decides is on record as a human, and as another one than who asked, had a hand in it, or is favoured by it.
func (a *Approval) anotherHuman(tx *scope.Tx) (err error) {
	if a.decider, err = mustKnow(tx, a.DecidedBy); err != nil {
		return err
	}
	now, err := among(tx, a.decider, append(slices.Clone(a.Authors), a.RequestedBy)) // who they were known to be when it was asked may have been corrected
	switch {
	case err != nil:
		return err
	case now || a.involves(a.decider):
		return ErrSameHuman
	case a.requester == uuid.Nil:
		return ErrAskedBefore
	}
	return nil
}

// involves tells whether a human asked, had a hand in it, or is favoured by it.
func (a *Approval) involves(human uuid.UUID) bool {
	return human != uuid.Nil && (human == a.requester || slices.Contains(a.involved, human))
}

func mustKnow(tx *scope.Tx, person uuid.UUID) (uuid.UUID, error) {
	human, err := humanOf(tx, person)
	if err == nil && human == uuid.Nil {
		err = ErrHumanUnknown.With("person", person)
	}
	return human, err
}
