package deposits

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/ledger"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// Apply moves an office's deposit, once per source and kind, in the platform's scope. It holds the office's lock until the transaction ends; orders and payments
// are locked before it, and whatever can be done before it is. Errors: ErrShort.
func Apply(tx *scope.Tx, office uuid.UUID, kind Kind, amount money.Rial, of Source) (Move, error) {
	return Beside{}.Apply(tx, office, kind, amount, of)
}

// Beside is what goes with a movement's two trips: before the office's lock, and behind the movement.
type Beside struct{ Before, After []scope.Statement }

// Apply is the function of that name, with what goes beside it.
func (b Beside) Apply(tx *scope.Tx, office uuid.UUID, kind Kind, amount money.Rial, of Source) (Move, error) {
	last, below, err := lockLast(tx, office, b.Before)
	if err != nil {
		return Move{}, err
	}
	m, err := last.next(kind, amount)
	if err != nil {
		return m, err
	}
	m.Source, m.At, m.ActorID, m.Low = of, tx.Now, tx.Actor.ID, m.Available < below
	writes := []scope.Statement{{SQL: `INSERT INTO deposit_moves (office_id, number, kind, amount_rial, available_rial, held_rial, source_kind, source_id, at, actor_id)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, Args: []any{office, m.Number, string(m.Kind), m.Amount, m.Available, m.Held, of.Kind, of.ID, m.At, m.ActorID}}}
	if m.Low && last.Available >= below {
		writes = append(writes, scope.Statement{SQL: `INSERT INTO deposit_alerts (office_id, number, below_rial, available_rial, at) VALUES (?, ?, ?, ?, ?)`,
			Args: []any{office, m.Number, below, m.Available, m.At}})
	}
	if err := tx.Send(append(writes, b.After...)...); err != nil {
		return m, fmt.Errorf("move deposit: %w", err)
	}
	return m, nil
}

// TakeOver gives an office the balance with which its deposit begins here, and enters it in the platform's books. It is for seeds, in the platform's scope.
func TakeOver(tx *scope.Tx, office uuid.UUID, amount money.Rial) error {
	id := tx.NewID()
	if _, err := Apply(tx, office, TopUp, amount, Source{Kind: "opening", ID: id}); err != nil {
		return err
	}
	return ledger.Post(tx, ledger.Entry{MunicipalityID: ledger.Platform, Kind: "topup", SourceKind: "deposit_opening", SourceID: id, OfficeID: office,
		Postings: []ledger.Posting{{Account: treasury, Amount: amount}, {Account: ledger.Deposit(office), Amount: -amount}}})
}

// lockLast waits for the office's other movements and reads the last line, and below what the office is warned. The lock is a statement of its own, so that the reading sees what its holder before committed.
func lockLast(tx *scope.Tx, office uuid.UUID, before []scope.Statement) (m Move, below money.Rial, err error) {
	err = tx.Send(append(before,
		scope.Statement{SQL: `SELECT pg_advisory_xact_lock(hashtextextended('deposit ' || ?::text, 0))`, Args: []any{office.String()}},
		scope.Statement{SQL: `SELECT coalesce(max(number), 0), coalesce(max(available_rial), 0), coalesce(max(held_rial), 0), coalesce((SELECT below_rial FROM deposit_warnings WHERE office_id = ?), 0)
	  FROM (SELECT number, available_rial, held_rial FROM deposit_moves WHERE office_id = ? ORDER BY number DESC LIMIT 1) last`, Args: []any{office, office},
			Into: []any{&m.Number, &m.Available, &m.Held, &below}})...)
	if err != nil {
		return Move{}, 0, fmt.Errorf("lock deposit: %w", err)
	}
	return m, below, nil
}

// Read is where an office's deposit stands, in the transaction's scope.
func Read(tx *scope.Tx, office uuid.UUID) (Standing, error) {
	list, err := standings(tx, `WHERE o.id = ?`, office)
	if err != nil || len(list) == 0 {
		return Standing{}, err // of an office that the scope does not see
	}
	return list[0], nil
}

// standings reads deposits by the end of a query over offices o.
func standings(tx *scope.Tx, where string, args ...any) ([]Standing, error) {
	var rows []struct {
		OfficeID                           uuid.UUID
		LicenceNo, NameFA                  string
		AvailableRial, HeldRial, BelowRial int64
		LowSince                           *time.Time
	}
	err := tx.DB.Raw(`SELECT o.id AS office_id, o.licence_no, o.name_fa, coalesce(m.available_rial, 0) AS available_rial, coalesce(m.held_rial, 0) AS held_rial, coalesce(w.below_rial, 0) AS below_rial,
	    (SELECT max(a.at) FROM deposit_alerts a WHERE a.office_id = o.id) AS low_since
	  FROM offices o LEFT JOIN LATERAL (SELECT d.available_rial, d.held_rial FROM deposit_moves d WHERE d.office_id = o.id ORDER BY d.number DESC LIMIT 1) m ON true
	  LEFT JOIN deposit_warnings w ON w.office_id = o.id `+where, args...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read deposits: %w", err)
	}
	list := make([]Standing, len(rows))
	for i, r := range rows {
		list[i] = Standing{OfficeID: r.OfficeID, Licence: r.LicenceNo, NameFA: r.NameFA, Available: money.Rial(r.AvailableRial), Held: money.Rial(r.HeldRial), WarnBelow: money.Rial(r.BelowRial)}
		if list[i].Low() && r.LowSince != nil {
			list[i].LowSince = r.LowSince.UTC()
		}
	}
	return list, nil
}

// Statement reads an office's movements, newest first: at most most of them, below a number (0: from the newest).
func Statement(tx *scope.Tx, office uuid.UUID, below int64, most int) ([]Move, error) {
	var rows []moveRow
	err := tx.DB.Raw(`SELECT m.number, m.kind, m.amount_rial, m.available_rial, m.held_rial, m.source_kind, m.source_id, m.at, m.actor_id, p.order_id, r.number AS receipt_number,
	    coalesce(p.reference, t.reference, w.reference, '') AS reference
	  FROM deposit_moves m LEFT JOIN payments p ON m.source_kind = 'payment' AND p.id = m.source_id LEFT JOIN receipts r ON r.payment_id = p.id
	  LEFT JOIN deposit_transfers t ON m.source_kind = 'topup' AND t.id = m.source_id LEFT JOIN deposit_withdrawals w ON m.source_kind = 'withdrawal' AND w.id = m.source_id
	  WHERE m.office_id = ? AND (? = 0 OR m.number < ?) ORDER BY m.number DESC LIMIT ?`, office, below, below, most).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read statement: %w", err)
	}
	list := make([]Move, len(rows))
	for i, r := range rows {
		list[i] = r.move()
	}
	return list, nil
}

type moveRow struct {
	Number                              int64
	Kind                                string
	AmountRial, AvailableRial, HeldRial int64
	SourceKind                          string
	SourceID                            uuid.UUID
	At                                  time.Time
	ActorID, OrderID                    uuid.NullUUID
	ReceiptNumber                       *int64
	Reference                           string
}

func (r moveRow) move() Move {
	m := Move{Number: r.Number, Kind: Kind(r.Kind), Amount: money.Rial(r.AmountRial), Available: money.Rial(r.AvailableRial), Held: money.Rial(r.HeldRial),
		Source: Source{Kind: r.SourceKind, ID: r.SourceID}, At: r.At.UTC(), ActorID: r.ActorID.UUID,
		OrderID: r.OrderID.UUID, Reference: r.Reference}
	if r.ReceiptNumber != nil {
		m.Receipt = *r.ReceiptNumber
	}
	return m
}
