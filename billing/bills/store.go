package bills

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/billing/calendar"
	"mofasa/tenants/scope"
)

// Head is the locked row of an order.
type Head struct {
	ID         uuid.UUID
	OfficeID   uuid.UUID
	VehicleID  uuid.UUID
	State      OrderState
	Plate      string
	ValidUntil time.Time
}

const lockSQL = `SELECT id, office_id, vehicle_id, state, plate, valid_until FROM orders WHERE id = ? FOR UPDATE`

// Lock reads an order's row and holds it until the transaction ends. Orders are locked before claims and bills. Errors: ErrOrderUnknown.
func Lock(tx *scope.Tx, id uuid.UUID) (Head, error) {
	var h Head
	err := tx.DB.Raw(lockSQL, id).Take(&h).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Head{}, ErrOrderUnknown
	}
	if err != nil {
		return Head{}, fmt.Errorf("lock order: %w", err)
	}
	return h, nil
}

func insertOrder(tx *scope.Tx, o Order) error {
	var fee struct{ service, class, from, revision, amount, share any }
	if o.Fee != nil {
		fee.service, fee.class, fee.from, fee.revision, fee.amount, fee.share = o.Fee.Service, o.Fee.Class, o.Fee.ValidFrom, o.Fee.Revision, o.Fee.Amount, o.FeeShare
	}
	person, client := tx.Actor.Columns()
	err := tx.DB.Exec(`INSERT INTO orders (id, office_id, person_id, client_id, vehicle_id, inquiry_id, plate, total_rial, state, created_at, valid_until,
	    fee_service, fee_class, fee_from, fee_revision, fee_rial, fee_office_rial) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, CAST(? AS date), ?, ?, ?)`,
		o.ID, o.OfficeID, person, client, o.Vehicle.ID, o.InquiryID, o.Vehicle.Plate, o.Total, string(o.State), o.CreatedAt, o.ValidUntil,
		fee.service, fee.class, fee.from, fee.revision, fee.amount, fee.share).Error
	if err != nil {
		return fmt.Errorf("insert order: %w", err)
	}
	return nil
}

// claim takes every due of the order, or none: a due that somebody holds is left alone and makes the whole order fail (I2).
func claim(tx *scope.Tx, o Order) error {
	for _, b := range o.Bills {
		for _, d := range b.Dues {
			taken, err := claimDue(tx, o, b.Municipality.ID, d)
			if err != nil {
				return err
			}
			if !taken {
				return holder(tx, b.Municipality.ID, o.Vehicle.ID, d.FiscalYear)
			}
		}
	}
	return nil
}

// claimDue makes the claim, or takes over one that was given back or has lapsed. A concurrent order for the same due waits in the insert for the first to
// commit. Two statements, since row-level security makes an upsert over somebody else's claim an error where an update simply finds no row.
func claimDue(tx *scope.Tx, o Order, municipality int, d BilledDue) (bool, error) {
	made := tx.DB.Exec(`INSERT INTO due_claims (municipality_id, vehicle_id, fiscal_year, office_id, order_id, state, amount_rial, claimed_until)
	  VALUES (?, ?, ?, ?, ?, 'claimed', ?, ?) ON CONFLICT (municipality_id, vehicle_id, fiscal_year) DO NOTHING`,
		municipality, o.Vehicle.ID, int(d.FiscalYear), o.OfficeID, o.ID, d.Amount, o.ValidUntil)
	if made.Error != nil {
		return false, fmt.Errorf("claim due: %w", made.Error)
	}
	if made.RowsAffected == 1 {
		return true, nil
	}
	taken := tx.DB.Exec(`UPDATE due_claims SET office_id = ?, order_id = ?, state = 'claimed', amount_rial = ?, claimed_until = ?, paid_at = NULL
	  WHERE municipality_id = ? AND vehicle_id = ? AND fiscal_year = ? AND (state = 'released' OR state = 'claimed' AND claimed_until < ?)`,
		o.OfficeID, o.ID, d.Amount, o.ValidUntil, municipality, o.Vehicle.ID, int(d.FiscalYear), tx.Now)
	if taken.Error != nil {
		return false, fmt.Errorf("take claim over: %w", taken.Error)
	}
	return taken.RowsAffected == 1, nil
}

// holder says who was first: the due is paid, or claimed until a stated time.
func holder(tx *scope.Tx, municipality int, vehicle uuid.UUID, year calendar.FiscalYear) error {
	var row struct {
		State        string
		ClaimedUntil time.Time
	}
	if err := tx.DB.Raw(`SELECT state, claimed_until FROM due_claims WHERE municipality_id = ? AND vehicle_id = ? AND fiscal_year = ?`,
		municipality, vehicle, int(year)).Take(&row).Error; err != nil {
		return fmt.Errorf("read claim: %w", err)
	}
	if row.State == "paid" {
		return ErrDuePaid.On("dues")
	}
	return ErrDueClaimed.On("dues").With("claimed_until", row.ClaimedUntil.UTC())
}

