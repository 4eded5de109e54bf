package impact

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/billing/money"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// claim is a run's hold on a preview. Its heartbeat is its proof: whoever takes the preview over writes another one, and this run can store nothing more.
type claim struct {
	ID              uuid.UUID
	MunicipalityID  int
	Drafts          []byte
	Threshold       money.Rial
	HeartbeatAt     time.Time
	beats           []time.Time // those that may be the stored one: an answer can be lost
	CancelRequested bool
}

func (c *claim) scope() scope.Scope {
	if c.MunicipalityID != 0 {
		return scope.Municipality(c.MunicipalityID)
	}
	return scope.Platform()
}

func (c *claim) drafts() (list []DraftRevision, err error) {
	err = json.Unmarshal(c.Drafts, &list)
	return list, err
}

// errLost says that somebody else has taken the preview over.
var errLost = errors.New("impact: the claim on the preview is lost")

// takeNext claims the preview that has waited longest: a queued one, or one whose run has been silent for SilentFor. only narrows it to one preview, where it is
// not Nil. Of two at once each gets another one, or nothing. What was cancelled meanwhile ends here.
func takeNext(tx *scope.Tx, only uuid.UUID) (*claim, error) {
	var c claim
	err := tx.DB.Raw(`WITH next AS MATERIALIZED (SELECT municipality_id, id FROM tariff_previews
	    WHERE (state = 'queued' OR state = 'running' AND heartbeat_at < ?) AND (? OR id = ?)
	    ORDER BY requested_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
	  UPDATE tariff_previews p SET state = CASE WHEN p.cancel_requested THEN 'cancelled' ELSE 'running' END, heartbeat_at = ?,
	    finished_at = CASE WHEN p.cancel_requested THEN CAST(? AS timestamptz) END, vehicles_done = 0
	  FROM next WHERE p.municipality_id = next.municipality_id AND p.id = next.id
	  RETURNING p.id, p.municipality_id, p.threshold_rial AS threshold, p.heartbeat_at, p.cancel_requested,
	    (SELECT json_agg(json_build_object('id', u.id, 'revision', u.revision) ORDER BY u.at) FROM unnest(p.drafts, p.revisions) WITH ORDINALITY u (id, revision, at)) AS drafts`,
		tx.Now.Add(-SilentFor), only == uuid.Nil, only, tx.Now, tx.Now).Take(&c).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("claim preview: %w", err)
	}
	c.beats = []time.Time{c.HeartbeatAt}
	return &c, nil
}

// beat proves that the run lives and tells how far it is. Errors: errLost.
func (c *claim) beat(tx *scope.Tx, done, total int64) error {
	before := c.beats
	c.beats = append(slices.Clip(before), tx.Now)
	err := tx.DB.Raw(`UPDATE tariff_previews SET heartbeat_at = ?, vehicles_done = ?, vehicles_total = ?
	  WHERE municipality_id = ? AND id = ? AND state = 'running' AND heartbeat_at IN ? RETURNING cancel_requested`,
		tx.Now, done, total, c.MunicipalityID, c.ID, before).Row().Scan(&c.CancelRequested)
	return lost(err)
}

// end stores how the run ended; one that somebody wanted to end is cancelled, whatever it has come to. Errors: errLost.
func (c *claim) end(tx *scope.Tx, e ending) error {
	report, err := e.encoded()
	if err != nil {
		return err
	}
	var state State
	err = tx.DB.Raw(`UPDATE tariff_previews SET state = CASE WHEN cancel_requested THEN 'cancelled' ELSE @state END,
	    report = CASE WHEN NOT cancel_requested THEN CAST(@report AS jsonb) END, failure = CASE WHEN NOT cancel_requested THEN nullif(@failure, '') END,
	    finished_at = CASE WHEN cancel_requested OR @state <> 'queued' THEN CAST(@now AS timestamptz) END, vehicles_done = @done, vehicles_total = @total
	  WHERE municipality_id = @city AND id = @id AND state = 'running' AND heartbeat_at IN @beats RETURNING state`,
		map[string]any{"state": string(e.state), "report": report, "failure": e.failure, "now": tx.Now, "done": e.done, "total": e.total,
			"city": c.MunicipalityID, "id": c.ID, "beats": c.beats}).Row().Scan(&state)
	return lost(err)
}

// ending is how a run ended: done with a report, failed with a code, cancelled, or queued again where the process ends first.
type ending struct {
	state   State
	report  *Report
	failure string
	done    int64
	total   int64
}

// encoded is null without a report.
func (e *ending) encoded() (any, error) {
	if e.report == nil {
		return nil, nil
	}
	body, err := json.Marshal(e.report)
	if err != nil {
		return nil, fmt.Errorf("encode report: %w", err)
	}
	return string(body), nil
}

// lost tells a claim that was taken over from a database that fails.
func lost(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return errLost
	}
	if err != nil {
		return fmt.Errorf("store preview: %w", err)
	}
	return nil
}

func failed(err error) ending {
	e := ending{state: Failed, failure: "internal"}
	if f := fault.Of(err); f != nil {
		e.failure = f.Code
	}
	return e
}
