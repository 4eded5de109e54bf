package payments

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// refundables lists what of a payment is the transaction's home's, with what has gone back of it: the bills by city, and the fee last, where the scope sees it.
func refundables(tx *scope.Tx, payment uuid.UUID) ([]Refundable, error) {
	var rows []struct {
		MunicipalityID int
		BillID         uuid.NullUUID
		Amount         int64
		Refunded       int64
	}
	err := tx.DB.Raw(`SELECT x.municipality_id, x.bill_id, x.amount, (SELECT coalesce(sum(r.amount_rial), 0)::bigint FROM refunds r
	    WHERE r.payment_id = ? AND r.municipality_id = x.municipality_id AND r.state IN ('granted','paid')) AS refunded
	  FROM (SELECT municipality_id, bill_id, sum(amount_rial)::bigint AS amount FROM payment_bills WHERE payment_id = ? GROUP BY municipality_id, bill_id
	    UNION ALL SELECT 0, NULL, amount_rial FROM payment_fees WHERE payment_id = ?) x ORDER BY x.bill_id IS NULL, x.municipality_id`,
		payment, payment, payment).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read what can be given back: %w", err)
	}
	list := make([]Refundable, len(rows))
	for i, r := range rows {
		list[i] = Refundable{MunicipalityID: r.MunicipalityID, BillID: r.BillID.UUID, Amount: money.Rial(r.Amount), Refunded: money.Rial(r.Refunded)}
	}
	return list, tx.As(scope.Platform(), func() error { return readCorrected(tx, payment, list) })
}

// readCorrected reads out of the cities' books, which an office does not see, what corrections have made of the bills of a payment since they were paid.
func readCorrected(tx *scope.Tx, payment uuid.UUID, list []Refundable) error {
	var rows []struct {
		BillID uuid.UUID
		Amount int64
	}
	err := tx.DB.Raw(`SELECT l.bill_id, -sum(l.amount_rial)::bigint AS amount FROM ledger_postings l WHERE l.source_kind = 'correction' AND l.kind = 'adjustment'
	    AND l.account IN ('payable:correction','receivable:correction') AND (l.municipality_id, l.bill_id, l.source_id) IN (SELECT i.municipality_id, i.bill_id, i.run_id
	      FROM payment_bills x JOIN correction_items i ON i.municipality_id = x.municipality_id AND i.bill_id = x.bill_id WHERE x.payment_id = ?)
	  GROUP BY l.municipality_id, l.bill_id`, payment).Scan(&rows).Error
	if err != nil {
		return fmt.Errorf("read corrections of a payment: %w", err)
	}
	for _, r := range rows {
		for i := range list {
			if list[i].BillID == r.BillID {
				list[i].Corrected = money.Rial(r.Amount)
			}
		}
	}
	return nil
}

// threshold is above what a second person of a home grants a refund.
func threshold(tx *scope.Tx, municipality int) (money.Rial, error) {
	var set sql.NullInt64
	err := tx.DB.Raw(`SELECT max((settings->>'refund_threshold_rial')::bigint) FROM municipalities WHERE id = ?`, municipality).Row().Scan(&set)
	if err != nil {
		return 0, fmt.Errorf("read refund threshold: %w", err)
	}
	if !set.Valid {
		return RefundThreshold, nil
	}
	return money.Rial(set.Int64), nil
}

