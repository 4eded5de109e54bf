package payments

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/billing/bills"
	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

// lockOrdersOf holds the orders that lines may pay, the smallest id first.
func lockOrdersOf(tx *scope.Tx, lines []BankLine) error {
	var pairs [][]any
	for _, l := range lines {
		if pair, reason := l.pair(); l.Problem == "" && reason == "" {
			pairs = append(pairs, []any{string(pair.Bill), string(pair.Payment)})
		}
	}
	if len(pairs) == 0 {
		return nil
	}
	var held []uuid.UUID
	err := tx.DB.Raw(`SELECT id FROM orders WHERE id IN (SELECT order_id FROM bills WHERE (bill_id, payment_id) IN ?) ORDER BY id FOR UPDATE`, pairs).Scan(&held).Error
	if err != nil {
		return fmt.Errorf("lock orders of bank lines: %w", err)
	}
	return nil
}

// findTarget is the one bill with both numbers; nil: there is none.
func findTarget(tx *scope.Tx, pair bills.Pair) (*target, error) {
	var rows []struct {
		MunicipalityID  int
		BillID, OrderID uuid.UUID
		Amount          int64
		State           string
		ByBank          bool
		IBAN            string `gorm:"column:iban"`
	}
	err := tx.DB.Raw(`SELECT b.municipality_id, b.id AS bill_id, b.order_id, b.amount_rial AS amount, b.state, coalesce(a.iban, '') AS iban,
	    EXISTS (SELECT 1 FROM payment_bills x JOIN payments p ON p.id = x.payment_id AND p.state = 'captured' AND p.method = 'bank'
	      WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id) AS by_bank
	  FROM bills b LEFT JOIN municipality_accounts a ON a.municipality_id = b.municipality_id AND a.charge = '*'
	  WHERE b.bill_id = ? AND b.payment_id = ? LIMIT 2`, string(pair.Bill), string(pair.Payment)).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find bill: %w", err)
	}
	if len(rows) != 1 {
		return nil, nil
	}
	r := rows[0]
	return &target{r.MunicipalityID, r.BillID, r.OrderID, money.Rial(r.Amount), r.State, r.ByBank, r.IBAN}, nil
}

// issuer finds the office that issued a bill with this bill ID, whatever it asks for.
func issuer(tx *scope.Tx, bill string) (office uuid.UUID, issued bool, err error) {
	err = tx.DB.Raw(`SELECT office_id FROM bills WHERE bill_id = ? LIMIT 1`, bill).Row().Scan(&office)
	if errors.Is(err, sql.ErrNoRows) {
		return uuid.Nil, false, nil
	}
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("find issuer: %w", err)
	}
	return office, true, nil
}

// lineRow is a line as its table has it.
type lineRow struct {
	ID         uuid.UUID     `json:"id"`
	FileID     uuid.NullUUID `json:"file_id"`
	Line       int           `json:"line"`
	Bank       string        `json:"bank"`
	Branch     string        `json:"branch"`
	Channel    string        `json:"channel"`
	PaidOn     *string       `json:"paid_on"`
	BillID     string        `json:"bill_id"`
	PaymentID  string        `json:"payment_id"`
	Trace      string        `json:"trace"`
	Number     string        `json:"number"`
	AmountRial int64         `json:"amount_rial"`
	Occurrence int           `json:"occurrence"`
	Raw        string        `json:"raw"`
	Outcome    string        `json:"outcome"`
	Reason     string        `json:"reason"`
	Payment    uuid.NullUUID `json:"payment"`
	Repeats    uuid.NullUUID `json:"repeats"`
	At         time.Time     `json:"-"`
	FileName   string        `json:"-"`
}

func rowOf(l BankLine) lineRow {
	r := lineRow{ID: l.ID, FileID: nullable(l.FileID), Line: l.Line, Bank: l.Bank, Branch: l.Branch, Channel: l.Channel, BillID: l.Bill, PaymentID: l.Payment, Trace: l.Trace,
		Number: l.Number, AmountRial: int64(l.Amount), Occurrence: l.Occurrence, Raw: l.Raw, Outcome: string(l.Outcome), Reason: l.Reason,
		Payment: nullable(l.PaymentID), Repeats: nullable(l.Repeats)}
	if l.Paid.Valid() {
		day := gregorian(l.Paid)
		r.PaidOn = &day
	}
	return r
}

