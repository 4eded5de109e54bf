package inquiries

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/billing/tariffs"
	"mofasa/tenants/scope"
)

// factsSQL reads everything that the dues of the named vehicle depend on, in one trip. Row-level security shows no other vehicle.
const factsSQL = `SELECT json_build_object(
  'id', v.id, 'vin', v.vin, 'class', v.class, 'usage', v.usage, 'fuel', v.fuel, 'origin', v.origin, 'cylinders', v.cylinders, 'type_code', v.type_code, 'model_year', v.model_year,
  'category', coalesce(v.category, ''),
  'first_registered', v.first_registered, 'type_name_fa', coalesce(t.name_fa, v.type_code),
  'plate', coalesce((SELECT p.plate FROM vehicle_plates p WHERE p.vehicle_id = v.id AND p.valid_to IS NULL), ''),
  'residences', (SELECT json_agg(json_build_object('municipality', r.residence, 'from', r.valid_from, 'to', r.valid_to) ORDER BY r.valid_from)
    FROM vehicle_residences r WHERE r.vehicle_id = v.id),
  'valuations', (SELECT json_agg(json_build_object('year', w.fiscal_year, 'base', w.base_rial, 'basis', w.basis_type, 'basis_name', b.name_fa,
      'basis_year', CASE WHEN w.basis_type IS NOT NULL THEN (SELECT c.basis_year FROM valuation_changes c WHERE c.type_code = w.type_code AND c.fiscal_year = w.fiscal_year
        AND c.cause = 'analogy' ORDER BY c.recorded_at DESC, c.id DESC LIMIT 1) END))
    FROM valuations w LEFT JOIN vehicle_types b ON b.code = w.basis_type WHERE w.type_code = v.type_code),
  'decisions', (SELECT json_agg(json_build_object('id', d.id, 'kind', d.kind, 'municipality', d.municipality_id, 'charge', coalesce(d.charge, ''), 'from_year', d.from_year,
      'through_year', d.through_year, 'rate', coalesce(d.rate_ppm, 0), 'amount', coalesce(d.amount_rial, 0), 'reason_fa', d.reason_fa, 'reason_en', d.reason_en,
      'actor', coalesce(d.actor_id::text, d.actor_kind), 'valid_from', d.valid_from, 'valid_to', least(d.valid_to, e.valid_from), 'correction', coalesce(d.correction_id::text, '')) ORDER BY d.id)
    FROM due_decisions d LEFT JOIN due_decisions e ON e.municipality_id = d.municipality_id AND e.ends = d.id
    WHERE d.vehicle_id = v.id AND d.ends IS NULL AND (e.id IS NULL OR e.valid_from > d.valid_from)),
  'claims', (SELECT json_agg(json_build_object('municipality', c.municipality_id, 'year', c.fiscal_year, 'state', c.state, 'amount', c.amount_rial, 'until', c.claimed_until,
      'order', CASE WHEN c.office_id = scope_office() AND c.state <> 'paid' THEN c.order_id END))
    FROM due_claims c WHERE c.vehicle_id = v.id AND (c.state IN ('paid', 'paying') OR c.state = 'claimed' AND c.claimed_until >= scope_now())),
  'ended', (SELECT t.retired_on FROM vehicle_retirements t WHERE t.vehicle_id = v.id),
  'end_reason', coalesce((SELECT t.manner FROM vehicle_retirements t WHERE t.vehicle_id = v.id), ''),
  'reports', (SELECT json_agg(json_build_object('municipality', e.municipality_id, 'year', e.fiscal_year, 'amount', e.amount_rial, 'reference', e.reference, 'paid_on', e.paid_on))
    FROM external_payments e WHERE e.vehicle_id = v.id AND e.withdraws IS NULL
      AND NOT EXISTS (SELECT 1 FROM external_payments w WHERE w.municipality_id = e.municipality_id AND w.withdraws = e.id)),
  'municipalities', (SELECT json_agg(json_build_object('id', m.id, 'name_fa', m.name_fa, 'name_en', m.name_en, 'province_fa', m.province_fa, 'stage', m.stage, 'reached', m.stage <> 'pilot' OR rollout_reaches(m.id, m.settings->'rollout', scope_office()),
      'validity', coalesce((m.settings->>'order_validity_minutes')::integer, 30),
      'account', EXISTS (SELECT 1 FROM municipality_accounts i WHERE i.municipality_id = m.id AND i.charge = '*'),
      'agreement', (SELECT json_build_object('charges', a.charges, 'methods', a.methods, 'fee_share_ppm', a.fee_share_ppm, 'order_ceiling_rial', coalesce(a.order_ceiling_rial, 0),
        'day_ceiling_rial', coalesce(a.day_ceiling_rial, 0), 'taken_rial', CASE WHEN a.day_ceiling_rial IS NOT NULL THEN (` + takenSQL + `a.municipality_id) END) FROM holding_agreements a WHERE a.municipality_id = m.id AND a.office_id = scope_office())) ORDER BY m.id)
    FROM municipalities m WHERE m.id IN (SELECT r.residence FROM vehicle_residences r WHERE r.vehicle_id = v.id)),
  'fee', (SELECT json_build_object('service', f.service, 'amount', f.amount_rial, 'class', f.office_class, 'from', f.valid_from, 'revision', f.revision, 'reference', f.reference)
    FROM offices o JOIN holding_fees f ON f.office_class = o.class AND f.service = 'clearance' WHERE o.id = scope_office()))
  FROM vehicles v LEFT JOIN vehicle_types t ON t.code = v.type_code WHERE v.id = scope_vehicle()`

