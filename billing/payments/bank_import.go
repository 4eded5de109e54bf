package payments

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"mofasa/billing/bankfiles"
	"mofasa/billing/money"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// chunk is how many lines are matched in one transaction.
const chunk = 100

// ImportBankFile reads a bank's return file and matches every line of it by both numbers. The file's own totals are proven first: where its lines are not what its header
// says, nothing of it is posted; what a total leaves over the lines that can be read is parked with the first that cannot. Lines are posted chunk by chunk, and a repeated import
// goes on where one broke off. The same content answers with what became of it, whatever its name; the content is read twice, a line at a time.
// Errors: bank_file_header, bank_file_service, bank_file_company, bank_file_totals, bank_file_name_taken.
func (s *Service) ImportBankFile(ctx context.Context, name string, content io.ReadSeeker) (BankFile, error) {
	found, err := survey(content)
	if err != nil {
		return BankFile{}, err
	}
	found.file.Name = filepath.Base(name)
	f, err := s.openFile(ctx, found)
	if err != nil || !f.FinishedAt.IsZero() {
		return f, err
	}
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return f, fmt.Errorf("read bank file again: %w", err)
	}
	lines, err := bankfiles.NewReader(content)
	if err != nil {
		return f, err
	}
	for start := 0; start < f.Lines; start += chunk {
		batch, err := nextLines(lines, f, found.broken)
		if err != nil {
			return f, err
		}
		if start+len(batch) <= f.Done {
			continue
		}
		if f, err = s.postChunk(ctx, f, start, batch); err != nil {
			return f, err
		}
	}
	return f, nil
}

// surveyed is what a first reading of a file has found.
type surveyed struct {
	file   BankFile
	sha256 []byte
	sum    money.Rial
	broken int // number of the first line whose amount cannot be read; 0: there is none
	header bankfiles.Header
}

// survey reads a whole file for its digest, its number of lines and their sum, and holds them against the header.
func survey(content io.ReadSeeker) (surveyed, error) {
	digest := sha256.New()
	lines, err := bankfiles.NewReader(io.TeeReader(content, digest))
	if err != nil {
		return surveyed{}, err
	}
	h := lines.Header
	found := surveyed{header: h, file: BankFile{Layout: h.Layout, Bank: h.Bank, Company: h.Company, Sent: h.Sent}}
	for {
		l, err := lines.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return found, err
		}
		found.file.Lines++
		if found.sum, err = found.sum.Add(l.Amount()); err != nil {
			return found, err
		}
		if found.broken == 0 && (l.Problem == bankfiles.Length || l.Problem == bankfiles.Digits) {
			found.broken = l.Number
		}
	}
	found.sha256 = digest.Sum(nil)
	return found, found.totals()
}

// totals holds the lines against the header, and finds how much money stands in lines that cannot be read.
func (f *surveyed) totals() error {
	wrong := ErrFileTotals.With("lines", strconv.Itoa(f.file.Lines)).With("header_lines", strconv.Itoa(f.header.Lines)).With("sum_rial", strconv.FormatInt(int64(f.sum), 10)).
		With("header_total", strconv.FormatInt(f.header.Total, 10))
	if f.file.Lines != f.header.Lines {
		return wrong
	}
	if f.broken == 0 {
		f.file.Total = f.sum
		if !f.header.Says(f.sum) {
			return wrong
		}
		return nil
	}
	rest, covered := f.header.Rest(f.sum)
	if !covered {
		return wrong
	}
	f.file.Lost, f.file.Total = rest, f.sum+rest
	return nil
}

// openFile finds the file by its content, or stores it as one to be read.
func (s *Service) openFile(ctx context.Context, found surveyed) (f BankFile, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		var known bool
		if f, known, err = fileOf(tx, found.sha256); err != nil || known {
			return err
		}
		if err := knowCompany(tx, found.file.Company); err != nil {
			return err
		}
		f = found.file
		if f.ID, f.ReceivedAt = tx.NewID(), tx.Now; f.Lines == 0 {
			f.FinishedAt = tx.Now // a day on which nobody paid
		}
		stored, err := insertFile(tx, f, found.sha256)
		if err != nil {
			return err
		}
		if !stored { // a twin was faster
			f, known, err = fileOf(tx, found.sha256)
			if err == nil && !known {
				return ErrFileName
			}
			return err
		}
		return audit.Write(tx, audit.Record{Action: "bank_file.received", TargetKind: "bank_file", TargetID: f.ID.String(),
			Details: map[string]any{"name": f.Name, "lines": f.Lines, "total_rial": f.Total}})
	})
	return f, err
}