func (r lineRow) bankLine() BankLine {
	l := BankLine{ID: r.ID, FileID: r.FileID.UUID, FileName: r.FileName, Line: r.Line, Bank: r.Bank, Branch: r.Branch, Channel: r.Channel, Bill: r.BillID, Payment: r.PaymentID,
		Trace: r.Trace, Number: r.Number, Amount: money.Rial(r.AmountRial), Occurrence: r.Occurrence, Raw: r.Raw, Outcome: Outcome(r.Outcome), Reason: r.Reason,
		PaymentID: r.Payment.UUID, Repeats: r.Repeats.UUID, At: r.At.UTC()}
	if r.Outcome == string(BankMalformed) {
		l.Problem = r.Reason
	}
	if r.PaidOn != nil {
		if day, err := time.Parse(time.DateOnly, *r.PaidOn); err == nil {
			l.Paid = calendar.FromGregorian(day.Date())
		}
	}
	return l
}

func nullable(id uuid.UUID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != uuid.Nil} }

func gregorian(d calendar.Date) string {
	year, month, day := d.Gregorian()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

func insertLines(tx *scope.Tx, lines []BankLine) error {
	rows := make([]lineRow, len(lines))
	for i, l := range lines {
		rows[i] = rowOf(l)
	}
	body, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("encode bank lines: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO bank_lines (id, file_id, line, bank, branch, channel, paid_on, bill_id, payment_id, trace, number, amount_rial, occurrence, raw, outcome, reason, payment, repeats, at)
	  SELECT id, file_id, line, bank, branch, channel, paid_on, bill_id, payment_id, trace, number, amount_rial, occurrence, raw, outcome, reason, payment, repeats, ?
	  FROM json_populate_recordset(NULL::bank_lines, ?::json)`, tx.Now, string(body)).Error
	if err != nil {
		return fmt.Errorf("store bank lines: %w", err)
	}
	return nil
}

const selectLine = `SELECT l.id, l.file_id, l.line, l.bank, l.branch, l.channel, l.paid_on::text AS paid_on, l.bill_id, l.payment_id, l.trace, l.number, l.amount_rial, l.occurrence,
  l.raw, l.outcome, l.reason, l.payment, l.repeats, l.at, coalesce(f.name, '') AS file_name FROM bank_lines l LEFT JOIN bank_files f ON f.id = l.file_id `

// toldBefore reads the stored lines that say what some of these say.
func toldBefore(tx *scope.Tx, lines []BankLine) (told, error) {
	known := told{}
	var keys [][]any
	for _, l := range lines {
		if l.Problem == "" {
			keys = append(keys, []any{l.Bill, l.Payment, l.Bank})
		}
	}
	if len(keys) == 0 {
		return known, nil
	}
	stored, err := findLines(tx, `WHERE (l.bill_id, l.payment_id, l.bank) IN ? AND l.outcome <> 'malformed' ORDER BY l.at, l.id`, keys)
	for _, l := range stored {
		known.add(l)
	}
	return known, err
}

func findLines(tx *scope.Tx, where string, args ...any) ([]BankLine, error) {
	var rows []lineRow
	if err := tx.DB.Raw(selectLine+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read bank lines: %w", err)
	}
	lines := make([]BankLine, len(rows))
	for i, r := range rows {
		lines[i] = r.bankLine()
	}
	return lines, nil
}

// theLine is one stored line. Errors: gorm.ErrRecordNotFound.
func theLine(tx *scope.Tx, id uuid.UUID) (BankLine, error) {
	found, err := findLines(tx, `WHERE l.id = ?`, id)
	if err == nil && len(found) == 0 {
		err = gorm.ErrRecordNotFound
	}
	if err != nil {
		return BankLine{}, err
	}
	return found[0], nil
}
