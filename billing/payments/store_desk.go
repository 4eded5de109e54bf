package payments

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// DeskQuery narrows the desk's list. Zero fields narrow nothing.
type DeskQuery struct {
	Reason string
	State  string        // "open", "closed"; "": both
	Older  time.Duration // opened so long ago, at least
	Before uuid.UUID     // listed after this one: the next page
	Limit  int           // 1–200; 0: 200
}

type itemRow struct {
	ID, SourceID         uuid.UUID
	SourceKind           string
	OfficeID, ApprovalID uuid.NullUUID
	Provider, Reason     string
	AmountRial           int64
	Said                 []byte
	OpenedAt             time.Time
	ClosedAt             *time.Time
	Remedy               *string
}

func (r itemRow) item() (Item, error) {
	i := Item{ID: r.ID, Source: SourceKind(r.SourceKind), SourceID: r.SourceID, OfficeID: r.OfficeID.UUID, Provider: r.Provider, Reason: r.Reason, Amount: money.Rial(r.AmountRial),
		OpenedAt: r.OpenedAt.UTC(), ApprovalID: r.ApprovalID.UUID}
	if r.ClosedAt != nil {
		i.ClosedAt, i.Remedy = r.ClosedAt.UTC(), Remedy(*r.Remedy)
	}
	if err := json.Unmarshal(r.Said, &i.Said); err != nil {
		return i, fmt.Errorf("decode suspense: %w", err)
	}
	return i, nil
}

// ofCity is what the scope's city sees of items, in the shape of theirs: what came for its own bills, without the other side's words, which may tell of other cities.
const ofCity = `(SELECT item_id AS id, source_kind, source_id, office_id, provider, reason, sum(amount_rial)::bigint AS amount_rial, '{}'::jsonb AS said, opened_at, closed_at, remedy,
  NULL::uuid AS approval_id FROM suspense_parts GROUP BY item_id, source_kind, source_id, office_id, provider, reason, opened_at, closed_at, remedy)`

// itemsFrom is where the items of a transaction's scope are read.
func itemsFrom(tx *scope.Tx) string {
	if tx.Scope.Kind() == scope.KindMunicipality {
		return ofCity
	}
	return `suspense_items`
}

