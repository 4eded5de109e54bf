package offices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
)

// FeeAccount is where the fees of all offices go, until a later one follows. Without any, no fee is charged.
type FeeAccount struct {
	Number int
	IBAN   string
	At     time.Time
}

// feeAccountTarget is what the second person decides about: there is one account of fees.
var feeAccountTarget = approvals.Target{Kind: approvals.FeeAccount, ID: "fees"}

const feeAccountLife = 14 * 24 * time.Hour

type feeAccountAsked struct {
	IBAN string `json:"iban"`
}

// AskFeeAccount asks a second person of the platform to let fees go to an account; nothing changes before. Errors: the codes of identifiers.ParseIBAN (iban),
// office_reason (reason), approval_pending.
func (s *Service) AskFeeAccount(ctx context.Context, in scope.Scope, iban, reason string) (uuid.UUID, error) {
	return onPlatform(ctx, s, in, func(tx *scope.Tx) (uuid.UUID, error) {
		number, err := identifiers.ParseIBAN(iban)
		if err != nil {
			return uuid.Nil, fault.OnField(err, "iban")
		}
		if !said(reason, 500) {
			return uuid.Nil, errReason.On("reason")
		}
		waiting, err := approvals.Open(tx, approvals.Request{Target: feeAccountTarget, Reason: strings.TrimSpace(reason), Life: feeAccountLife, Payload: feeAccountAsked{number.String()},
			Summary: fault.Text{FA: "کارمزد دفترها به حساب دیگری واریز می‌شود.", EN: "The fees of offices go to another account."}})
		if err != nil {
			return uuid.Nil, err
		}
		return waiting.ID, audit.Write(tx, audit.Record{Action: "fee.account_asked", TargetKind: "fee_account", TargetID: feeAccountTarget.ID,
			Details: map[string]any{"approval": waiting.ID}})
	})
}

// TakeFeeAccount carries out what a second person has approved. It is the approvals.Execute of approvals.FeeAccount. Errors: fee_meanwhile.
func TakeFeeAccount(tx *scope.Tx, approved approvals.Approval) error {
	var a feeAccountAsked
	if err := json.Unmarshal(approved.Payload, &a); err != nil {
		return fmt.Errorf("decode request for an account of fees: %w", err)
	}
	number, err := insertFeeAccount(tx, a.IBAN, approved)
	if err != nil {
		return err
	}
	return audit.Write(tx, audit.Record{Action: "fee.account_set", TargetKind: "fee_account", TargetID: feeAccountTarget.ID,
		Details: map[string]any{"number": number, "approval": approved.ID}})
}

// FeeAccount is the account that fees go to now; nil: none, and no fee is charged. Everybody may read it.
func (s *Service) FeeAccount(ctx context.Context, in scope.Scope) (found *FeeAccount, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		found, err = feeAccount(tx)
		return err
	})
	return found, err
}

// PublishFee lets offices of the standard class charge an amount from the office's first day on, unless the schedule says something already. It is for seeds; people of the
// platform set a fee by SetFee and its account by AskFeeAccount.
func PublishFee(tx *scope.Tx, f Fee, iban string) error {
	known, err := listFees(tx)
	if err != nil || len(known) > 0 {
		return err
	}
	if _, err := identifiers.ParseIBAN(iban); err != nil {
		return err
	}
	account, err := feeAccount(tx)
	if err != nil {
		return err
	}
	if account == nil {
		_, err = insertFeeAccount(tx, iban, approvals.Approval{Reason: f.Reference})
	}
	if _, feeErr := insertFee(tx, f); err != nil || feeErr != nil {
		return errors.Join(err, feeErr)
	}
	return audit.Write(tx, audit.Record{Action: "fee.set", TargetKind: "fee", TargetID: f.Service + "/" + f.OfficeClass,
		Details: map[string]any{"valid_from": f.ValidFrom.Format(time.DateOnly), "amount_rial": f.AmountRial}})
}
