package municipalities_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mofasa/tenants/fault"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

func code(err error) string {
	f := fault.Of(err)
	if f == nil {
		return fmt.Sprint(err)
	}
	if n := len(f.Fields); n > 0 {
		return f.Fields[n-1].Name + " " + f.Fields[n-1].Code
	}
	return f.Code
}

func imported(t *testing.T) (*scope.Runner, *municipalities.Service) {
	t.Helper()
	run := newRunner(t)
	importing(t, run, "1,الف,A,استان,P,ناحیهٔ یک,10,"+ibanA, "2,ب,B,استان,P,ناحیهٔ دو,10,"+ibanB)
	return run, municipalities.NewService(run, municipalities.Laws{})
}

func setStage(t *testing.T, run *scope.Runner, id int, stage municipalities.Stage) {
	t.Helper()
	inPlatform(t, run, func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE municipalities SET stage = ? WHERE id = ?`, string(stage), id).Error
	})
}

func TestALifeFromDraftToClosed(t *testing.T) {
	t.Parallel()
	run, s := imported(t)
	setStage(t, run, 1, municipalities.Draft) // after the two steps by which it became active
	for i, to := range []municipalities.Stage{"pilot", "active", "paused", "active", "paused", "pilot", "paused"} {
		life, err := s.MoveTo(system(t), scope.Platform(), 1, to, fmt.Sprintf("  step %d ", i))
		if err != nil || life.Stage != to || len(life.Moves) != i+3 {
			t.Fatalf("%s: %+v, %v", to, life, err)
		}
		if last := life.Moves[i+2]; last.Number != i+3 || last.Stage != to || last.Reason != fmt.Sprintf("step %d", i) || last.ActorKind != "system" || last.At.IsZero() || i > 0 && last.Was != life.Moves[i+1].Stage {
			t.Errorf("%+v", last)
		}
	}
	if n := len(list(t, run, `SELECT details->>'stage' FROM audit_log WHERE action = 'municipality.moved' AND target_id = '1'`)); n != 7 {
		t.Errorf("%d audit rows", n)
	}
	for name, err := range map[string]error{
		"municipality tenant_unknown":      move(s, t, 77, "pilot", "r"),
		"reason municipality_reason":       move(s, t, 1, "active", " \n"),
		"stage municipality_close_exports": move(s, t, 1, "closed", "r"),
		"stage municipality_stage":         move(s, t, 1, "open", "r"),
	} {
		if code(err) != name {
			t.Errorf("%v, want %s", err, name)
		}
	}
}

func move(s *municipalities.Service, t *testing.T, id int, to municipalities.Stage, reason string) error {
	_, err := s.MoveTo(system(t), scope.Platform(), id, to, reason)
	return err
}

// TestTheEdgesAreTheTables tries every pair of stages: the service and the table's own rule refuse the same ones.
func TestTheEdgesAreTheTables(t *testing.T) {
	t.Parallel()
	run, s := imported(t)
	legal := 0
	for _, was := range municipalities.Stages() {
		for _, to := range municipalities.Stages() {
			setStage(t, run, 1, was)
			err := move(s, t, 1, to, "r")
			allowed := slices.Contains(was.Next(), to)
			if to != municipalities.Closed && (err == nil) != allowed || err != nil && fault.Of(err) == nil {
				t.Errorf("%s to %s: %v", was, to, err)
			}
			rolledBack := errors.New("rolled back")
			stored := run.InTx(system(t), scope.Platform(), func(tx *scope.Tx) error {
				if err := tx.DB.Exec(`INSERT INTO municipality_stages (municipality_id, number, was, stage, reason, at, actor_kind) VALUES (1, 999, ?, ?, 'r', now(), 'system')`, string(was), string(to)).Error; err != nil {
					return err
				}
				return rolledBack
			})
			if errors.Is(stored, rolledBack) != allowed {
				t.Errorf("the table takes %s to %s otherwise: %v", was, to, stored)
			}
			if allowed {
				legal++
			}
		}
	}
	if legal != 7 {
		t.Errorf("%d edges", legal)
	}
}

// TestHistoryStays: nobody changes a step or a configuration, and a city neither moves itself nor sees another's.
func TestHistoryStays(t *testing.T) {
	t.Parallel()
	run, s := imported(t)
	if err := move(s, t, 1, "paused", "r"); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`UPDATE municipality_stages SET reason = 'x'`, `DELETE FROM municipality_stages`, `UPDATE municipality_configs SET reason = 'x'`, `DELETE FROM municipality_configs`} {
		err := run.InTx(system(t), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(statement).Error })
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if _, err := s.MoveTo(system(t), scope.Municipality(1), 1, "active", "r"); code(err) != "municipality tenant_unknown" {
		t.Errorf("a city moves itself: %v", err)
	}
	own, err := s.Read(system(t), scope.Municipality(1), 1)
	if err != nil || own.Stage != "paused" || len(own.Moves) != 3 {
		t.Errorf("%+v, %v", own, err)
	}
	if _, err := s.Read(system(t), scope.Municipality(2), 1); code(err) != "municipality tenant_unknown" {
		t.Errorf("a city reads another's life: %v", err)
	}
	mine, err := s.List(system(t), scope.Municipality(2))
	all, errAll := s.List(system(t), scope.Platform())
	if err != nil || errAll != nil || len(mine) != 1 || mine[0].ID != 2 || len(all) != 2 {
		t.Errorf("%+v, %v; %d, %v", mine, err, len(all), errAll)
	}
}

// TestClosingWaitsForOrdersAndAPauseDoesNot holds a city as an order does.
func TestClosingWaitsForOrdersAndAPauseDoesNot(t *testing.T) {
	t.Parallel()
	run, s := imported(t)
	held, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- run.InTx(system(t), scope.Platform(), func(tx *scope.Tx) error {
			if err := municipalities.Hold(tx, []int{2, 1, 1}); err != nil {
				return err
			}
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	began := time.Now()
	if err := move(s, t, 1, "paused", "r"); err != nil || time.Since(began) > 2*time.Second {
		t.Errorf("the pause takes %s: %v", time.Since(began), err)
	}
	closed := make(chan error, 1)
	go func() {
		_, err := s.Close(system(t), scope.Platform(), 1, "r", memory{files: map[string]*bytes.Buffer{}})
		closed <- err
	}()
	select {
	case err := <-closed:
		t.Errorf("the city is closed under an order: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	close(release)
	if err := errors.Join(<-done, <-closed); err != nil {
		t.Error(err)
	}
}
