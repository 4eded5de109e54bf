package desk

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// search reads one visit more than the page holds.
func search(tx *scope.Tx, office uuid.UUID, q Query) ([]Visit, error) {
	var rows []struct {
		ID                          uuid.UUID
		State, Plate, PersonName    string
		PayState, PayMethod, Serial string
		Cities                      int
		TotalRial, PaidRial         int64
		CreatedAt                   time.Time
	}
	where, args := q.where()
	args = append(args, sql.Named("office", office), sql.Named("now", tx.Now), sql.Named("limit", q.Limit+1))
	err := tx.DB.Raw(`SELECT o.id, CASE WHEN o.state = 'open' AND o.valid_until < @now AND NOT EXISTS (SELECT 1 FROM due_claims c WHERE c.order_id = o.id AND c.state = 'paying')
	    THEN 'expired' ELSE o.state END AS state, o.plate, o.total_rial, o.created_at, coalesce(p.name_fa, k.name_fa, '') AS person_name,
	  b.cities, b.paid_rial, coalesce(y.state, '') AS pay_state, coalesce(y.method, '') AS pay_method,
	  coalesce((SELECT c.serial FROM certificates c WHERE c.order_id = o.id ORDER BY c.issued_at DESC LIMIT 1), '') AS serial
	FROM orders o LEFT JOIN people p ON p.id = o.person_id LEFT JOIN api_clients k ON k.id = o.client_id
	  LEFT JOIN LATERAL (SELECT count(*) AS cities, coalesce(sum(amount_rial) FILTER (WHERE state = 'paid'), 0)::bigint AS paid_rial FROM bills WHERE order_id = o.id) b ON true
	  LEFT JOIN LATERAL (SELECT state, method FROM payments WHERE order_id = o.id ORDER BY created_at DESC, id DESC LIMIT 1) y ON true
	WHERE o.office_id = @office`+where+` ORDER BY o.created_at DESC, o.id DESC LIMIT @limit`, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("search visits: %w", err)
	}
	page := make([]Visit, len(rows))
	for i, r := range rows {
		page[i] = Visit{OrderID: r.ID, State: r.State, Plate: r.Plate, Cities: r.Cities, Total: money.Rial(r.TotalRial), Paid: money.Rial(r.PaidRial), PersonName: r.PersonName,
			PayState: r.PayState, PayMethod: r.PayMethod, Certificate: r.Serial, CreatedAt: r.CreatedAt.UTC()}
	}
	return page, nil
}

// onPaper finds orders by whatever number stands on one of their papers; each comes from an index.
const onPaper = ` AND o.id IN (SELECT order_id FROM receipts WHERE office_id = @office AND number = CAST(@receipt AS bigint)
  UNION SELECT order_id FROM payments WHERE office_id = @office AND rrn IN (@exact, @upper)
  UNION SELECT order_id FROM payments WHERE office_id = @office AND reference IN (@exact, @upper)
  UNION SELECT order_id FROM bills WHERE office_id = @office AND bill_id = @digits
  UNION SELECT order_id FROM bills WHERE office_id = @office AND payment_id = @digits
  UNION SELECT order_id FROM bills WHERE office_id = @office AND bill_id = @bill AND payment_id = @pay
  UNION SELECT order_id FROM certificates WHERE serial = @upper AND office_id = @office)`

func (q Query) where() (where string, args []any) {
	if q.Number != "" {
		p := q.paper
		where, args = onPaper, append(args, sql.Named("exact", p.exact), sql.Named("upper", p.upper), sql.Named("digits", p.digits), sql.Named("receipt", p.receipt()),
			sql.Named("bill", p.bill), sql.Named("pay", p.pay))
	}
	if plate := q.Plate.String(); plate != "" {
		where, args = where+` AND o.plate = @plate`, append(args, sql.Named("plate", plate))
	}
	if !q.named() {
		where += ` AND o.created_at >= @from AND o.created_at < @to`
		args = append(args, sql.Named("from", q.Day.Time()), sql.Named("to", q.Day.AddDays(1).Time()))
	}
	if q.After != nil {
		where += ` AND (o.created_at, o.id) < (@after_at, CAST(@after_id AS uuid))`
		args = append(args, sql.Named("after_at", q.After.At), sql.Named("after_id", q.After.ID))
	}
	return where, args
}

