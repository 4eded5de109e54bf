package bills

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/billing/calendar"
	"mofasa/billing/inquiries"
	"mofasa/tenants/municipalities"
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

// Lock reads an order's row and holds it until the transaction ends. Orders are locked before claims and bills. Errors: ErrOrderUnknown.
func Lock(tx *scope.Tx, id uuid.UUID) (Head, error) {
	var h Head
	err := tx.DB.Raw(`SELECT id, office_id, vehicle_id, state, plate, valid_until FROM orders WHERE id = ? FOR UPDATE`, id).Take(&h).Error
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

// Collecting refuses to begin a payment while a city of the order's open bills takes nothing from this office, so that a visit is not paid in half; and keeps
// these cities from being closed until the transaction ends. Errors: ErrPaused, ErrNotYet, ErrClosed.
func Collecting(tx *scope.Tx, order uuid.UUID) error {
	var codes []int
	if err := tx.DB.Raw(`SELECT municipality_id FROM bills WHERE order_id = ? AND state = 'open'`, order).Scan(&codes).Error; err != nil {
		return fmt.Errorf("list the cities of an order: %w", err)
	}
	if err := municipalities.Hold(tx, codes); err != nil || len(codes) == 0 {
		return err
	}
	var cities []inquiries.Municipality
	if err := tx.DB.Raw(`SELECT id, stage, city_takes(id) AS reached, true AS agreed FROM municipalities WHERE id IN ? ORDER BY id`, codes).Scan(&cities).Error; err != nil {
		return fmt.Errorf("read the stages of cities: %w", err)
	}
	for _, m := range cities {
		if refused := refusal(m.State()); refused != nil {
			return refused
		}
	}
	return nil
}

// BeginPaying holds the claims of some cities' bills for a payment: they no longer lapse. It reports ErrNotOpen where one was lost.
func BeginPaying(tx *scope.Tx, order uuid.UUID, municipalities []int, until time.Time) error {
	held := tx.DB.Exec(`UPDATE due_claims SET state = 'paying', claimed_until = greatest(claimed_until, ?)
	  WHERE order_id = ? AND municipality_id IN ? AND state = 'claimed'`, until, order, municipalities)
	if held.Error != nil {
		return fmt.Errorf("hold claims: %w", held.Error)
	}
	var expected int64
	if err := tx.DB.Raw(`SELECT count(*) FROM bill_dues d JOIN bills b ON b.municipality_id = d.municipality_id AND b.id = d.bill_id
	  WHERE b.order_id = ? AND b.municipality_id IN ?`, order, municipalities).Row().Scan(&expected); err != nil {
		return fmt.Errorf("count billed dues: %w", err)
	}
	if held.RowsAffected != expected {
		return ErrNotOpen
	}
	return nil
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

// Settle marks bills, their claims and, with the last bill, the order as paid. It returns false, having changed nothing that the caller may
// keep, where a bill or a claim was not waiting for this payment: the money then belongs in suspense.
func Settle(tx *scope.Tx, order uuid.UUID, billIDs []uuid.UUID) (bool, error) {
	paid := tx.DB.Exec(`UPDATE bills SET state = 'paid', paid_at = ? WHERE order_id = ? AND id IN ? AND state = 'open'`, tx.Now, order, billIDs)
	if paid.Error != nil {
		return false, fmt.Errorf("settle bills: %w", paid.Error)
	}
	claims := tx.DB.Exec(`UPDATE due_claims c SET state = 'paid', paid_at = ? FROM bill_dues d, bills b
	  WHERE b.order_id = ? AND b.id IN ? AND d.municipality_id = b.municipality_id AND d.bill_id = b.id AND c.municipality_id = b.municipality_id
	    AND c.vehicle_id = b.vehicle_id AND c.fiscal_year = d.fiscal_year AND c.order_id = b.order_id AND c.state = 'paying'`, tx.Now, order, billIDs)
	if claims.Error != nil {
		return false, fmt.Errorf("settle claims: %w", claims.Error)
	}
	var expected int64
	if err := tx.DB.Raw(`SELECT count(*) FROM bill_dues d JOIN bills b ON b.municipality_id = d.municipality_id AND b.id = d.bill_id
	  WHERE b.order_id = ? AND b.id IN ?`, order, billIDs).Row().Scan(&expected); err != nil {
		return false, fmt.Errorf("count billed dues: %w", err)
	}
	if paid.RowsAffected != int64(len(billIDs)) || claims.RowsAffected != expected {
		return false, nil
	}
	err := tx.DB.Exec(`UPDATE orders SET state = CASE WHEN EXISTS (SELECT 1 FROM bills b WHERE b.order_id = orders.id AND b.state <> 'paid')
	  THEN 'part_paid' ELSE 'paid' END WHERE id = ?`, order).Error
	return true, err
}

// Charges is what a bill demands under each charge, summed over its fiscal years, by charge name.
func Charges(tx *scope.Tx, municipality int, bill uuid.UUID) ([]ChargeSum, error) {
	var rows []billedRow
	err := tx.DB.Raw(`SELECT municipality_id, bill_id, fiscal_year, amount_rial, lines, cites FROM bill_dues WHERE municipality_id = ? AND bill_id = ?
	  ORDER BY fiscal_year`, municipality, bill).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read billed dues: %w", err)
	}
	billed := make([]BilledDue, len(rows))
	for i, r := range rows {
		if billed[i], err = r.due(); err != nil {
			return nil, err
		}
	}
	return charges(billed)
}