// number draws a serial of each municipality, in the order of their ids, and makes the bill IDs.
func number(tx *scope.Tx, drafted []Bill) error {
	for i := range drafted {
		b := &drafted[i]
		var n Numbering
		err := tx.DB.Raw(`SELECT bill_company, bill_prefix, draw_bill_serial(id) FROM municipalities WHERE id = ?`, b.Municipality.ID).Row().Scan(&n.Company, &n.Prefix, &n.Serial)
		if err != nil {
			return fmt.Errorf("draw bill serial of municipality %d: %w", b.Municipality.ID, err)
		}
		if b.Pair, err = n.Number(b.Amount); err != nil {
			return fmt.Errorf("number bill of municipality %d: %w", b.Municipality.ID, err)
		}
	}
	return nil
}

func insertBills(tx *scope.Tx, o Order) error {
	for _, b := range o.Bills {
		err := tx.DB.Exec(`INSERT INTO bills (municipality_id, id, office_id, order_id, vehicle_id, bill_id, payment_id, amount_rial, state, issued_at, valid_until)
		  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, b.Municipality.ID, b.ID, o.OfficeID, o.ID, o.Vehicle.ID, string(b.Pair.Bill), string(b.Pair.Payment), b.Amount,
			string(b.State), o.CreatedAt, o.ValidUntil).Error
		if err != nil {
			return fmt.Errorf("insert bill: %w", err)
		}
		for _, d := range b.Dues {
			if err := insertBilledDue(tx, o, b, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func insertBilledDue(tx *scope.Tx, o Order, b Bill, d BilledDue) error {
	lines, err := json.Marshal(d.Lines)
	if err != nil {
		return fmt.Errorf("encode lines: %w", err)
	}
	cites, err := json.Marshal(d.Cites)
	if err != nil {
		return fmt.Errorf("encode cites: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO bill_dues (municipality_id, bill_id, fiscal_year, office_id, vehicle_id, amount_rial, lines, cites, assessed_on)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`, b.Municipality.ID, b.ID, int(d.FiscalYear), o.OfficeID, o.Vehicle.ID, d.Amount, string(lines), string(cites),
		gregorian(d.Cites.On)).Error
	if err != nil {
		return fmt.Errorf("insert billed due: %w", err)
	}
	return nil
}

func gregorian(d calendar.Date) string {
	year, month, day := d.Gregorian()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// release gives an order's unpaid claims back and cancels their bills; while one of them is being paid it is ErrInFlight.
func release(tx *scope.Tx, order Head) error {
	var paying int
	if err := tx.DB.Raw(`SELECT count(*) FROM due_claims WHERE order_id = ? AND state = 'paying'`, order.ID).Row().Scan(&paying); err != nil {
		return fmt.Errorf("look for payments in flight: %w", err)
	}
	if paying > 0 {
		return ErrInFlight
	}
	statements := []string{
		`UPDATE due_claims SET state = 'released' WHERE order_id = ? AND state = 'claimed'`,
		`UPDATE bills SET state = 'cancelled' WHERE order_id = ? AND state = 'open'`,
	}
	if order.State == Open {
		statements = append(statements, `UPDATE orders SET state = 'cancelled' WHERE id = ?`)
	}
	for _, statement := range statements {
		if err := tx.DB.Exec(statement, order.ID).Error; err != nil {
			return fmt.Errorf("release order: %w", err)
		}
	}
	return nil
}

// Holding holds the claims of some cities' bills for a payment, in scope.Tx's Send: they no longer lapse. All receives whether none of them was lost.
func Holding(order uuid.UUID, municipalities []int, until time.Time, all *bool) scope.Statement {
	return scope.Statement{SQL: `WITH held AS (UPDATE due_claims SET state = 'paying', claimed_until = greatest(claimed_until, ?)
	    WHERE order_id = ? AND municipality_id = ANY (?) AND state = 'claimed' RETURNING 1)
	  SELECT (SELECT count(*) FROM held) = (SELECT count(*) FROM bill_dues d JOIN bills b ON b.municipality_id = d.municipality_id AND b.id = d.bill_id
	    WHERE b.order_id = ? AND b.municipality_id = ANY (?))`, Args: []any{until, order, municipalities, order, municipalities}, Into: []any{all}}
}

// EndPaying returns claims to the order after a payment that brought nothing.
func EndPaying(tx *scope.Tx, order uuid.UUID, municipalities []int) error {
	err := tx.DB.Exec(`UPDATE due_claims c SET state = 'claimed', claimed_until = o.valid_until FROM orders o
	  WHERE o.id = c.order_id AND c.order_id = ? AND c.municipality_id IN ? AND c.state = 'paying'`, order, municipalities).Error
	if err != nil {
		return fmt.Errorf("return claims: %w", err)
	}
	return nil
}