// happened gathers the story of one order from where each part of it is kept. rank puts what happened at one instant into the order in which it must have.
const happened = `SELECT i.at, 1 AS rank, 'inquiry' AS kind, i.person_id, i.client_id, NULL::uuid AS payment_id, '' AS method, '' AS state, i.purpose AS reason, 0::bigint AS amount, '' AS number, '' AS actor
  FROM inquiries i JOIN orders o ON o.inquiry_id = i.id WHERE o.id = @order
UNION ALL SELECT created_at, 2, 'order', person_id, client_id, NULL, '', '', '', total_rial, '', '' FROM orders WHERE id = @order
UNION ALL SELECT at, 3, 'cancellation', CASE WHEN actor_kind = 'person' THEN actor_id END, CASE WHEN actor_kind = 'client' THEN actor_id END, NULL, '', '', '', 0, '', actor_kind
  FROM audit_log WHERE owner = scope_owner() AND target_kind = 'order' AND target_id = @order_text AND action = 'order.cancelled'
UNION ALL SELECT e.at, 10 + e.number, 'payment', CASE WHEN e.actor_kind = 'person' THEN e.actor_id END, CASE WHEN e.actor_kind = 'client' THEN e.actor_id END, p.id, p.method, e.to_state,
    coalesce(e.reason, ''), p.amount_rial, '', e.actor_kind FROM payment_events e JOIN payments p ON p.id = e.payment_id WHERE p.order_id = @order AND e.to_state IS DISTINCT FROM e.from_state
UNION ALL SELECT r.at, 1000, 'receipt', NULL, NULL, r.payment_id, '', '', '', r.amount_rial, r.number::text, 'system' FROM receipts r JOIN payments p ON p.id = r.payment_id
  WHERE p.order_id = @order
UNION ALL SELECT x.at, 1001, 'print', x.person_id, x.client_id, r.payment_id, '', x.kind, '', 0, x.number::text, '' FROM receipt_prints x JOIN receipts r ON r.number = x.receipt_number
  JOIN payments p ON p.id = r.payment_id WHERE p.order_id = @order
UNION ALL SELECT v.at, 1100 + v.number, 'certificate', CASE WHEN v.kind = 'issued' THEN c.issued_by END, CASE WHEN v.kind = 'issued' THEN c.issued_by_client END, NULL, '', v.kind,
    coalesce(v.reason, ''), 0, c.serial, CASE WHEN v.kind = 'issued' THEN '' ELSE 'system' END FROM certificate_events v JOIN certificates c ON c.serial = v.serial WHERE c.order_id = @order
UNION ALL SELECT f.requested_at, 1200, 'refund', f.requested_by, NULL, p.id, '', 'waiting', f.reason, f.amount_rial, '', '' FROM refunds f JOIN payments p ON p.id = f.payment_id
  WHERE p.order_id = @order
UNION ALL SELECT f.granted_at, 1201, 'refund', NULL, NULL, p.id, '', 'granted', '', f.amount_rial, '', 'system' FROM refunds f JOIN payments p ON p.id = f.payment_id
  WHERE p.order_id = @order AND f.granted_at IS NOT NULL
UNION ALL SELECT f.paid_at, 1202, 'refund', NULL, NULL, p.id, '', 'paid', '', f.amount_rial, '', 'system' FROM refunds f JOIN payments p ON p.id = f.payment_id
  WHERE p.order_id = @order AND f.paid_at IS NOT NULL`

func timeline(tx *scope.Tx, order uuid.UUID) ([]Event, error) {
	var rows []struct {
		At                                             time.Time
		Kind, Actor, PersonName, Method, State, Reason string
		Number                                         string
		PaymentID, PersonID, ClientID                  uuid.NullUUID
		Amount                                         int64
	}
	err := tx.DB.Raw(`SELECT h.*, coalesce(p.name_fa, k.name_fa, '') AS person_name FROM (`+happened+`) h
	  LEFT JOIN people p ON p.id = h.person_id LEFT JOIN api_clients k ON k.id = h.client_id ORDER BY h.at, h.rank, h.payment_id`,
		sql.Named("order", order), sql.Named("order_text", order.String())).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read timeline: %w", err)
	}
	events := make([]Event, len(rows))
	for i, r := range rows {
		events[i] = Event{At: r.At.UTC(), Kind: r.Kind, Actor: r.Actor, PersonName: r.PersonName, PaymentID: r.PaymentID.UUID, Method: r.Method, State: r.State, Reason: r.Reason,
			Amount: money.Rial(r.Amount), Number: r.Number}
		switch {
		case r.PersonID.Valid:
			events[i].Actor = "person"
		case r.ClientID.Valid:
			events[i].Actor = "client"
		}
	}
	return events, nil
}

// done sums each kind of work by its doer and its day in Tehran.
const done = `SELECT at, coalesce(person_id, client_id) AS who, 1 AS inquiries, 0 AS orders, 0 AS receipts, 0::bigint AS taken, 0 AS certificates FROM inquiries
    WHERE office_id = @office AND at >= @from AND at < @to
  UNION ALL SELECT created_at, coalesce(person_id, client_id), 0, 1, 0, 0, 0 FROM orders WHERE office_id = @office AND created_at >= @from AND created_at < @to
  UNION ALL SELECT r.at, coalesce(o.person_id, o.client_id), 0, 0, 1, r.amount_rial, 0 FROM receipts r JOIN orders o ON o.id = r.order_id
    WHERE r.office_id = @office AND r.at >= @from AND r.at < @to
  UNION ALL SELECT issued_at, coalesce(issued_by, issued_by_client), 0, 0, 0, 0, 1 FROM certificates WHERE office_id = @office AND issued_at >= @from AND issued_at < @to`

func usage(tx *scope.Tx, office uuid.UUID, p Period) ([]Usage, error) {
	var rows []struct {
		Day                                       time.Time
		Who                                       uuid.UUID
		Name                                      string
		Inquiries, Orders, Receipts, Certificates int
		Taken                                     int64
	}
	err := tx.DB.Raw(`SELECT u.*, coalesce(p.name_fa, k.name_fa, '') AS name FROM (SELECT (at AT TIME ZONE 'Asia/Tehran')::date AS day, who, sum(inquiries) AS inquiries, sum(orders) AS orders,
	    sum(receipts) AS receipts, sum(taken)::bigint AS taken, sum(certificates) AS certificates FROM (`+done+`) w GROUP BY 1, 2) u
	  LEFT JOIN people p ON p.id = u.who LEFT JOIN api_clients k ON k.id = u.who ORDER BY u.day DESC, name, u.who`,
		sql.Named("office", office), sql.Named("from", p.From.Time()), sql.Named("to", p.To.AddDays(1).Time())).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read usage: %w", err)
	}
	list := make([]Usage, len(rows))
	for i, r := range rows {
		list[i] = Usage{Day: calendar.FromGregorian(r.Day.Date()), PersonID: r.Who, PersonName: r.Name, Inquiries: r.Inquiries, Orders: r.Orders, Receipts: r.Receipts,
			Taken: money.Rial(r.Taken), Certificates: r.Certificates}
	}
	return list, nil
}
