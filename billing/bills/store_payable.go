package bills

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/inquiries"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

// OpenBill is an unpaid bill of an order, with what decides whether it can be paid now.
type OpenBill struct {
	MunicipalityID int               `json:"municipality"`
	ID             uuid.UUID         `json:"bill"`
	Dues           []BilledDue       `json:"dues"`      // without what they cite
	Accounts       map[string]string `json:"accounts"`  // of the city, IBAN by charge
	Suspended      bool              `json:"suspended"` // money for it is under review
	Stage          string            `json:"stage"`
	Reached        bool              `json:"reached"`
	Permitted      *bool             `json:"permitted"` // the method, by the agreement with the city; nil: there is none
}

// Shares divides the bill among its city's accounts. Errors: ErrNoAccount; money.ErrOverflow.
func (b OpenBill) Shares() ([]Share, error) { return Split(b.Dues, b.Accounts) }

// payableSQL asks for everything of each bill, so that one trip suffices. The cities are held before it runs.
const payableSQL = `SELECT coalesce(json_agg(json_build_object('municipality', b.municipality_id, 'bill', b.id,
    'dues', (SELECT json_agg(json_build_object('fiscal_year', d.fiscal_year, 'amount', d.amount_rial, 'lines', d.lines)) FROM bill_dues d
      WHERE d.municipality_id = b.municipality_id AND d.bill_id = b.id),
    'accounts', (SELECT json_object_agg(a.charge, a.iban) FROM municipality_accounts a WHERE a.municipality_id = b.municipality_id),
    'suspended', EXISTS (SELECT 1 FROM payment_bills x JOIN payments p ON p.id = x.payment_id WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id AND p.state = 'suspense'),
    'stage', m.stage, 'reached', city_takes(m.id),
    'permitted', (SELECT a.methods IS NULL OR ?::text = ANY (a.methods) FROM holding_agreements a WHERE a.municipality_id = b.municipality_id AND a.office_id = scope_office())
  ) ORDER BY b.municipality_id), '[]') FROM bills b JOIN municipalities m ON m.id = b.municipality_id WHERE b.order_id = ? AND b.state = 'open'`

// Payable holds an order of the transaction's office, names its vehicle, keeps the cities of its open bills from being closed until the transaction ends, and reads what
// decides whether they can be paid by a method; all in one trip with statements of the caller's. Errors: ErrOrderUnknown.
func Payable(tx *scope.Tx, order uuid.UUID, method string, beside ...scope.Statement) (Head, []OpenBill, error) {
	var h Head
	var state string
	var body []byte
	err := tx.Send(append([]scope.Statement{
		{SQL: lockSQL, Args: []any{order}, Into: []any{&h.ID, &h.OfficeID, &h.VehicleID, &state, &h.Plate, &h.ValidUntil}},
		tx.Naming(`SELECT vehicle_id FROM orders WHERE id = ?`, order),
		municipalities.Holding(`SELECT municipality_id FROM bills WHERE order_id = ? AND state = 'open'`, order),
		{SQL: payableSQL, Args: []any{method, order}, Into: []any{&body}}}, beside...)...)
	if errors.Is(err, scope.ErrNoRow) {
		return Head{}, nil, ErrOrderUnknown
	}
	if err != nil {
		return Head{}, nil, fmt.Errorf("hold what is to be paid: %w", err)
	}
	h.State = OrderState(state)
	var open []OpenBill
	if err := json.Unmarshal(body, &open); err != nil {
		return Head{}, nil, fmt.Errorf("decode open bills: %w", err)
	}
	return h, open, nil
}

// Collectable refuses to begin a payment while a city of the order's open bills takes nothing from this office, or has not agreed to the method today, so that a visit is
// not paid in half. Errors: ErrPaused, ErrNotYet, ErrClosed, ErrNoAgreement, ErrMethodNotAgreed.
func Collectable(open []OpenBill) error {
	for _, b := range open {
		city := inquiries.Municipality{ID: b.MunicipalityID, Stage: b.Stage, Reached: b.Reached, Agreed: true}
		if refused := refusal(city.State()); refused != nil {
			return refused
		}
	}
	for _, b := range open {
		switch {
		case b.Permitted == nil:
			return of(ErrNoAgreement, b.MunicipalityID)
		case !*b.Permitted:
			return of(ErrMethodNotAgreed, b.MunicipalityID)
		}
	}
	return nil
}