// takenSQL sums what the office has taken, or may still take, by bills of the present fiscal day for the municipality that stands behind it.
const takenSQL = `SELECT coalesce(sum(b.amount_rial), 0)::bigint FROM bills b WHERE b.office_id = scope_office()
  AND b.issued_at >= scope_today()::timestamp AT TIME ZONE 'Asia/Tehran' AND (b.state = 'paid' OR b.state = 'open' AND (b.valid_until >= scope_now()
    OR EXISTS (SELECT 1 FROM payment_bills x JOIN payments p ON p.id = x.payment_id WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id AND p.state <> 'failed')))
  AND b.municipality_id = `

// TakenToday is what the office of the transaction has taken, or may still take, for a city by bills of the present fiscal day.
func TakenToday(tx *scope.Tx, municipality int) (sum money.Rial, err error) {
	if err := tx.DB.Raw(takenSQL+`?`, municipality).Row().Scan(&sum); err != nil {
		return 0, fmt.Errorf("sum bills of the day: %w", err)
	}
	return sum, nil
}

// FactsSQL is the one statement behind an inquiry, for the benchmark that holds an inquiry against PostgreSQL alone. The scope names the vehicle.
func FactsSQL() string { return factsSQL }

// factsRow mirrors factsSQL. Days are Gregorian dates, as stored.
type factsRow struct {
	ID              uuid.UUID        `json:"id"`
	VIN             string           `json:"vin"`
	Class           tariffs.Class    `json:"class"`
	Usage           tariffs.Usage    `json:"usage"`
	Fuel            tariffs.Fuel     `json:"fuel"`
	Origin          tariffs.Origin   `json:"origin"`
	Cylinders       int              `json:"cylinders"`
	Category        tariffs.Category `json:"category"`
	TypeCode        string           `json:"type_code"`
	TypeNameFA      string           `json:"type_name_fa"`
	ModelYear       int              `json:"model_year"`
	FirstRegistered storedDay        `json:"first_registered"`
	Plate           string           `json:"plate"`
	Residences      []struct {
		Municipality int       `json:"municipality"`
		From         storedDay `json:"from"`
		To           storedDay `json:"to"`
	} `json:"residences"`
	Valuations []struct {
		Year      calendar.FiscalYear `json:"year"`
		Base      money.Rial          `json:"base"`
		Basis     string              `json:"basis"` // the type by analogy with which it came about, if any
		BasisName string              `json:"basis_name"`
		BasisYear calendar.FiscalYear `json:"basis_year"`
	} `json:"valuations"`
	Decisions []decisionRow `json:"decisions"`
	Claims    []struct {
		Municipality int                 `json:"municipality"`
		Year         calendar.FiscalYear `json:"year"`
		State        string              `json:"state"`
		Amount       money.Rial          `json:"amount"`
		Until        time.Time           `json:"until"`
		Order        *uuid.UUID          `json:"order"` // of the asking office alone
	} `json:"claims"`
	Ended     storedDay   `json:"ended"`
	EndReason tariffs.End `json:"end_reason"`
	Reports   []struct {
		Municipality int                 `json:"municipality"`
		Year         calendar.FiscalYear `json:"year"`
		Amount       money.Rial          `json:"amount"`
		Reference    string              `json:"reference"`
		PaidOn       storedDay           `json:"paid_on"`
	} `json:"reports"` // payments that cities took outside
	Municipalities []Municipality `json:"municipalities"`
	Fee            *Fee           `json:"fee"`
}

func loadFacts(tx *scope.Tx) (factsRow, error) {
	var facts factsRow
	if err := tx.DB.Raw(factsSQL).Row().Scan(&facts); err != nil {
		return facts, fmt.Errorf("load facts: %w", err)
	}
	return facts, nil
}

func (r *factsRow) statement() scope.Statement {
	return scope.Statement{SQL: factsSQL, Into: []any{r}}
}

// Scan reads the JSON that factsSQL answers.
func (r *factsRow) Scan(value any) error {
	switch body := value.(type) {
	case []byte:
		return r.decode(body)
	case string:
		return r.decode([]byte(body))
	}
	return fmt.Errorf("facts are %T", value)
}

func (r *factsRow) decode(body []byte) error {
	err := json.Unmarshal(body, r)
	for i := range r.Municipalities {
		r.Municipalities[i].Agreed = r.Municipalities[i].Agreement != nil
	}
	return err
}

