package payments

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// nextParts picks the next unpaid bills of an order, as many as the provider can split one payment into, with the accounts of each city, and the order's fee where
// none has been taken yet.
func nextParts(tx *scope.Tx, order uuid.UUID, most int) ([]Part, *Fee, error) {
	open, err := unpaidBills(tx, order)
	if err != nil {
		return nil, nil, err
	}
	if len(open) == 0 {
		return nil, nil, ErrInSuspense // an order whose bills are all paid is paid and was refused before
	}
	charged, err := fee(tx, order)
	if err != nil {
		return nil, nil, err
	}
	if charged != nil {
		most--
	}
	parts, err := slice(open, most)
	return parts, charged, err
}

func unpaidBills(tx *scope.Tx, order uuid.UUID) ([]unpaid, error) {
	var rows []struct {
		MunicipalityID int
		BillID         uuid.UUID
		Dues, Accounts []byte
	}
	err := tx.DB.Raw(`SELECT b.municipality_id, b.id AS bill_id,
	    (SELECT json_agg(json_build_object('fiscal_year', d.fiscal_year, 'amount', d.amount_rial, 'lines', d.lines)) FROM bill_dues d
	      WHERE d.municipality_id = b.municipality_id AND d.bill_id = b.id) AS dues,
	    (SELECT json_object_agg(a.charge, a.iban) FROM municipality_accounts a WHERE a.municipality_id = b.municipality_id) AS accounts
	  FROM bills b WHERE b.order_id = ? AND b.state = 'open' AND NOT EXISTS (SELECT 1 FROM payment_bills x JOIN payments p ON p.id = x.payment_id
	    WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id AND p.state = 'suspense') ORDER BY b.municipality_id`, order).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("pick bills: %w", err)
	}
	open := make([]unpaid, len(rows))
	for i, r := range rows {
		var billed []bills.BilledDue
		accounts := map[string]string{}
		if r.Accounts == nil {
			return nil, bills.ErrNoAccount
		}
		if err := errors.Join(json.Unmarshal(r.Dues, &billed), json.Unmarshal(r.Accounts, &accounts)); err != nil {
			return nil, fmt.Errorf("decode bill %s: %w", r.BillID, err)
		}
		open[i] = unpaid{municipality: r.MunicipalityID, bill: r.BillID}
		if open[i].shares, err = bills.Split(billed, accounts); err != nil {
			return nil, err
		}
	}
	return open, nil
}