// toppedUp tells whether a payment that the scope sees is of no order.
func toppedUp(tx *scope.Tx, payment uuid.UUID) (so bool, err error) {
	if err := tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM payments WHERE id = ? AND order_id IS NULL)`, payment).Row().Scan(&so); err != nil {
		return false, fmt.Errorf("look for top-up: %w", err)
	}
	return so, nil
}

// askedOf is what has gone back of a payment, or is asked for, as far as the transaction's home sees it: the platform all, a city of its bills.
func askedOf(tx *scope.Tx, payment uuid.UUID) (sum money.Rial, err error) {
	err = tx.DB.Raw(`SELECT coalesce(sum(amount_rial), 0)::bigint FROM refunds WHERE payment_id = ? AND state <> 'refused'`, payment).Row().Scan(&sum)
	if err != nil {
		return 0, fmt.Errorf("sum refunds: %w", err)
	}
	return sum, nil
}

func insertRefund(tx *scope.Tx, r Refund) error {
	err := tx.DB.Exec(`INSERT INTO refunds (municipality_id, id, group_id, payment_id, bill_id, office_id, kind, amount_rial, state, reason, payer_iban, requested_by, requested_at,
	    expires_at, reference) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, nullif(?, ''), ?, ?, ?, nullif(?, ''))`,
		r.MunicipalityID, r.ID, r.GroupID, r.PaymentID, known(r.BillID), r.OfficeID, string(r.Kind), r.Amount, r.Reason, r.PayerIBAN, r.RequestedBy, r.RequestedAt, r.ExpiresAt, r.Reference).Error
	switch scope.Constraint(err) {
	case "refunds_waiting":
		return ErrRefundPending.Because(err)
	case "refunds_reference":
		return ErrRefundReference.On("reference").Because(err)
	}
	if err != nil {
		return fmt.Errorf("insert refund: %w", err)
	}
	return nil
}

// lapse refuses what waited for a payment's money until nobody may decide it any more.
func lapse(tx *scope.Tx, payment uuid.UUID) error {
	if err := tx.DB.Exec(`UPDATE refunds SET state = 'refused' WHERE payment_id = ? AND state = 'waiting' AND expires_at <= ?`, payment, tx.Now).Error; err != nil {
		return fmt.Errorf("lapse refunds: %w", err)
	}
	return nil
}

// charged tells whether a bank's number of a chargeback stands for another payment; whoever asks first is waited for.
func charged(tx *scope.Tx, reference string, payment uuid.UUID) (taken bool, err error) {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('chargeback ' || CAST(? AS text), 0))`, reference).Error; err != nil {
		return false, fmt.Errorf("lock chargeback: %w", err)
	}
	err = tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM refunds WHERE kind = 'chargeback' AND reference = ? AND payment_id <> ? AND state <> 'refused')`, reference, payment).Row().Scan(&taken)
	if err != nil {
		return false, fmt.Errorf("look for chargeback: %w", err)
	}
	return taken, nil
}

// saveRefund stores what changes of a refund.
func saveRefund(tx *scope.Tx, r Refund) error {
	err := tx.DB.Exec(`UPDATE refunds SET state = ?, whole = ?, channel = nullif(?, ''), approval_id = ?, granted_at = ?, asked_at = ?, doubted_at = ?, verdict_id = ?, paid_at = ?, paid_by = ?, reference = nullif(?, '')
	  WHERE municipality_id = ? AND id = ?`, string(r.State), r.Whole, string(r.Channel), known(r.ApprovalID), instant(r.GrantedAt), instant(r.AskedAt), instant(r.DoubtedAt), known(r.VerdictID), instant(r.PaidAt), known(r.PaidBy), r.Reference,
		r.MunicipalityID, r.ID).Error
	if scope.Constraint(err) == "refunds_reference" {
		return ErrRefundReference.On("reference").Because(err)
	}
	if err != nil {
		return fmt.Errorf("store refund: %w", err)
	}
	return nil
}

// instant is a moment as a column takes it: none is null.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// RefundQuery narrows a list of refunds. Zero fields narrow nothing.
type RefundQuery struct {
	State   RefundState
	Payment uuid.UUID
	Doubt   bool      // those alone of which nobody can tell whether the provider has reversed them
	Before  uuid.UUID // older than this one: the next page
	Limit   int       // 1–200; 0: 200
}

// refunds reads refunds by the end of a query. What waited in vain is shown as refused.
func refunds(tx *scope.Tx, where string, args ...any) ([]Refund, error) {
	var rows []struct {
		MunicipalityID               int
		ID, GroupID, PaymentID       uuid.UUID
		BillID, ApprovalID, PaidBy   uuid.NullUUID
		VerdictID                    uuid.NullUUID
		DoubtedAt                    sql.NullTime
		OfficeID, RequestedBy        uuid.UUID
		Kind, State, Reason, Channel string
		PayerIBAN                    string `gorm:"column:payer_iban"`
		Reference                    string
		AmountRial                   int64
		Whole                        bool
		RequestedAt, ExpiresAt       time.Time
		GrantedAt, AskedAt, PaidAt   sql.NullTime
	}
	err := tx.DB.Raw(`SELECT r.municipality_id, r.id, r.group_id, r.payment_id, r.bill_id, r.office_id, r.kind, r.amount_rial,
	    CASE WHEN r.state = 'waiting' AND r.expires_at <= ? THEN 'refused' ELSE r.state END AS state, r.whole, coalesce(r.channel, '') AS channel, r.reason,
	    coalesce(r.payer_iban, '') AS payer_iban, r.requested_by, r.requested_at, r.expires_at, r.approval_id, r.granted_at, r.asked_at, r.doubted_at, r.verdict_id, r.paid_at, r.paid_by, coalesce(r.reference, '') AS reference
	  FROM refunds r `+where, append([]any{tx.Now}, args...)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read refunds: %w", err)
	}
	list := make([]Refund, len(rows))
	for i, r := range rows {
		list[i] = Refund{MunicipalityID: r.MunicipalityID, ID: r.ID, GroupID: r.GroupID, PaymentID: r.PaymentID, BillID: r.BillID.UUID, OfficeID: r.OfficeID, Kind: RefundKind(r.Kind),
			Amount: money.Rial(r.AmountRial), State: RefundState(r.State), Whole: r.Whole, Channel: Channel(r.Channel), Reason: r.Reason, PayerIBAN: r.PayerIBAN, RequestedBy: r.RequestedBy,
			RequestedAt: r.RequestedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), ApprovalID: r.ApprovalID.UUID, GrantedAt: moment(r.GrantedAt), AskedAt: moment(r.AskedAt), DoubtedAt: moment(r.DoubtedAt), VerdictID: r.VerdictID.UUID, PaidAt: moment(r.PaidAt),
			PaidBy: r.PaidBy.UUID, Reference: r.Reference}
	}
	return list, nil
}

func moment(t sql.NullTime) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}

func listRefunds(tx *scope.Tx, q RefundQuery) ([]Refund, error) {
	where, args := []string{"true"}, []any{}
	add := func(condition string, values ...any) { where, args = append(where, condition), append(args, values...) }
	if q.State != "" {
		add(`CASE WHEN r.state = 'waiting' AND r.expires_at <= ? THEN 'refused' ELSE r.state END = ?`, tx.Now, string(q.State))
	}
	if q.Payment != uuid.Nil {
		add(`r.payment_id = ?`, q.Payment)
	}
	if q.Doubt {
		add(`r.state = 'granted' AND r.channel = 'reverse' AND r.doubted_at IS NOT NULL`)
	}
	if q.Before != uuid.Nil {
		add(`r.id < ?`, q.Before)
	}
	return refunds(tx, `WHERE `+strings.Join(where, ` AND `)+` ORDER BY r.id DESC LIMIT ?`, append(args, q.Limit)...)
}

// readRemarks adds what was said about refused refunds for those to whom it was said: the home that decided, the platform, and the office whose person had asked.
func readRemarks(tx *scope.Tx, list []Refund) error {
	asked, homes := []uuid.UUID{}, []int{ledger.Platform}
	for _, r := range list {
		if r.State == RefundRefused && r.ApprovalID != uuid.Nil {
			asked, homes = append(asked, r.ApprovalID), append(homes, r.MunicipalityID)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	in, who, args := tx.Scope, ``, []any{homes, asked}
	if in.Kind() == scope.KindOffice { // which sees no city's approvals
		in, who, args = scope.Platform(), ` AND EXISTS (SELECT 1 FROM people h WHERE h.id = a.requested_by AND h.office_id = ?)`, append(args, tx.Scope.OfficeID())
	}
	var rows []struct {
		ID     uuid.UUID
		Remark string
	}
	err := tx.As(in, func() error {
		return tx.DB.Raw(`SELECT a.id, a.remark FROM approvals a WHERE a.municipality_id IN ? AND a.id IN ? AND a.state = 'refused' AND a.remark IS NOT NULL`+who, args...).Scan(&rows).Error
	})
	if err != nil {
		return fmt.Errorf("read what was said about refunds: %w", err)
	}
	for _, row := range rows {
		for i := range list {
			if list[i].ApprovalID == row.ID && list[i].State == RefundRefused {
				list[i].Remark = row.Remark
			}
		}
	}
	return nil
}

// groupOf reads the refunds of one request, and holds them where lock is set. The payment is locked before them.
func groupOf(tx *scope.Tx, group uuid.UUID, lock bool) ([]Refund, error) {
	where := `WHERE r.group_id = ? ORDER BY r.municipality_id`
	if lock {
		where += ` FOR UPDATE OF r`
	}
	return refunds(tx, where, group)
}

// verdictWaits tells whether a second person is to say what became of a request's reversal.
func verdictWaits(tx *scope.Tx, group uuid.UUID) (waits bool, err error) {
	err = tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM approvals WHERE municipality_id = 0 AND kind = 'refund_outcome' AND target_id = ? AND state = 'open' AND expires_at > ?)`,
		group.String(), tx.Now).Row().Scan(&waits)
	if err != nil {
		return false, fmt.Errorf("look for verdict: %w", err)
	}
	return waits, nil
}

