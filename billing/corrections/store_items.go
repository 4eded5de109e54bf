package corrections

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// standingSQL chooses the billed dues that a search is about.
const standingSQL = `d.fiscal_year = @year AND (d.cites->>'tariff_id' IN @cited OR d.cites->>'local_tariff_id' IN @cited) AND (@city = 0 OR d.municipality_id = @city)`

// returnedSQL finds what has gone back of the bill of a billed due d: what its payer got back was settled by hand.
const returnedSQL = `f.municipality_id = d.municipality_id AND f.bill_id = d.bill_id AND f.state IN ('granted','paid')`

// returned counts the paid bills of a search of which a part has gone back.
func returned(tx *scope.Tx, s search) (n int, err error) {
	err = tx.DB.Raw(`SELECT count(*) FROM bill_dues d JOIN bills b ON b.municipality_id = d.municipality_id AND b.id = d.bill_id AND b.state = 'paid'
	  WHERE EXISTS (SELECT FROM refunds f WHERE `+returnedSQL+`) AND `+standingSQL, s.args(nil)).Row().Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count bills of which money went back: %w", err)
	}
	return n, nil
}

// goneBack tells whether money of a billed due has gone back meanwhile. The vehicle is held.
func goneBack(tx *scope.Tx, k Key) (gone bool, err error) {
	err = tx.DB.Raw(`SELECT EXISTS (SELECT FROM refunds f, (SELECT CAST(? AS integer) AS municipality_id, CAST(? AS uuid) AS bill_id) d WHERE `+returnedSQL+`)`,
		k.MunicipalityID, k.BillID).Row().Scan(&gone)
	if err != nil {
		return false, fmt.Errorf("look for money that went back: %w", err)
	}
	return gone, nil
}

func (s search) args(more map[string]any) map[string]any {
	args := map[string]any{"year": int(s.year), "cited": s.cited, "city": s.municipality, "run": s.run, "kind": sourceKind}
	for name, value := range more {
		args[name] = value
	}
	return args
}

// affectedAfter reads the next paid dues of a search, with what an earlier correction made of them and what the run has listed about them.
func affectedAfter(tx *scope.Tx, s search, after Key) ([]affected, error) {
	var rows []affectedRow
	err := tx.DB.Raw(`SELECT d.municipality_id, d.bill_id, d.fiscal_year, d.office_id, d.vehicle_id, d.amount_rial, d.lines, d.cites, m.name_fa, m.name_en,
	    (SELECT x.lines FROM correction_runs r JOIN correction_items x ON x.municipality_id = d.municipality_id AND x.run_id = r.id AND x.bill_id = d.bill_id
	        AND x.fiscal_year = d.fiscal_year WHERE r.state = 'approved' ORDER BY r.decided_at DESC LIMIT 1) AS booked,
	    (SELECT i.lines FROM correction_items i WHERE i.municipality_id = d.municipality_id AND i.run_id = @run AND i.bill_id = d.bill_id AND i.fiscal_year = d.fiscal_year) AS listed
	  FROM bill_dues d JOIN bills b ON b.municipality_id = d.municipality_id AND b.id = d.bill_id JOIN municipalities m ON m.id = d.municipality_id
	  WHERE b.state = 'paid' AND NOT EXISTS (SELECT FROM refunds f WHERE `+returnedSQL+`) AND (d.municipality_id, d.bill_id) > (@after_city, @after_bill) AND `+standingSQL+`
	  ORDER BY d.municipality_id, d.bill_id LIMIT @page`,
		s.args(map[string]any{"after_city": after.MunicipalityID, "after_bill": after.BillID, "page": page})).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read paid dues: %w", err)
	}
	list := make([]affected, len(rows))
	for i, r := range rows {
		if list[i], err = r.affected(); err != nil {
			return nil, fmt.Errorf("decode billed due of bill %s: %w", r.BillID, err)
		}
	}
	return list, nil
}

type affectedRow struct {
	MunicipalityID               int
	BillID, OfficeID, VehicleID  uuid.UUID
	FiscalYear                   int
	AmountRial                   money.Rial
	Lines, Cites, Booked, Listed []byte
	NameFA                       string `gorm:"column:name_fa"`
	NameEN                       string `gorm:"column:name_en"`
}

func (r affectedRow) affected() (affected, error) {
	a := affected{Key: Key{MunicipalityID: r.MunicipalityID, BillID: r.BillID}, officeID: r.OfficeID, vehicleID: r.VehicleID, city: word(r.NameFA, r.NameEN)}
	due := &a.standing.Due
	due.FiscalYear, due.Amount = calendar.FiscalYear(r.FiscalYear), r.AmountRial
	if err := errors.Join(json.Unmarshal(r.Lines, &due.Lines), json.Unmarshal(r.Cites, &due.Cites)); err != nil {
		return a, err
	}
	if r.Booked != nil {
		var before Finding
		if err := json.Unmarshal(r.Booked, &before); err != nil {
			return a, err
		}
		a.standing.Booked = make([]dues.Line, 0, len(before.Heads))
		for _, h := range before.Heads {
			a.standing.Booked = append(a.standing.Booked, dues.Line{Head: h.Head, Amount: h.Right})
		}
	}
	if r.Listed != nil {
		a.listed = &Finding{}
		return a, json.Unmarshal(r.Listed, a.listed)
	}
	return a, nil
}