// insert writes an attempt and its split. An order with an unfinished attempt refuses a second one by constraint: ErrInFlight.
func insert(tx *scope.Tx, p Payment) error {
	err := tx.DB.Exec(`INSERT INTO payments (id, office_id, order_id, method, provider, terminal, merchant_ref, amount_rial, state, created_at, expires_at, next_check_at)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, p.ID, p.OfficeID, p.OrderID, p.Method, p.Provider, p.Terminal, p.MerchantRef, p.Amount, string(p.State),
		p.CreatedAt, p.ExpiresAt, tx.Now.Add(Lease)).Error
	if scope.Constraint(err) == "payments_one_open" {
		return bills.ErrInFlight.Because(err)
	}
	if err != nil {
		return fmt.Errorf("insert payment: %w", err)
	}
	for _, part := range p.Parts {
		err := tx.DB.Exec(`INSERT INTO payment_bills (municipality_id, payment_id, bill_id, office_id, iban, amount_rial) VALUES (?, ?, ?, ?, ?, ?)`,
			part.MunicipalityID, p.ID, part.BillID, p.OfficeID, part.IBAN, part.Amount).Error
		if err != nil {
			return fmt.Errorf("insert split: %w", err)
		}
	}
	return insertFee(tx, p)
}

// storeStart keeps what the provider said of the opened session; false means that the attempt was no longer waiting for it.
func storeStart(tx *scope.Tx, p Payment) (bool, error) {
	stored := tx.DB.Exec(`UPDATE payments SET state = ?, token = nullif(?, ''), redirect_url = nullif(?, ''), reason = nullif(?, ''), next_check_at = ?
	  WHERE id = ? AND state = 'created'`, string(p.State), p.Token, p.RedirectURL, p.Reason, checkAt(p, tx.Now, p.Checks), p.ID)
	if stored.Error != nil {
		return false, fmt.Errorf("store session: %w", stored.Error)
	}
	return stored.RowsAffected == 1, nil
}

// update writes the present state of a locked payment and plans the next question, if one is left to ask.
func update(tx *scope.Tx, p Payment) error {
	var captured *time.Time
	if p.State == Captured {
		captured = &tx.Now
	}
	err := tx.DB.Exec(`UPDATE payments SET state = ?, reference = nullif(?, ''), rrn = nullif(?, ''), masked_pan = nullif(?, ''), reason = nullif(?, ''),
	  captured_at = ?, next_check_at = ? WHERE id = ?`, string(p.State), p.Reference, p.RRN, p.MaskedPAN, p.Reason, captured, checkAt(p, tx.Now, p.Checks), p.ID).Error
	if err != nil {
		return fmt.Errorf("update payment: %w", err)
	}
	return nil
}

// checkAt is when the resolver asks again: soon at first, then every half minute, often inside the shortest window of any provider (15 minutes).
func checkAt(p Payment, now time.Time, checks int) *time.Time {
	if p.State.Final() {
		return nil
	}
	at := now.Add(min(2*time.Second<<min(checks, 4), 30*time.Second))
	return &at
}

// takeDue leases a payment whose check is due, money that was charged first; others skip it meanwhile.
func takeDue(tx *scope.Tx) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := tx.DB.Raw(`UPDATE payments SET next_check_at = ?, checks = checks + 1 WHERE id = (SELECT id FROM payments WHERE next_check_at <= ?
	  ORDER BY reference IS NULL, next_check_at FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id`, tx.Now.Add(Lease), tx.Now).Scan(&ids).Error
	if err != nil {
		return nil, fmt.Errorf("take a payment to check: %w", err)
	}
	return ids, nil
}

func findBySession(tx *scope.Tx, provider, token, merchantRef string) (uuid.UUID, error) {
	var ids []uuid.UUID
	err := tx.DB.Raw(`SELECT id FROM payments WHERE provider = ? AND (token = ? OR (? = '' AND merchant_ref = ?))`, provider, token, token, merchantRef).Scan(&ids).Error
	if err != nil || len(ids) == 0 {
		return uuid.Nil, err
	}
	return ids[0], nil
}

const selectPayment = `SELECT p.id, p.office_id, p.order_id, p.method, p.provider, p.terminal, p.merchant_ref, p.amount_rial, p.state, coalesce(p.token, '') AS token,
  coalesce(p.redirect_url, '') AS redirect_url, coalesce(p.reference, '') AS reference, coalesce(p.rrn, '') AS rrn, coalesce(p.masked_pan, '') AS masked_pan,
  coalesce(p.reason, '') AS reason, p.created_at, p.expires_at, p.checks,
  (SELECT json_agg(json_build_object('MunicipalityID', x.municipality_id, 'BillID', x.bill_id, 'IBAN', x.iban, 'Amount', x.amount_rial) ORDER BY x.municipality_id, x.bill_id, x.iban)
    FROM payment_bills x WHERE x.payment_id = p.id) AS parts,
  (SELECT json_build_object('IBAN', f.iban, 'Amount', f.amount_rial, 'OfficeShare', o.fee_office_rial) FROM payment_fees f JOIN orders o ON o.id = f.order_id
    WHERE f.payment_id = p.id) AS fee,
  (SELECT json_build_object('Number', r.number, 'At', r.at, 'Amount', r.amount_rial) FROM receipts r WHERE r.payment_id = p.id) AS receipt
  FROM payments p `

type paymentRow struct {
	ID, OfficeID, OrderID                                   uuid.UUID
	Method, Provider, Terminal, MerchantRef                 string
	AmountRial                                              int64
	State, Token, RedirectURL, Reference, MaskedPAN, Reason string
	RRN                                                     string `gorm:"column:rrn"`
	CreatedAt, ExpiresAt                                    time.Time
	Checks                                                  int
	Parts, Fee, Receipt                                     []byte
}

func (r paymentRow) payment() (Payment, error) {
	p := Payment{ID: r.ID, OfficeID: r.OfficeID, OrderID: r.OrderID, Method: r.Method, Provider: r.Provider, Terminal: r.Terminal, MerchantRef: r.MerchantRef,
		Amount: money.Rial(r.AmountRial), State: State(r.State), Token: r.Token, RedirectURL: r.RedirectURL, Reference: r.Reference, RRN: r.RRN,
		MaskedPAN: r.MaskedPAN, Reason: r.Reason, CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), Checks: r.Checks}
	if err := json.Unmarshal(r.Parts, &p.Parts); err != nil {
		return Payment{}, fmt.Errorf("decode split: %w", err)
	}
	if r.Fee != nil {
		if err := json.Unmarshal(r.Fee, &p.Fee); err != nil {
			return Payment{}, fmt.Errorf("decode fee: %w", err)
		}
	}
	if r.Receipt != nil {
		if err := json.Unmarshal(r.Receipt, &p.Receipt); err != nil {
			return Payment{}, fmt.Errorf("decode receipt: %w", err)
		}
	}
	return p, nil
}

// load reads a payment, and holds its row where lock is set.
func load(tx *scope.Tx, id uuid.UUID, lock bool) (Payment, error) {
	var row paymentRow
	query := selectPayment + `WHERE p.id = ?`
	if lock {
		query += ` FOR UPDATE OF p`
	}
	if err := tx.DB.Raw(query, id).Take(&row).Error; err != nil {
		return Payment{}, fmt.Errorf("load payment: %w", err)
	}
	return row.payment()
}

// OfOrder lists the attempts to pay an order in the transaction's scope, oldest first.
func OfOrder(tx *scope.Tx, order uuid.UUID) ([]Payment, error) {
	var rows []paymentRow
	if err := tx.DB.Raw(selectPayment+`WHERE p.order_id = ? ORDER BY p.created_at, p.id`, order).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list payments: %w", err)
	}
	list := make([]Payment, 0, len(rows))
	for _, r := range rows {
		p, err := r.payment()
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func giveReceipt(tx *scope.Tx, p Payment) (*Receipt, error) {
	r := Receipt{At: tx.Now, Amount: p.Amount}
	err := tx.DB.Raw(`INSERT INTO receipts (office_id, payment_id, order_id, amount_rial, at) VALUES (?, ?, ?, ?, ?) RETURNING number`,
		p.OfficeID, p.ID, p.OrderID, p.Amount, tx.Now).Row().Scan(&r.Number)
	if err != nil {
		return nil, fmt.Errorf("give receipt: %w", err)
	}
	return &r, nil
}