// promise adds to what of a locked payment has gone back.
func promise(tx *scope.Tx, p *Payment, amount money.Rial) error {
	p.Refunded += amount // the column's own check bounds it by the payment's amount
	if err := tx.DB.Exec(`UPDATE payments SET refunded_rial = refunded_rial + ? WHERE id = ?`, amount, p.ID).Error; err != nil {
		return fmt.Errorf("promise refund: %w", err)
	}
	return nil
}

// standing is what the books of a city still say of a bill that a payment paid: earned, as corrections of tariffs have left it, and set off against corrections. For the fee it is the platform's.
func standing(tx *scope.Tx, of Refund) ([]Balance, error) {
	var list []Balance
	err := tx.DB.Raw(`SELECT account, sum(amount_rial)::bigint AS amount FROM ledger_postings
	  WHERE municipality_id = ? AND bill_id IS NOT DISTINCT FROM CAST(? AS uuid) AND (account LIKE 'revenue:%' OR account IN ('payable:correction','receivable:correction','platform_fee') OR account LIKE 'office_fee:%')
	    AND (source_kind = 'payment' AND source_id = ? AND kind IN ('capture','fee')
	      OR source_kind = 'refund' AND kind = 'refund' AND source_id IN (SELECT id FROM refunds WHERE payment_id = ? AND municipality_id = ?)
	      OR source_kind = 'correction' AND kind = 'adjustment' AND account LIKE 'revenue:%')
	  GROUP BY account HAVING sum(amount_rial) <> 0 ORDER BY account`, of.MunicipalityID, known(of.BillID), of.PaymentID, of.PaymentID, of.MunicipalityID).Scan(&list).Error
	if err != nil {
		return nil, fmt.Errorf("read what was earned: %w", err)
	}
	return list, nil
}

// unpaidRefunds counts the granted refunds of a payment whose money is still to go back, and those that did not go by the bank's own hand.
func unpaidRefunds(tx *scope.Tx, payment uuid.UUID) (waiting, ours int, err error) {
	err = tx.DB.Raw(`SELECT count(*) FILTER (WHERE state = 'granted'), count(*) FILTER (WHERE state IN ('granted','paid') AND channel NOT IN ('reverse','bank')) FROM refunds
	  WHERE payment_id = ?`, payment).Row().Scan(&waiting, &ours)
	if err != nil {
		return 0, 0, fmt.Errorf("count refunds: %w", err)
	}
	return waiting, ours, nil
}
