package csvimport

import (
	"context"
	"errors"
	"fmt"
	"io"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

var errOnce = errors.New("csvimport: the transaction must be repeated and the input cannot be read a second time")

// Run imports a file in one platform transaction, which also writes the audit row. Only one import runs at a time; the next one waits.
// Errors: ErrEmpty, ErrHeader; any other is private and means that nothing was imported.
func Run(ctx context.Context, runner *scope.Runner, load Load, in Input) (Report, error) {
	return load.inTx(ctx, runner, in, nil)
}

// errRehearsed takes back what a rehearsal has done.
var errRehearsed = errors.New("csvimport: rehearsed")

// Rehearse is Run that keeps nothing, not even the audit row: the file is staged, merged and reported, the result file is written, and the transaction is taken
// back. Merge may look at what it has staged instead of writing.
func Rehearse(ctx context.Context, runner *scope.Runner, load Load, in Input) (Report, error) {
	report, err := load.inTx(ctx, runner, in, errRehearsed)
	if errors.Is(err, errRehearsed) {
		return report, nil
	}
	return Report{}, err
}

// inTx runs the load in a transaction that ends with the given error, or is committed where there is none.
func (load Load) inTx(ctx context.Context, runner *scope.Runner, in Input, end error) (Report, error) {
	rows, err := open(in.File, load.Columns, load.Optional)
	if err != nil {
		return Report{}, err
	}
	var report Report
	err = runner.InBulkTx(ctx, scope.Platform(), func(tx *scope.BulkTx) error {
		if rows == nil {
			if rows, err = load.reopen(in.File); err != nil {
				return err
			}
		}
		current := rows
		rows = nil
		if report, err = load.run(tx, current, in); err != nil {
			return err
		}
		return end
	})
	if err != nil && !errors.Is(err, errRehearsed) {
		return Report{}, fmt.Errorf("import %s: %w", load.Name, err)
	}
	return report, err
}

func (load Load) reopen(file io.Reader) (*reader, error) {
	start, ok := file.(io.Seeker)
	if !ok {
		return nil, errOnce
	}
	if _, err := start.Seek(0, io.SeekStart); err != nil {
		return nil, errors.Join(errOnce, err)
	}
	return open(file, load.Columns, load.Optional)
}

func (load Load) run(tx *scope.BulkTx, rows *reader, in Input) (Report, error) {
	if err := prepare(tx.Tx, load); err != nil {
		return Report{}, err
	}
	parse, err := load.Begin(tx.Tx)
	if err != nil {
		return Report{}, err
	}
	staging := newStaging(load, rows, parse, in.watch)
	if err := staging.fill(tx); err != nil {
		return Report{}, err
	}
	in.watch(Progress{Stage: Merging, Bytes: rows.bytes, Rows: rows.rows})
	if err := analyze(tx.Tx, load.Table); err != nil {
		return Report{}, err
	}
	merged, err := load.Merge(tx.Tx)
	if err != nil {
		return Report{}, err
	}
	return load.finish(tx.Tx, staging, merged, in.Result)
}

// finish counts, audits and writes the result file, last of all: whoever holds it may rely on the run unless the commit itself fails.
func (load Load) finish(tx *scope.Tx, staging *staging, merged Merged, result io.Writer) (Report, error) {
	refused, err := countRefused(tx)
	if err != nil {
		return Report{}, err
	}
	report := Report{Read: staging.rows.rows, Inserted: merged.Inserted, Changed: merged.Changed, Refused: refused}
	report.Unchanged = report.Read - report.Inserted - report.Changed - report.Refused
	details := map[string]any{"read": report.Read, "inserted": report.Inserted, "changed": report.Changed, "refused": report.Refused}
	for name, detail := range merged.Details {
		details[name] = detail
	}
	err = audit.Write(tx, audit.Record{Action: load.Name + ".imported", TargetKind: "import", TargetID: tx.NewID().String(), Details: details})
	if err != nil {
		return Report{}, err
	}
	if refused == 0 {
		return report, nil
	}
	return report, writeResult(tx, result, staging.texts(load.Faults))
}

func (in Input) watch(p Progress) {
	if in.Progress != nil {
		in.Progress(p)
	}
}
