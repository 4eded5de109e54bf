package approvals

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

var (
	errNobody = errors.New("approvals: a person must act")
	errShape  = errors.New("approvals: a request needs a kind, a target, a summary and a life, in the scope of an office, a city or the platform")
)

// Open asks for an approval by another human, as the transaction's actor. A request about the same target that has expired makes room.
// Errors: approval_reason (reason), approval_pending, national_id_unknown of the actor or an author.
func Open(tx *scope.Tx, r Request) (Approval, error) {
	if tx.Actor.Kind != scope.ActorPerson || tx.Actor.ID == uuid.Nil {
		return Approval{}, errNobody
	}
	r.Target = r.Target.of(tx)
	if r.Kind == "" || r.ID == "" || r.Summary.FA == "" || r.Summary.EN == "" || r.Life <= 0 || !owns(r.In) {
		return Approval{}, errShape
	}
	if !said(r.Reason, true) {
		return Approval{}, errReason.On("reason")
	}
	payload, err := json.Marshal(r.Payload)
	if err != nil {
		return Approval{}, fmt.Errorf("encode payload of approval: %w", err)
	}
	if err := expire(tx, r.Target); err != nil {
		return Approval{}, err
	}
	a := Approval{ID: tx.NewID(), Target: r.Target, Summary: r.Summary, Payload: payload, Reason: strings.TrimSpace(r.Reason), State: Waiting,
		RequestedBy: tx.Actor.ID, Authors: r.Authors, RequestedAt: tx.Now, ExpiresAt: tx.Now.Add(r.Life)}
	if err := a.know(tx, r.About); err != nil {
		return Approval{}, err
	}
	if err := insert(tx, &a); err != nil {
		return Approval{}, err
	}
	return a, record(tx, "approval.requested", &a)
}

// owns tells whether somebody works in the scope.
func owns(s scope.Scope) bool {
	return s.Kind() == scope.KindOffice || s.Kind() == scope.KindMunicipality || s.Kind() == scope.KindPlatform
}

// Decide takes the verdict of the transaction's actor on a request of the transaction's own scope; the platform also decides about roles in the
// scope of offices and cities. What an approval allows the caller does in the same transaction. A refusal needs a remark.
// Errors: approval_unknown, approval_second_person, approval_same_human, national_id_unknown, approval_asked_before, approval_expired, approval_decided,
// approval_reason (remark).
func Decide(tx *scope.Tx, id uuid.UUID, v Verdict, remark string) (Approval, error) {
	return decide(tx, func() (Approval, error) { return lock(tx, id) }, v, remark)
}

// DecideOn is Decide for the request that waits about a target, by whoever holds the target's own row. Errors: those of Decide; approval_expired
// also where the last request was never decided.
func DecideOn(tx *scope.Tx, t Target, v Verdict, remark string) (Approval, error) {
	return decide(tx, func() (Approval, error) { return lockOn(tx, t.of(tx)) }, v, remark)
}

func decide(tx *scope.Tx, find func() (Approval, error), v Verdict, remark string) (Approval, error) {
	if tx.Actor.Kind != scope.ActorPerson || tx.Actor.ID == uuid.Nil {
		return Approval{}, errNobody
	}
	a, err := find()
	if err != nil {
		return Approval{}, err
	}
	if err := a.decide(v, remark, tx.Actor.ID, tx.Now); err != nil {
		return Approval{}, err
	}
	if err := a.anotherHuman(tx); err != nil {
		return Approval{}, err
	}
	if err := save(tx, &a); err != nil {
		return Approval{}, err
	}
	return a, record(tx, "approval."+string(a.State), &a)
}

// Close ends whatever waits about a target that is no more to be decided: refused by the transaction's actor or, if they had a hand in it or its time is over,
// withdrawn or expired. Where nothing waits it does nothing. The remark may be empty; of a long one the beginning is kept.
func Close(tx *scope.Tx, t Target, remark string) error {
	t = t.of(tx)
	if err := expire(tx, t); err != nil {
		return err
	}
	a, err := lockOn(tx, t)
	if errors.Is(err, ErrUnknown) || err == nil && a.State != Waiting {
		return nil
	}
	if err != nil {
		return err
	}
	a.State, a.DecidedBy, a.DecidedAt, a.Remark = Refused, tx.Actor.ID, tx.Now, Shorten(remark)
	if a.decider, err = humanOf(tx, tx.Actor.ID); err != nil {
		return err
	}
	if a.Involves(tx.Actor.ID) || a.involves(a.decider) {
		a.State = Withdrawn
	}
	if err := save(tx, &a); err != nil {
		return err
	}
	return record(tx, "approval."+string(a.State), &a)
}

// expire writes down that the request about a target was not decided in time, so that another one may wait.
func expire(tx *scope.Tx, t Target) error {
	a, err := lockOn(tx, t)
	if errors.Is(err, ErrUnknown) || err == nil && (a.State != Waiting || a.stateAt(tx.Now) != Expired) {
		return nil
	}
	if err != nil {
		return err
	}
	a.State, a.DecidedAt = Expired, tx.Now
	if err := save(tx, &a); err != nil {
		return err
	}
	return record(tx, "approval.expired", &a)
}

func record(tx *scope.Tx, action string, a *Approval) error {
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "approval", TargetID: a.ID.String(), Municipality: a.Target.city(), Details: map[string]any{"kind": a.Kind, "target": a.Target.ID}})
}