// input turns the row into what dues.Assess takes. A valuation is cited by fiscal year and type.
func (r factsRow) input(book tariffs.Book, on calendar.Date) dues.Facts {
	facts := dues.Facts{Vehicle: r.dutyFacts(), Tariffs: book, On: on}
	for _, x := range r.Residences {
		facts.Residences = append(facts.Residences, dues.Residence{MunicipalityID: x.Municipality, From: calendar.Date(x.From), To: calendar.Date(x.To)})
	}
	for _, x := range r.Valuations {
		facts.Valuations = append(facts.Valuations, dues.Valuation{ID: fmt.Sprintf("%d/%s", x.Year, r.TypeCode), FiscalYear: x.Year, Base: x.Base,
			Basis: dues.Basis{TypeCode: x.Basis, NameFA: x.BasisName, FiscalYear: x.BasisYear}})
	}
	for _, x := range r.Decisions {
		facts.Decisions = append(facts.Decisions, x.decision())
	}
	for _, x := range r.Claims {
		state := dues.Claimed
		if x.State == "paid" {
			state = dues.Paid
		}
		facts.Settled = append(facts.Settled, dues.Settled{MunicipalityID: x.Municipality, FiscalYear: x.Year, State: state, Amount: x.Amount, Until: x.Until})
	}
	return r.reported(facts)
}

// reported adds what cities took outside. A year that this platform holds or has settled as well is left to its claim, which says more.
func (r factsRow) reported(facts dues.Facts) dues.Facts {
	for _, x := range r.Reports {
		known := slices.ContainsFunc(facts.Settled, func(s dues.Settled) bool { return s.MunicipalityID == x.Municipality && s.FiscalYear == x.Year })
		if !known {
			facts.Settled = append(facts.Settled, dues.Settled{MunicipalityID: x.Municipality, FiscalYear: x.Year, State: dues.Paid, Amount: x.Amount,
				Report: &dues.Report{Reference: x.Reference, PaidOn: calendar.Date(x.PaidOn)}})
		}
	}
	return facts
}

// held lists the asking office's own unfinished orders by what they hold.
func (r factsRow) held() []Held {
	var list []Held
	for _, c := range r.Claims {
		if c.Order != nil {
			list = append(list, Held{MunicipalityID: c.Municipality, FiscalYear: c.Year, OrderID: *c.Order})
		}
	}
	return list
}

func (r factsRow) dutyFacts() dues.Vehicle {
	return dues.Vehicle{Vehicle: tariffs.Vehicle{Class: r.Class, Usage: r.Usage, Fuel: r.Fuel, Origin: r.Origin, Cylinders: r.Cylinders, Category: r.Category}, TypeCode: r.TypeCode,
		ModelYear: r.ModelYear, FirstRegistered: calendar.Date(r.FirstRegistered), Ended: calendar.Date(r.Ended), EndReason: r.EndReason}
}

func (r factsRow) vehicle() Vehicle {
	return Vehicle{ID: r.ID, VIN: r.VIN, Plate: r.Plate, TypeNameFA: r.TypeNameFA, Facts: r.dutyFacts(), FirstRegistered: calendar.Date(r.FirstRegistered)}
}

func encodeShown(owed []dues.Due) (string, error) {
	shown := make([][3]int64, 0, len(owed))
	for _, d := range owed {
		shown = append(shown, [3]int64{int64(d.MunicipalityID), int64(d.FiscalYear), int64(d.Balance)})
	}
	body, err := json.Marshal(shown)
	if err != nil {
		return "", fmt.Errorf("encode shown dues: %w", err)
	}
	return string(body), nil
}

func saveStatement(tx *scope.Tx, q Inquiry, shown string) scope.Statement {
	person, client := tx.Actor.Columns()
	return scope.Statement{SQL: `INSERT INTO inquiries (id, office_id, person_id, client_id, vehicle_id, purpose, at, dues) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		Args: []any{q.ID, tx.Scope.OfficeID(), person, client, q.Vehicle.ID, q.Purpose, q.At, shown}}
}

func find(tx *scope.Tx, id uuid.UUID) (Record, error) {
	var row struct {
		VehicleID uuid.UUID
		Purpose   string
		At        time.Time
		Dues      []byte
	}
	err := tx.DB.Raw(`SELECT vehicle_id, purpose, at, dues FROM inquiries WHERE id = ?`, id).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Record{}, ErrUnknown
	}
	if err != nil {
		return Record{}, fmt.Errorf("find inquiry: %w", err)
	}
	var shown [][3]int64
	if err := json.Unmarshal(row.Dues, &shown); err != nil {
		return Record{}, fmt.Errorf("decode shown dues: %w", err)
	}
	record := Record{ID: id, VehicleID: row.VehicleID, Purpose: row.Purpose, Age: tx.Now.Sub(row.At)}
	for _, s := range shown {
		record.Shown = append(record.Shown, Shown{MunicipalityID: int(s[0]), FiscalYear: calendar.FiscalYear(s[1]), Balance: money.Rial(s[2])})
	}
	return record, nil
}