// nextLines reads the next chunk. The money of all lines that cannot be read stands with the first of them.
func nextLines(from *bankfiles.Reader, f BankFile, broken int) ([]BankLine, error) {
	var batch []BankLine
	for len(batch) < chunk {
		l, err := from.Next()
		if errors.Is(err, io.EOF) {
			return batch, nil
		}
		if err != nil {
			return nil, err
		}
		one := lineOf(l, f)
		if l.Number == broken {
			one.Amount = f.Lost
		}
		batch = append(batch, one)
	}
	return batch, nil
}

// postChunk matches a chunk under the file's lock, unless a twin has done so. Another import that tells of the same money at the same moment makes it look again.
func (s *Service) postChunk(ctx context.Context, f BankFile, start int, batch []BankLine) (BankFile, error) {
	var err error
	for range 3 {
		err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
			if f, err = lockFile(tx, f.ID); err != nil || f.Done > start {
				return err
			}
			lines := append([]BankLine(nil), batch...)
			if err := s.collect(tx, lines); err != nil {
				return err
			}
			for _, l := range lines {
				f.add(l)
			}
			return s.countChunk(tx, &f)
		})
		if scope.Constraint(err) != "bank_lines_once" {
			break
		}
	}
	return f, err
}

func (s *Service) countChunk(tx *scope.Tx, f *BankFile) error {
	if f.Done == f.Lines {
		f.FinishedAt = tx.Now
	}
	if err := saveTally(tx, *f); err != nil || f.FinishedAt.IsZero() {
		return err
	}
	return audit.Write(tx, audit.Record{Action: "bank_file.posted", TargetKind: "bank_file", TargetID: f.ID.String(),
		Details: map[string]any{"captured": f.Captured, "captured_rial": f.CapturedRial, "suspended": f.Suspended + f.Malformed, "suspended_rial": f.SuspendedRial, "repeated": f.Repeated}})
}

// BankFiles lists the files that were read, the newest first, at most 200.
func (s *Service) BankFiles(ctx context.Context) (list []BankFile, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		list, err = files(tx, `ORDER BY received_at DESC, id DESC LIMIT 200`)
		return err
	})
	return list, err
}

// ReportBank takes a bank's message, once per number of the bank and once per Idempotency-Key. Errors: bank_notice (field), bank_number_reused.
func (s *Service) ReportBank(ctx context.Context, notice BankLine, key scope.Key) (BankLine, error) {
	if err := notice.check(); err != nil {
		return BankLine{}, err
	}
	var line BankLine
	var err error
	for range 3 {
		err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
			line, err = scope.Once(tx, key, func() (BankLine, error) { return s.report(tx, notice) })
			return err
		})
		if c := scope.Constraint(err); c != "bank_lines_once" && c != "bank_lines_number" {
			break
		}
	}
	return line, err
}

func (s *Service) report(tx *scope.Tx, notice BankLine) (BankLine, error) {
	stored, err := findLines(tx, `WHERE l.bank = ? AND l.number = ? AND l.file_id IS NULL`, notice.Bank, notice.Number)
	if err != nil {
		return BankLine{}, err
	}
	if len(stored) > 0 {
		if stored[0].identity() != notice.identity() {
			return BankLine{}, ErrBankNumber.On("number")
		}
		return stored[0], nil
	}
	lines := []BankLine{notice}
	if err := s.collect(tx, lines); err != nil {
		return BankLine{}, err
	}
	return lines[0], audit.Write(tx, audit.Record{Action: "bank_payment.reported", TargetKind: "bank_line", TargetID: lines[0].ID.String(),
		Details: map[string]any{"outcome": lines[0].Outcome, "amount_rial": lines[0].Amount, "payment": known(lines[0].PaymentID), "repeats": known(lines[0].Repeats)}})
}

func allDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// check names the field of a notification that has no meaning.
func (l *BankLine) check() error {
	l.FileID, l.Line, l.Occurrence = uuid.Nil, 0, 1
	l.Bill, l.Payment = strings.TrimLeft(l.Bill, "0"), strings.TrimLeft(l.Payment, "0")
	for _, field := range []struct {
		name, text string
		digits     int
	}{{"bank", l.Bank, 2}, {"branch", l.Branch, 6}, {"channel", l.Channel, 2}, {"trace", l.Trace, 6}} {
		if len(field.text) != field.digits || !allDigits(field.text) {
			return errNotice.On(field.name)
		}
	}
	switch {
	case l.Number == "" || len(l.Number) > 40:
		return errNotice.On("number")
	case l.Amount <= 0:
		return errNotice.On("amount_rial")
	case !l.Paid.Valid():
		return errNotice.On("paid_on")
	case l.Bill == "" || len(l.Bill) > 20 || !allDigits(l.Bill):
		return errNotice.On("bill_id")
	case l.Payment == "" || len(l.Payment) > 20 || !allDigits(l.Payment):
		return errNotice.On("payment_id")
	}
	return nil
}
