package municipalities

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

var errAccountsPerson = fault.Define(fault.Forbidden, "municipality_accounts_person",
	"تغییر حساب شهری که کار می‌کند درخواست یک نفر و تأیید نفر دوم می‌خواهد؛ با نام کاربری خود وارد شوید.",
	"Changing the accounts of a city that works needs one person to ask and a second one to approve; act under your own user name.")

// accountsLife is how long a second person has to approve other accounts.
const accountsLife = 14 * 24 * time.Hour

// asked is what a request for other accounts holds: the whole application, so that what is approved is what was asked for.
type asked struct {
	Code     int    `json:"code"`
	Pack     string `json:"pack"` // YAML
	Number   int    `json:"number"`
	Reason   string `json:"reason"`
	Restores int    `json:"restores,omitempty"`
}

// movesMoney says whether the pack sends a city's money elsewhere: one that has accounts and is no draft any more would get others.
func movesMoney(stage Stage, now *Config, p Pack) bool {
	return now != nil && stage != Draft && len(now.Pack.Accounts) > 0 && !maps.Equal(now.Pack.Accounts, p.Accounts)
}

// ask leaves the application to a second person. Nothing of it holds before.
func ask(tx *scope.Tx, plan Plan, a Application, restores int) (Plan, error) {
	if tx.Actor.Kind != scope.ActorPerson || tx.Actor.ID == uuid.Nil {
		return Plan{}, errAccountsPerson.On("accounts")
	}
	text, err := a.Pack.YAML()
	if err != nil {
		return Plan{}, fmt.Errorf("write pack: %w", err)
	}
	code := codeText(a.Pack.Code)
	waiting, err := approvals.Open(tx, approvals.Request{
		Target:  approvals.Target{Kind: approvals.CityAccounts, ID: code},
		Summary: fault.Text{FA: "پول شهرداری " + a.Pack.Names.FA + " به حساب‌های دیگری واریز می‌شود.", EN: "The money of " + a.Pack.Names.EN + " goes to other accounts."},
		Payload: asked{Code: a.Pack.Code, Pack: string(text), Number: plan.Was, Reason: a.Reason, Restores: restores}, Reason: a.Reason, Life: accountsLife})
	if err != nil {
		return Plan{}, err
	}
	plan.Waiting = waiting.ID
	return plan, audit.Write(tx, audit.Record{Action: "municipality.accounts_asked", TargetKind: "municipality", TargetID: code, Municipality: a.Pack.Code,
		Details: map[string]any{"approval": waiting.ID, "number": plan.Was, "changed": paths(plan.Changes), "reason": a.Reason}})
}

// Accounts carries out what a second person has approved: the configuration that was asked for, if the one before it is still the city's.
// It is the approvals.Execute of approvals.CityAccounts. Errors: those of Apply.
func (s *Service) Accounts(tx *scope.Tx, approved approvals.Approval) error {
	var a asked
	if err := json.Unmarshal(approved.Payload, &a); err != nil {
		return fmt.Errorf("decode request for accounts: %w", err)
	}
	pack, err := s.Parse([]byte(a.Pack))
	if err != nil {
		return err
	}
	_, err = s.apply(tx, Application{Pack: pack, Reason: a.Reason, Number: &a.Number, Known: true, approved: true}, a.Restores)
	return err
}