func insertItem(tx *scope.Tx, run Run, a affected, f Finding) error {
	_, right, err := f.Sums()
	if err != nil {
		return err
	}
	notice, err := a.letter(f, run.Reason)
	if err != nil {
		return err
	}
	body, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode finding: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO correction_items (municipality_id, run_id, bill_id, fiscal_year, vehicle_id, paid_rial, right_rial, lines, notice_fa, notice_en)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, a.MunicipalityID, run.ID, a.BillID, int(a.standing.Due.FiscalYear), a.vehicleID, a.standing.Due.Amount, right, string(body),
		notice.FA, notice.EN).Error
	if err != nil {
		return fmt.Errorf("insert item of a correction: %w", err)
	}
	return nil
}

// flyingSQL finds open bills under the wrong version whose claims still hold; what stands in suspense waits for a person, not for a provider.
const flyingSQL = `FROM due_claims c JOIN bills b ON b.municipality_id = c.municipality_id AND b.order_id = c.order_id AND b.state = 'open'
  JOIN bill_dues d ON d.municipality_id = b.municipality_id AND d.bill_id = b.id AND d.fiscal_year = c.fiscal_year
  WHERE (c.state = 'paying' OR c.state = 'claimed' AND c.claimed_until >= scope_now()) AND ` + standingSQL + ` AND @suspended = EXISTS (SELECT FROM payment_bills x
    JOIN payments p ON p.id = x.payment_id AND p.state = 'suspense' WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id)`

// inFlight says whether somebody may still pay a bill under the wrong version.
func inFlight(tx *scope.Tx, s search) (bool, error) {
	n, err := countClaims(tx, s, false)
	return n > 0, err
}

// suspended counts the bills under the wrong version whose money stands in suspense.
func suspended(tx *scope.Tx, s search) (int, error) { return countClaims(tx, s, true) }

func countClaims(tx *scope.Tx, s search, suspended bool) (n int, err error) {
	if err := tx.DB.Raw(`SELECT count(*) `+flyingSQL, s.args(map[string]any{"suspended": suspended})).Row().Scan(&n); err != nil {
		return 0, fmt.Errorf("look for payments under the wrong version: %w", err)
	}
	return n, nil
}

// loadItems reads the next items of a run that the scope sees, with what was done about them.
func loadItems(tx *scope.Tx, run uuid.UUID, after Key, limit int) ([]Item, error) {
	var rows []itemRow
	err := tx.DB.Raw(`SELECT i.municipality_id, i.bill_id, i.run_id, i.fiscal_year, i.vehicle_id, i.paid_rial, i.right_rial, i.lines, i.notice_fa, i.notice_en,
	    EXISTS (SELECT FROM ledger_entries e WHERE e.municipality_id = i.municipality_id AND e.source_kind = ? AND e.source_id = i.run_id AND e.bill_id = i.bill_id) AS posted,
	    (SELECT json_agg(json_build_object('FiscalYear', c.from_year, 'Amount', c.amount_rial) ORDER BY c.from_year) FROM due_decisions c
	      WHERE c.municipality_id = i.municipality_id AND c.correction_id = i.run_id AND c.vehicle_id = i.vehicle_id) AS placed
	  FROM correction_items i WHERE i.run_id = ? AND (i.municipality_id, i.bill_id) > (?, ?) ORDER BY i.municipality_id, i.bill_id LIMIT ?`,
		sourceKind, run, after.MunicipalityID, after.BillID, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read items of a correction: %w", err)
	}
	items := make([]Item, len(rows))
	for i, r := range rows {
		if items[i], err = r.item(); err != nil {
			return nil, fmt.Errorf("decode item over bill %s: %w", r.BillID, err)
		}
	}
	return items, nil
}

// known refuses a run of which the scope sees nothing.
func known(tx *scope.Tx, run uuid.UUID) error {
	var seen bool
	err := tx.DB.Raw(`SELECT EXISTS (SELECT FROM correction_runs WHERE id = ?) OR EXISTS (SELECT FROM correction_items WHERE run_id = ?)`, run, run).Row().Scan(&seen)
	if err != nil {
		return fmt.Errorf("look for correction: %w", err)
	}
	if !seen {
		return ErrUnknown
	}
	return nil
}

type itemRow struct {
	MunicipalityID           int
	BillID, RunID, VehicleID uuid.UUID
	FiscalYear               int
	PaidRial, RightRial      money.Rial
	Lines, Placed            []byte
	NoticeFA                 string `gorm:"column:notice_fa"`
	NoticeEN                 string `gorm:"column:notice_en"`
	Posted                   bool
}

func (r itemRow) item() (Item, error) {
	i := Item{Key: Key{MunicipalityID: r.MunicipalityID, BillID: r.BillID}, RunID: r.RunID, FiscalYear: calendar.FiscalYear(r.FiscalYear), VehicleID: r.VehicleID,
		Paid: r.PaidRial, Right: r.RightRial, Notice: fault.Text{FA: r.NoticeFA, EN: r.NoticeEN}, Posted: r.Posted}
	if err := json.Unmarshal(r.Lines, &i.Finding); err != nil {
		return i, err
	}
	if r.Placed != nil {
		if err := json.Unmarshal(r.Placed, &i.Placed); err != nil {
			return i, err
		}
	}
	var err error
	if i.Counted, _, err = i.Finding.Sums(); err != nil {
		return i, err
	}
	if i.Posted {
		outcome := Outcome(i.Difference(), i.Placed)
		i.Notice = word(i.Notice.FA+"\n"+outcome.FA, i.Notice.EN+"\n"+outcome.EN)
	}
	return i, nil
}
