package inquiries

import (
	"encoding/json"
	"time"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

// decisionRow is a decision in the answer of factsSQL: ended where its end or the row that ends it says, whichever comes first. One that was ended
// before it began is not among them.
type decisionRow struct {
	ID           string              `json:"id"`
	Kind         dues.DecisionKind   `json:"kind"`
	Municipality int                 `json:"municipality"`
	Charge       tariffs.Charge      `json:"charge"`
	FromYear     calendar.FiscalYear `json:"from_year"`
	ThroughYear  calendar.FiscalYear `json:"through_year"`
	Rate         money.PPM           `json:"rate"`
	Amount       money.Rial          `json:"amount"`
	ReasonFA     string              `json:"reason_fa"`
	ReasonEN     string              `json:"reason_en"`
	Actor        string              `json:"actor"`
	ValidFrom    storedDay           `json:"valid_from"`
	ValidTo      storedDay           `json:"valid_to"`
	Correction   string              `json:"correction"`
}

func (r decisionRow) decision() dues.Decision {
	return dues.Decision{ID: r.ID, Kind: r.Kind, MunicipalityID: r.Municipality, Charge: r.Charge, FromYear: r.FromYear, ThroughYear: r.ThroughYear, Rate: r.Rate, Amount: r.Amount,
		Reason: fault.Text{FA: r.ReasonFA, EN: r.ReasonEN}, Actor: r.Actor, ValidFrom: calendar.Date(r.ValidFrom), ValidTo: calendar.Date(r.ValidTo), Correction: r.Correction}
}

// storedDay reads a PostgreSQL date as a Jalali day; null is the zero day.
type storedDay calendar.Date

// UnmarshalJSON reads "2006-01-02" or null.
func (d *storedDay) UnmarshalJSON(body []byte) error {
	var text *string
	if err := json.Unmarshal(body, &text); err != nil || text == nil {
		return err
	}
	day, err := time.Parse(time.DateOnly, *text)
	if err != nil {
		return err
	}
	*d = storedDay(calendar.FromGregorian(day.Date()))
	return nil
}