// items reads items by the end of a query.
func items(tx *scope.Tx, where string, args ...any) ([]Item, error) {
	var rows []itemRow
	if err := tx.DB.Raw(`SELECT i.* FROM `+itemsFrom(tx)+` i `+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read suspense: %w", err)
	}
	list := make([]Item, len(rows))
	for n, r := range rows {
		var err error
		if list[n], err = r.item(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func listItems(tx *scope.Tx, q DeskQuery) ([]Item, error) {
	where, args := []string{"true"}, []any{}
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if q.Reason != "" {
		add(`i.reason = ?`, q.Reason)
	}
	if q.State != "" {
		add(`(i.closed_at IS NULL) = ?`, q.State == "open")
	}
	if q.Older > 0 {
		add(`i.opened_at <= ?`, tx.Now.Add(-q.Older))
	}
	if q.Before != uuid.Nil {
		add(`(i.opened_at, i.id) < (SELECT b.opened_at, b.id FROM `+itemsFrom(tx)+` b WHERE b.id = ?)`, q.Before)
	}
	return items(tx, `WHERE `+strings.Join(where, ` AND `)+` ORDER BY i.opened_at DESC, i.id DESC LIMIT ?`, append(args, q.Limit)...)
}

// anItem reads one item, and holds its row where lock is set. Errors: suspense_unknown.
func anItem(tx *scope.Tx, id uuid.UUID, lock bool) (Item, error) {
	where := `WHERE i.id = ?`
	if lock {
		where += ` FOR UPDATE`
	}
	list, err := items(tx, where, id)
	if err != nil {
		return Item{}, err
	}
	if len(list) == 0 {
		return Item{}, ErrItemUnknown
	}
	return list[0], nil
}

func closeItem(tx *scope.Tx, id uuid.UUID, by Remedy, approval uuid.UUID) error {
	done := tx.DB.Exec(`UPDATE suspense_items SET closed_at = ?, remedy = ?, approval_id = ? WHERE id = ? AND closed_at IS NULL`, tx.Now, string(by), known(approval), id)
	if done.Error != nil {
		return fmt.Errorf("close suspense: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return ErrItemClosed
	}
	return closeParts(tx, id, by)
}

// underWay notes the approval whose remedy waits for the provider; Nil: it said no.
func underWay(tx *scope.Tx, id, approval uuid.UUID) error {
	if err := tx.DB.Exec(`UPDATE suspense_items SET approval_id = ? WHERE id = ? AND closed_at IS NULL`, known(approval), id).Error; err != nil {
		return fmt.Errorf("note remedy under way: %w", err)
	}
	return nil
}

// billsNow reads bills as they stand, with the claims of their dues: by ids, or by a pair of numbers.
func billsNow(tx *scope.Tx, where string, args ...any) ([]BillNow, error) {
	var rows []struct {
		MunicipalityID    int
		ID, OrderID       uuid.UUID
		BillID, PaymentID string
		AmountRial        int64
		State             string
		Account           bool
		Claims            []byte
	}
	err := tx.DB.Raw(`SELECT b.municipality_id, b.id, b.order_id, b.bill_id, b.payment_id, b.amount_rial, b.state,
	  EXISTS (SELECT 1 FROM municipality_accounts a WHERE a.municipality_id = b.municipality_id AND a.charge = '*') AS account, (SELECT coalesce(json_agg(json_build_object(
	    'FiscalYear', c.fiscal_year, 'State', c.state, 'OrderID', c.order_id, 'ClaimedUntil', c.claimed_until) ORDER BY c.fiscal_year), '[]') FROM bill_dues d
	    JOIN due_claims c ON c.municipality_id = d.municipality_id AND c.vehicle_id = d.vehicle_id AND c.fiscal_year = d.fiscal_year
	    WHERE d.municipality_id = b.municipality_id AND d.bill_id = b.id) AS claims
	  FROM bills b `+where+` ORDER BY b.municipality_id, b.id`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read bills: %w", err)
	}
	list := make([]BillNow, len(rows))
	for i, r := range rows {
		list[i] = BillNow{MunicipalityID: r.MunicipalityID, ID: r.ID, OrderID: r.OrderID, Amount: money.Rial(r.AmountRial), State: r.State, Account: r.Account,
			Pair: bills.Pair{Bill: bills.BillID(r.BillID), Payment: bills.PaymentID(r.PaymentID)}}
		if err := json.Unmarshal(r.Claims, &list[i].Claims); err != nil {
			return nil, fmt.Errorf("decode claims: %w", err)
		}
	}
	return list, nil
}

func billsOfPayment(tx *scope.Tx, p Payment) ([]BillNow, error) {
	return billsNow(tx, `WHERE EXISTS (SELECT 1 FROM payment_bills x WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id AND x.payment_id = ?)`, p.ID)
}

// orderState is "" where the scope does not see the order.
func orderState(tx *scope.Tx, order uuid.UUID) (state string, err error) {
	if err := tx.DB.Raw(`SELECT coalesce((SELECT state FROM orders WHERE id = ?), '')`, order).Row().Scan(&state); err != nil {
		return "", fmt.Errorf("read order: %w", err)
	}
	return state, nil
}

// entries reads entries of the books by the end of a query, oldest first.
func entries(tx *scope.Tx, where string, args ...any) ([]Posted, error) {
	var rows []struct {
		At               time.Time
		MunicipalityID   int
		Kind, SourceKind string
		SourceID         uuid.UUID
		BillID, OfficeID uuid.NullUUID
		Postings         []byte
	}
	err := tx.DB.Raw(`SELECT e.at, e.municipality_id, e.kind, e.source_kind, e.source_id, e.bill_id, e.office_id, (SELECT json_agg(json_build_object('Account', p.account, 'Amount', p.amount)
	    ORDER BY p.line) FROM unnest(e.accounts, e.amounts) WITH ORDINALITY AS p(account, amount, line)) AS postings
	  FROM ledger_entries e `+where+` ORDER BY e.at, e.municipality_id, e.id`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read entries: %w", err)
	}
	list := make([]Posted, len(rows))
	for i, r := range rows {
		list[i] = Posted{r.At.UTC(), ledger.Entry{MunicipalityID: r.MunicipalityID, Kind: r.Kind, SourceKind: r.SourceKind, SourceID: r.SourceID, BillID: r.BillID.UUID, OfficeID: r.OfficeID.UUID}}
		if err := json.Unmarshal(r.Postings, &list[i].Postings); err != nil {
			return nil, fmt.Errorf("decode postings: %w", err)
		}
	}
	return list, nil
}

func insertPayout(tx *scope.Tx, i Item, iban string) error {
	err := tx.DB.Exec(`INSERT INTO suspense_payouts (id, item_id, iban, amount_rial, asked_at) VALUES (?, ?, ?, ?, ?)`, tx.NewID(), i.ID, iban, i.Amount, tx.Now).Error
	if err != nil {
		return fmt.Errorf("ask for payout: %w", err)
	}
	return nil
}

// findPayment finds a payment in the scope by its id, our number of it, the provider's reference or the switch's number; or the last attempt to pay an order. Nil: there is none.
func findPayment(tx *scope.Tx, name string) (uuid.UUID, error) {
	var ids []uuid.UUID
	id, err := uuid.Parse(name)
	if err != nil {
		id = uuid.Nil
	}
	err = tx.DB.Raw(`SELECT id FROM payments WHERE id = ? OR order_id = ? OR merchant_ref = ? OR reference = ? OR rrn = ?
	  ORDER BY id <> ?, created_at DESC LIMIT 1`, id, id, name, name, name, id).Scan(&ids).Error
	if err != nil || len(ids) == 0 {
		return uuid.Nil, err
	}
	return ids[0], nil
}
