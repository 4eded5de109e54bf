package bills

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/inquiries"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/scope"
)

type orderRow struct {
	ID              uuid.UUID
	OfficeID        uuid.UUID
	InquiryID       uuid.UUID
	VehicleID       uuid.UUID
	State           string
	Plate           string
	TotalRial       int64
	CreatedAt       time.Time
	ValidUntil      time.Time
	Paying          bool
	VIN             string `gorm:"column:vin"`
	Class           tariffs.Class
	Usage           tariffs.Usage
	Fuel            tariffs.Fuel
	Origin          tariffs.Origin
	TypeCode        string
	TypeName        string
	ModelYear       int
	FirstRegistered time.Time
	Fee             []byte // JSON, null where none is charged
	FeeOfficeRial   int64
}

// Load reads an order with its bills in the transaction's scope; the vehicle becomes the named one. Errors: ErrOrderUnknown.
func Load(tx *scope.Tx, id uuid.UUID) (Order, error) {
	var vehicle uuid.UUID
	err := tx.DB.Raw(`SELECT vehicle_id FROM orders WHERE id = ?`, id).Row().Scan(&vehicle)
	if errors.Is(err, sql.ErrNoRows) {
		return Order{}, ErrOrderUnknown
	}
	if err != nil {
		return Order{}, fmt.Errorf("find order: %w", err)
	}
	if err := tx.NameVehicle(vehicle); err != nil {
		return Order{}, fmt.Errorf("name vehicle: %w", err)
	}
	var r orderRow
	err = tx.DB.Raw(`SELECT o.id, o.office_id, o.inquiry_id, o.vehicle_id, o.state, o.plate, o.total_rial, o.created_at, o.valid_until,
	  EXISTS (SELECT 1 FROM due_claims c WHERE c.order_id = o.id AND c.state = 'paying') AS paying, v.vin, v.class, v.usage, v.fuel,
	  v.origin, v.type_code, coalesce(t.name_fa, v.type_code) AS type_name, v.model_year, v.first_registered,
	  CASE WHEN o.fee_service IS NOT NULL THEN json_build_object('service', o.fee_service, 'amount', o.fee_rial, 'class', o.fee_class, 'from', o.fee_from, 'revision', o.fee_revision,
	    'reference', (SELECT f.reference FROM fee_schedule f WHERE (f.service, f.office_class, f.valid_from, f.revision) = (o.fee_service, o.fee_class, o.fee_from, o.fee_revision))) END AS fee,
	  coalesce(o.fee_office_rial, 0) AS fee_office_rial FROM orders o JOIN vehicles v ON v.id = o.vehicle_id LEFT JOIN vehicle_types t ON t.code = v.type_code WHERE o.id = ?`, id).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Order{}, ErrOrderUnknown
	}
	if err != nil {
		return Order{}, fmt.Errorf("load order: %w", err)
	}
	order, err := r.order(tx.Now)
	if err != nil {
		return Order{}, err
	}
	order.Bills, err = loadBills(tx, id)
	return order, err
}

func (r orderRow) order(now time.Time) (Order, error) {
	first := calendar.FromGregorian(r.FirstRegistered.Date())
	facts := dues.Vehicle{Vehicle: tariffs.Vehicle{Class: r.Class, Usage: r.Usage, Fuel: r.Fuel, Origin: r.Origin}, TypeCode: r.TypeCode,
		ModelYear: r.ModelYear, FirstRegistered: first}
	o := Order{ID: r.ID, OfficeID: r.OfficeID, InquiryID: r.InquiryID, State: OrderState(r.State), Total: money.Rial(r.TotalRial),
		CreatedAt: r.CreatedAt.UTC(), ValidUntil: r.ValidUntil.UTC(),
		Vehicle: inquiries.Vehicle{ID: r.VehicleID, VIN: r.VIN, Plate: r.Plate, TypeNameFA: r.TypeName, Facts: facts, FirstRegistered: first}}
	o.FeeShare = money.Rial(r.FeeOfficeRial)
	if r.Fee != nil {
		if err := json.Unmarshal(r.Fee, &o.Fee); err != nil {
			return Order{}, fmt.Errorf("decode fee: %w", err)
		}
	}
	if o.State == Open && now.After(o.ValidUntil) && !r.Paying {
		o.State = Expired
	}
	return o, nil
}

func loadBills(tx *scope.Tx, order uuid.UUID) ([]Bill, error) {
	var rows []struct {
		ID             uuid.UUID
		MunicipalityID int
		BillID         string
		PaymentID      string
		AmountRial     int64
		State          string
		AtBank         bool
		City           []byte
		Dues           []byte
	}
	err := tx.DB.Raw(`SELECT b.id, b.municipality_id, b.bill_id, b.payment_id, b.amount_rial, b.state,
	  (SELECT json_build_object('id', m.id, 'name_fa', m.name_fa, 'name_en', m.name_en, 'province_fa', m.province_fa, 'stage', m.stage) FROM municipalities m
	    WHERE m.id = b.municipality_id) AS city,
	  (SELECT json_agg(json_build_object('fiscal_year', d.fiscal_year, 'amount', d.amount_rial, 'lines', d.lines, 'cites', d.cites) ORDER BY d.fiscal_year)
	    FROM bill_dues d WHERE d.municipality_id = b.municipality_id AND d.bill_id = b.id) AS dues,
	  coalesce((SELECT a.methods IS NULL OR ? = ANY (a.methods) FROM holding_agreements a WHERE a.municipality_id = b.municipality_id AND a.office_id = b.office_id), false) AS at_bank
	  FROM bills b WHERE b.order_id = ? ORDER BY b.municipality_id`, atBank, order).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("load bills: %w", err)
	}
	loaded := make([]Bill, 0, len(rows))
	for _, r := range rows {
		b := Bill{ID: r.ID, Pair: Pair{Bill: BillID(r.BillID), Payment: PaymentID(r.PaymentID)}, Amount: money.Rial(r.AmountRial), State: BillState(r.State), AtBank: r.AtBank}
		if err := errors.Join(json.Unmarshal(r.City, &b.Municipality), json.Unmarshal(r.Dues, &b.Dues)); err != nil {
			return nil, fmt.Errorf("decode bill: %w", err)
		}
		loaded = append(loaded, b)
	}
	return loaded, nil
}
