package deposits

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

func setWarning(tx *scope.Tx, office uuid.UUID, below money.Rial) error {
	err := tx.DB.Exec(`INSERT INTO deposit_warnings (office_id, below_rial) VALUES (?, ?) ON CONFLICT (office_id) DO UPDATE SET below_rial = EXCLUDED.below_rial`, office, below).Error
	if err != nil {
		return fmt.Errorf("set warning: %w", err)
	}
	return nil
}

// insertTransfer stores a declared transfer. Errors: deposit_reference_taken.
func insertTransfer(tx *scope.Tx, t Transfer) error {
	err := tx.DB.Exec(`INSERT INTO deposit_transfers (id, office_id, amount_rial, reference, paid_on, state, declared_by, declared_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		t.ID, t.OfficeID, t.Amount, t.Reference, t.PaidOn, string(t.State), t.DeclaredBy, t.DeclaredAt).Error
	if scope.Constraint(err) == "deposit_transfers_reference" {
		return errTaken.On("reference").Because(err)
	}
	if err != nil {
		return fmt.Errorf("insert transfer: %w", err)
	}
	return nil
}

func updateTransfer(tx *scope.Tx, t Transfer) error {
	err := tx.DB.Exec(`UPDATE deposit_transfers SET state = ?, decided_by = ?, decided_at = ?, remark = nullif(?, '') WHERE id = ?`,
		string(t.State), t.Decision.By, t.Decision.At, t.Decision.Remark, t.ID).Error
	if err != nil {
		return fmt.Errorf("decide transfer: %w", err)
	}
	return nil
}

func insertWithdrawal(tx *scope.Tx, w Withdrawal) error {
	err := tx.DB.Exec(`INSERT INTO deposit_withdrawals (id, office_id, amount_rial, iban, state, asked_by, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		w.ID, w.OfficeID, w.Amount, w.IBAN, string(w.State), w.AskedBy, w.AskedAt).Error
	if err != nil {
		return fmt.Errorf("insert withdrawal: %w", err)
	}
	return nil
}

// updateWithdrawal stores what became of a withdrawal. Errors: deposit_reference_taken.
func updateWithdrawal(tx *scope.Tx, w Withdrawal) error {
	err := tx.DB.Exec(`UPDATE deposit_withdrawals SET state = ?, decided_by = ?, decided_at = ?, reference = nullif(?, ''), remark = nullif(?, '') WHERE id = ?`,
		string(w.State), w.Decision.By, w.Decision.At, w.Reference, w.Decision.Remark, w.ID).Error
	if scope.Constraint(err) == "deposit_withdrawals_reference" {
		return errTaken.On("reference").Because(err)
	}
	if err != nil {
		return fmt.Errorf("decide withdrawal: %w", err)
	}
	return nil
}

// decisionRow is how either table keeps the end of something.
type decisionRow struct {
	ID, OfficeID uuid.UUID
	AmountRial   int64
	State        string
	DecidedBy    uuid.NullUUID
	DecidedAt    *time.Time
	Remark       *string
	Reference    *string
}

func (r decisionRow) decision() Decision {
	d := Decision{By: r.DecidedBy.UUID}
	if r.DecidedAt != nil {
		d.At = r.DecidedAt.UTC()
	}
	if r.Remark != nil {
		d.Remark = *r.Remark
	}
	return d
}

func (r decisionRow) reference() string {
	if r.Reference == nil {
		return ""
	}
	return *r.Reference
}

// transfers reads transfers by the end of a query.
func transfers(tx *scope.Tx, where string, args ...any) ([]Transfer, error) {
	var rows []struct {
		Row                decisionRow `gorm:"embedded"`
		PaidOn, DeclaredAt time.Time
		DeclaredBy         uuid.UUID
	}
	if err := tx.DB.Raw(`SELECT * FROM deposit_transfers `+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read transfers: %w", err)
	}
	list := make([]Transfer, len(rows))
	for i, r := range rows {
		list[i] = Transfer{ID: r.Row.ID, OfficeID: r.Row.OfficeID, Amount: money.Rial(r.Row.AmountRial), Reference: r.Row.reference(), PaidOn: r.PaidOn.UTC(), State: TransferState(r.Row.State), DeclaredBy: r.DeclaredBy,
			DeclaredAt: r.DeclaredAt.UTC(), Decision: r.Row.decision()}
	}
	return list, nil
}

// lockTransfer holds a transfer. Errors: deposit_transfer_unknown.
func lockTransfer(tx *scope.Tx, id uuid.UUID) (Transfer, error) {
	list, err := transfers(tx, `WHERE id = ? FOR UPDATE`, id)
	if err != nil {
		return Transfer{}, err
	}
	if len(list) == 0 {
		return Transfer{}, errTransfer
	}
	return list[0], nil
}

// withdrawals reads withdrawals by the end of a query.
func withdrawals(tx *scope.Tx, where string, args ...any) ([]Withdrawal, error) {
	var rows []struct {
		Row     decisionRow `gorm:"embedded"`
		IBAN    string      `gorm:"column:iban"`
		AskedAt time.Time
		AskedBy uuid.UUID
	}
	if err := tx.DB.Raw(`SELECT * FROM deposit_withdrawals `+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read withdrawals: %w", err)
	}
	list := make([]Withdrawal, len(rows))
	for i, r := range rows {
		list[i] = Withdrawal{ID: r.Row.ID, OfficeID: r.Row.OfficeID, Amount: money.Rial(r.Row.AmountRial), IBAN: r.IBAN, State: WithdrawalState(r.Row.State), AskedBy: r.AskedBy, AskedAt: r.AskedAt.UTC(),
			Reference: r.Row.reference(), Decision: r.Row.decision()}
	}
	return list, nil
}

// lockWithdrawal holds a withdrawal. Errors: deposit_withdrawal_unknown.
func lockWithdrawal(tx *scope.Tx, id uuid.UUID) (Withdrawal, error) {
	list, err := withdrawals(tx, `WHERE id = ? FOR UPDATE`, id)
	if err != nil {
		return Withdrawal{}, err
	}
	if len(list) == 0 {
		return Withdrawal{}, errWithdraw
	}
	return list[0], nil
}
