package corrections

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/scope"
)

type runRow struct {
	ID, ListedBy                uuid.UUID
	MunicipalityID              int
	WrongVersion, RightVersion  string
	Reason                      string
	State                       State
	ListedAt                    time.Time
	Bills, Problems, Unaffected int
	CreditRial, ExtraRial       money.Rial
	DecidedBy                   uuid.NullUUID
	DecidedAt                   *time.Time
	Report                      []byte
}

func (r runRow) run() (Run, error) {
	run := Run{ID: r.ID, MunicipalityID: r.MunicipalityID, Wrong: r.WrongVersion, Right: r.RightVersion, Reason: r.Reason, State: r.State, ListedBy: r.ListedBy,
		ListedAt: r.ListedAt.UTC(), Bills: r.Bills, Problems: r.Problems, Unaffected: r.Unaffected, Credit: r.CreditRial, Extra: r.ExtraRial, DecidedBy: r.DecidedBy.UUID}
	if r.DecidedAt != nil {
		run.DecidedAt = r.DecidedAt.UTC()
	}
	if r.Report != nil {
		run.Report = &Report{}
		if err := json.Unmarshal(r.Report, run.Report); err != nil {
			return Run{}, fmt.Errorf("decode report of correction %s: %w", r.ID, err)
		}
	}
	return run, nil
}

const selectRun = `SELECT id, municipality_id, wrong_version, right_version, reason, state, listed_by, listed_at, bills, problems, unaffected, credit_rial, extra_rial,
  decided_by, decided_at, report FROM correction_runs`

// loadRun reads a run that the scope sees.
func loadRun(tx *scope.Tx, id uuid.UUID) (Run, error) {
	return findRun(tx, selectRun+` WHERE id = ?`, id)
}

// lockRun reads a run and holds it. Runs are decided one at a time, whosever they are: what one adjusts is what the next one starts from.
func lockRun(tx *scope.Tx, seen Run) (Run, error) {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(hashtextextended('mofasa corrections', 0))`).Error; err != nil {
		return Run{}, fmt.Errorf("wait for other corrections: %w", err)
	}
	return findRun(tx, selectRun+` WHERE id = ? AND municipality_id = ? FOR UPDATE`, seen.ID, seen.MunicipalityID)
}

func findRun(tx *scope.Tx, query string, args ...any) (Run, error) {
	var row runRow
	err := tx.DB.Raw(query, args...).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Run{}, ErrUnknown
	}
	if err != nil {
		return Run{}, fmt.Errorf("read correction: %w", err)
	}
	return row.run()
}

func loadRuns(tx *scope.Tx) ([]Run, error) {
	var rows []runRow
	if err := tx.DB.Raw(selectRun + ` ORDER BY listed_at DESC, id DESC`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list corrections: %w", err)
	}
	runs := make([]Run, len(rows))
	for i, row := range rows {
		var err error
		if runs[i], err = row.run(); err != nil {
			return nil, err
		}
	}
	return runs, nil
}

func insertRun(tx *scope.Tx, r Run) error {
	err := tx.DB.Exec(`INSERT INTO correction_runs (municipality_id, id, wrong_version, right_version, reason, state, listed_by, listed_at, bills, problems, unaffected,
	  credit_rial, extra_rial) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, r.MunicipalityID, r.ID, r.Wrong, r.Right, r.Reason, string(r.State), r.ListedBy, r.ListedAt,
		r.Bills, r.Problems, r.Unaffected, r.Credit, r.Extra).Error
	if scope.Constraint(err) == "correction_runs_once" {
		return errExists.Because(err)
	}
	if err != nil {
		return fmt.Errorf("insert correction: %w", err)
	}
	return nil
}

// saveDecision ends a locked run.
func saveDecision(tx *scope.Tx, r Run) error {
	var report any
	if r.Report != nil {
		body, err := json.Marshal(r.Report)
		if err != nil {
			return fmt.Errorf("encode report: %w", err)
		}
		report = string(body)
	}
	err := tx.DB.Exec(`UPDATE correction_runs SET state = ?, decided_by = ?, decided_at = ?, report = ? WHERE municipality_id = ? AND id = ? AND state = 'listed'`,
		string(r.State), r.DecidedBy, r.DecidedAt, report, r.MunicipalityID, r.ID).Error
	if scope.Constraint(err) == "correction_runs_two_people" {
		return errSamePerson.Because(err)
	}
	if err != nil {
		return fmt.Errorf("decide correction: %w", err)
	}
	return nil
}

// approvedPairs reads which version stands for which since a run was approved.
func approvedPairs(tx *scope.Tx) (Replaced, error) {
	var rows []struct{ WrongVersion, RightVersion string }
	if err := tx.DB.Raw(`SELECT wrong_version, right_version FROM correction_runs WHERE state = 'approved'`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read approved corrections: %w", err)
	}
	replaced := Replaced{}
	for _, r := range rows {
		replaced[r.WrongVersion] = r.RightVersion
	}
	return replaced, nil
}

// nextYear is the fiscal year after this one where the named vehicle will owe it to the city as things are, else 0.
func nextYear(tx *scope.Tx, city int) (calendar.FiscalYear, error) {
	var stays bool
	err := tx.DB.Raw(`SELECT coalesce((SELECT r.residence = ? FROM vehicle_residences r WHERE r.vehicle_id = ? AND r.valid_from <= scope_today()
	    AND (r.valid_to IS NULL OR r.valid_to > scope_today()) ORDER BY r.valid_from DESC LIMIT 1), false)
	  AND NOT EXISTS (SELECT FROM vehicle_retirements t WHERE t.vehicle_id = ?)`, city, tx.VehicleID, tx.VehicleID).Row().Scan(&stays)
	if err != nil {
		return 0, fmt.Errorf("look where the owner lives: %w", err)
	}
	if !stays {
		return 0, nil
	}
	return calendar.DateOf(tx.Now).FiscalYear() + 1, nil
}
