package payments

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// OpenParts lists what the unpaid bills of an order that no money in suspense stands against give to each account, by city, and the order's fee where none has been
// taken yet. Errors: bills.ErrNoAccount, ErrInSuspense.
func OpenParts(tx *scope.Tx, order uuid.UUID) ([]Part, *Fee, error) {
	var charged Fee
	_, open, err := bills.Payable(tx, order, "", charging(order, &charged))
	if err != nil {
		return nil, nil, err
	}
	parts, err := nextParts(open, route{most: math.MaxInt32})
	return parts, charged.taken(), err
}

// insert writes an attempt, its split and the job that asks about it, and beside them whatever else belongs to its beginning. An order with an unfinished attempt refuses
// a second one by constraint: ErrInFlight.
func insert(tx *scope.Tx, p Payment, beside ...scope.Statement) error {
	told, err := telling(tx, &p, WasAttempted, "", nil)
	if err != nil {
		return err
	}
	statements := []scope.Statement{{SQL: `INSERT INTO payments (id, office_id, order_id, person_id, shift_id, device_id, method, provider, terminal, merchant_ref, amount_rial, state, created_at, expires_at)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, Args: []any{p.ID, p.OfficeID, known(p.OrderID), known(p.PersonID), known(p.ShiftID), known(p.DeviceID), string(p.Method), p.Provider, p.Terminal,
		p.MerchantRef, p.Amount, string(p.State), p.CreatedAt, p.ExpiresAt}}, told}
	split, err := splitting(p)
	if err != nil {
		return err
	}
	err = tx.Send(slices.Concat(statements, split, beside)...)
	if scope.Constraint(err) == "payments_one_open" {
		return bills.ErrInFlight.Because(err)
	}
	if err != nil {
		return fmt.Errorf("insert payment: %w", err)
	}
	return watch(tx, p)
}

// splitting writes what each account gets of a payment, for Send.
func splitting(p Payment) (statements []scope.Statement, err error) {
	if len(p.Parts) > 0 {
		split, err := json.Marshal(p.Parts)
		if err != nil {
			return nil, fmt.Errorf("encode split: %w", err)
		}
		statements = append(statements, scope.Statement{SQL: `INSERT INTO payment_bills (municipality_id, payment_id, bill_id, office_id, iban, amount_rial)
		  SELECT "MunicipalityID", ?, "BillID", ?, "IBAN", "Amount" FROM json_to_recordset(?::json) AS x ("MunicipalityID" integer, "BillID" uuid, "IBAN" text, "Amount" bigint)`,
			Args: []any{p.ID, p.OfficeID, string(split)}})
	}
	if p.Fee != nil {
		statements = append(statements, scope.Statement{SQL: `INSERT INTO payment_fees (payment_id, order_id, office_id, iban, amount_rial) VALUES (?, ?, ?, ?, ?)`,
			Args: []any{p.ID, p.OrderID, p.OfficeID, p.Fee.IBAN, p.Fee.Amount}})
	}
	return statements, nil
}

// known is an id as a column takes it: nobody is null.
func known(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// storeStart takes the edge that the opening of a session led to; false means that the attempt was no longer waiting for it.
func storeStart(tx *scope.Tx, p *Payment, to State) (bool, error) {
	step, err := edge(Created, to, ByOffice)
	if err != nil {
		return false, err
	}
	p.State = to
	stored := tx.DB.Exec(`UPDATE payments SET state = ?, token = nullif(?, ''), redirect_url = nullif(?, ''), page_form = nullif(?, ''), reason = nullif(?, ''), version = version + 1
	  WHERE id = ? AND state = 'created'`, string(p.State), p.Token, p.RedirectURL, p.PageForm, p.Reason, p.ID)
	if stored.Error != nil {
		return false, fmt.Errorf("store session: %w", stored.Error)
	}
	if stored.RowsAffected == 0 {
		return false, nil
	}
	p.Version++
	return true, tell(tx, p, step.Event, Created, nil)
}

// advance takes an edge of the graph with a locked payment: its row and its story.
func advance(tx *scope.Tx, p *Payment, to State, on word) error {
	taken, err := advancing(tx, p, to, on)
	if err != nil {
		return err
	}
	if err := tx.Send(taken...); err != nil {
		return fmt.Errorf("update payment: %w", err)
	}
	return nil
}

// advancing is advance for Send. The payment is as it will be then.
func advancing(tx *scope.Tx, p *Payment, to State, on word) ([]scope.Statement, error) {
	from, event := p.State, WasAsked
	if to != from {
		step, err := edge(from, to, on.by)
		if err != nil {
			return nil, err
		}
		event = step.Event
	}
	p.State, p.Version = to, p.Version+1
	var captured *time.Time
	if to == Captured {
		captured = &tx.Now
	}
	told, err := telling(tx, p, event, from, on.said)
	return []scope.Statement{{SQL: `UPDATE payments SET state = ?, reference = nullif(?, ''), rrn = nullif(?, ''), masked_pan = nullif(?, ''), reason = nullif(?, ''),
	  captured_at = coalesce(captured_at, ?), version = ? WHERE id = ?`, Args: []any{string(to), p.Reference, p.RRN, p.MaskedPAN, p.Reason, captured, p.Version, p.ID}}, told}, err
}

const selectPayment = `SELECT p.id, p.office_id, p.order_id, p.person_id, p.shift_id, p.device_id, p.version, p.refunded_rial, p.method, p.provider, p.terminal, p.merchant_ref, p.amount_rial, p.state, coalesce(p.token, '') AS token,
  coalesce(p.redirect_url, '') AS redirect_url, coalesce(p.reference, '') AS reference, coalesce(p.rrn, '') AS rrn, coalesce(p.masked_pan, '') AS masked_pan,
  coalesce(p.reason, '') AS reason, p.created_at, p.expires_at, coalesce(p.page_form, '') AS page_form,
  (SELECT coalesce(json_agg(json_build_object('MunicipalityID', x.municipality_id, 'BillID', x.bill_id, 'IBAN', x.iban, 'Amount', x.amount_rial) ORDER BY x.municipality_id, x.bill_id, x.iban), '[]')
    FROM payment_bills x WHERE x.payment_id = p.id) AS parts,
  (SELECT json_build_object('IBAN', f.iban, 'Amount', f.amount_rial, 'OfficeShare', o.fee_office_rial) FROM payment_fees f JOIN orders o ON o.id = f.order_id
    WHERE f.payment_id = p.id) AS fee,
  (SELECT json_build_object('Number', r.number, 'At', r.at, 'Amount', r.amount_rial) FROM receipts r WHERE r.payment_id = p.id) AS receipt
  FROM payments p `

type paymentRow struct {
	ID, OfficeID                                            uuid.UUID
	OrderID, PersonID, ShiftID, DeviceID                    uuid.NullUUID
	Version                                                 int
	RefundedRial                                            int64
	Method, Provider, Terminal, MerchantRef                 string
	AmountRial                                              int64
	State, Token, RedirectURL, Reference, MaskedPAN, Reason string
	RRN                                                     string `gorm:"column:rrn"`
	CreatedAt, ExpiresAt                                    time.Time
	PageForm                                                string
	Parts, Fee, Receipt                                     []byte
}

func (r paymentRow) payment() (Payment, error) {
	p := Payment{ID: r.ID, OfficeID: r.OfficeID, OrderID: r.OrderID.UUID, PersonID: r.PersonID.UUID, ShiftID: r.ShiftID.UUID, DeviceID: r.DeviceID.UUID,
		Version: r.Version, Refunded: money.Rial(r.RefundedRial), Method: Method(r.Method), Provider: r.Provider, Terminal: r.Terminal, MerchantRef: r.MerchantRef,
		Amount: money.Rial(r.AmountRial), State: State(r.State), Token: r.Token, RedirectURL: r.RedirectURL, Reference: r.Reference, RRN: r.RRN,
		MaskedPAN: r.MaskedPAN, Reason: r.Reason, CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), PageForm: r.PageForm}
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
	return listPayments(tx, `WHERE p.order_id = ? ORDER BY p.created_at, p.id`, order)
}

// topUps lists an office's top-ups, the newest first.
func topUps(tx *scope.Tx, office uuid.UUID, q TopUpQuery) ([]Payment, error) {
	where, args := `WHERE p.office_id = ? AND p.order_id IS NULL`, []any{office}
	if q.Undecided {
		where, args = where+` AND p.state IN ?`, append(args, Undecided())
	}
	if q.Before != uuid.Nil {
		where, args = where+` AND p.id < ?`, append(args, q.Before)
	}
	return listPayments(tx, where+` ORDER BY p.id DESC LIMIT ?`, append(args, q.Limit)...)
}

// listPayments reads payments by the end of a query.
func listPayments(tx *scope.Tx, where string, args ...any) ([]Payment, error) {
	var rows []paymentRow
	if err := tx.DB.Raw(selectPayment+where, args...).Scan(&rows).Error; err != nil {
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

// receipting gives a receipt over a payment, for Send. Its number is known then.
func receipting(tx *scope.Tx, p *Payment) scope.Statement {
	p.Receipt = &Receipt{At: tx.Now, Amount: p.Amount}
	return scope.Statement{SQL: `INSERT INTO receipts (office_id, payment_id, order_id, amount_rial, at) VALUES (?, ?, ?, ?, ?) RETURNING number`,
		Args: []any{p.OfficeID, p.ID, known(p.OrderID), p.Amount, tx.Now}, Into: []any{&p.Receipt.Number}}
}
