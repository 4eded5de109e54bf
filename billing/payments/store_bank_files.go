package payments

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bankfiles"
	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

type fileRow struct {
	ID                                       uuid.UUID
	Name, Layout, Bank, Company              string
	SentOn                                   time.Time
	Lines                                    int
	TotalRial, LostRial                      int64
	ReceivedAt                               time.Time
	FinishedAt                               *time.Time
	DoneLines                                int
	Captured, Suspended, Repeated, Malformed int
	CapturedRial, SuspendedRial              int64
}

func (r fileRow) file() BankFile {
	f := BankFile{ID: r.ID, Name: r.Name, Layout: bankfiles.Layout(r.Layout), Bank: r.Bank, Company: r.Company, Sent: calendar.FromGregorian(r.SentOn.Date()), Lines: r.Lines,
		Total: money.Rial(r.TotalRial), Lost: money.Rial(r.LostRial), ReceivedAt: r.ReceivedAt.UTC(),
		Tally: Tally{Done: r.DoneLines, Captured: r.Captured, Suspended: r.Suspended, Repeated: r.Repeated, Malformed: r.Malformed,
			CapturedRial: money.Rial(r.CapturedRial), SuspendedRial: money.Rial(r.SuspendedRial)}}
	if r.FinishedAt != nil {
		f.FinishedAt = r.FinishedAt.UTC()
	}
	return f
}

// files reads files by the end of a query.
func files(tx *scope.Tx, where string, args ...any) ([]BankFile, error) {
	var rows []fileRow
	if err := tx.DB.Raw(`SELECT * FROM bank_files `+where, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read bank files: %w", err)
	}
	list := make([]BankFile, len(rows))
	for i, r := range rows {
		list[i] = r.file()
	}
	return list, nil
}

// fileOf finds a file by its content.
func fileOf(tx *scope.Tx, sha256 []byte) (BankFile, bool, error) {
	list, err := files(tx, `WHERE sha256 = ?`, sha256)
	if err != nil || len(list) == 0 {
		return BankFile{}, false, err
	}
	return list[0], true, nil
}

func lockFile(tx *scope.Tx, id uuid.UUID) (BankFile, error) {
	list, err := files(tx, `WHERE id = ? FOR UPDATE`, id)
	if err != nil || len(list) == 0 {
		return BankFile{}, fmt.Errorf("lock bank file: %d rows, %w", len(list), err)
	}
	return list[0], nil
}

// insertFile stores a file; false: its content or its name is there already.
func insertFile(tx *scope.Tx, f BankFile, sha256 []byte) (bool, error) {
	made := tx.DB.Exec(`INSERT INTO bank_files (id, name, sha256, layout, bank, company, sent_on, lines, total_rial, lost_rial, received_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	  ON CONFLICT DO NOTHING`, f.ID, f.Name, sha256, string(f.Layout), f.Bank, f.Company, gregorian(f.Sent), f.Lines, f.Total, f.Lost, f.ReceivedAt, timeOrNull(f.FinishedAt))
	if made.Error != nil {
		return false, fmt.Errorf("store bank file: %w", made.Error)
	}
	return made.RowsAffected == 1, nil
}

// timeOrNull is a time as a column takes it: none is null.
func timeOrNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func saveTally(tx *scope.Tx, f BankFile) error {
	err := tx.DB.Exec(`UPDATE bank_files SET done_lines = ?, captured = ?, suspended = ?, repeated = ?, malformed = ?, captured_rial = ?, suspended_rial = ?, finished_at = ? WHERE id = ?`,
		f.Done, f.Captured, f.Suspended, f.Repeated, f.Malformed, f.CapturedRial, f.SuspendedRial, timeOrNull(f.FinishedAt), f.ID).Error
	if err != nil {
		return fmt.Errorf("count bank lines: %w", err)
	}
	return nil
}

// knowCompany refuses a file of a company that is no municipality's: its money is not ours.
func knowCompany(tx *scope.Tx, company string) error {
	var ours bool
	if err := tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM municipalities WHERE bill_company = CAST(? AS integer))`, company).Row().Scan(&ours); err != nil {
		return fmt.Errorf("find company: %w", err)
	}
	if !ours {
		return ErrFileCompany.With("company", company)
	}
	return nil
}
