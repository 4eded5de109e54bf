package audit_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// log is an empty audit log with its service.
type log struct {
	*audit.Service
	t   *testing.T
	db  *pgtest.DB
	run *scope.Runner
}

func newLog(t *testing.T) log {
	t.Helper()
	db := pgtest.New(t)
	gormDB, pool, err := scope.Open(db.AppURL, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	run := scope.NewRunner(gormDB, time.Now, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	return log{Service: audit.NewService(run, slog.New(slog.NewTextHandler(io.Discard, nil))), t: t, db: db, run: run}
}

func (l log) context() context.Context {
	return scope.WithActor(l.t.Context(), scope.Actor{Kind: scope.ActorSystem, RequestID: "request-1"})
}

// write leaves a record in a scope.
func (l log) write(in scope.Scope, r audit.Record) {
	l.t.Helper()
	if err := l.run.InTx(l.context(), in, func(tx *scope.Tx) error { return audit.Write(tx, r) }); err != nil {
		l.t.Fatal(err)
	}
}

// writeMany leaves records that name themselves.
func (l log) writeMany(n int) {
	for i := range n {
		l.write(scope.Platform(), audit.Record{Action: fmt.Sprintf("test.%02d", i), TargetKind: "test", TargetID: "x", Purpose: "p", Details: map[string]any{"i": i}})
	}
}

// sealAll waits until every row is sealed: transactions of other tests hold the horizon back for a while.
func (l log) sealAll() audit.Head {
	l.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, err := l.Seal(l.context()); err != nil {
			l.t.Fatal(err)
		}
		state, err := l.State(l.context())
		if err != nil {
			l.t.Fatal(err)
		}
		if state.Waiting == 0 {
			return state.Head
		}
	}
	l.t.Fatal("rows are never sealed")
	return audit.Head{}
}

func (l log) verify(kept audit.Head) (string, string) {
	l.t.Helper()
	rule, where, err := l.Verify(l.context(), kept)
	if err != nil {
		l.t.Fatal(err)
	}
	return rule, where
}

func (l log) texts(query string) (out []string) {
	l.t.Helper()
	err := l.run.InTx(l.context(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query).Scan(&out).Error })
	if err != nil {
		l.t.Fatal(err)
	}
	return out
}

// owner runs a statement as the owner of the tables, whom row-level security would stop.
func (l log) owner(statement string) {
	l.t.Helper()
	script := `ALTER TABLE audit_log NO FORCE ROW LEVEL SECURITY; ALTER TABLE audit_seals NO FORCE ROW LEVEL SECURITY; ` + statement +
		`; ALTER TABLE audit_log FORCE ROW LEVEL SECURITY; ALTER TABLE audit_seals FORCE ROW LEVEL SECURITY;`
	if _, err := pgtest.Open(l.t, l.db.OwnerURL).ExecContext(l.t.Context(), script); err != nil {
		l.t.Fatal(err)
	}
}

func TestTheChainHolds(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	if rule, where := l.verify(audit.Head{}); rule != "" {
		t.Errorf("an empty log: %s, %s", rule, where)
	}
	l.writeMany(5)
	first := l.sealAll()
	l.write(scope.Municipality(122), audit.Record{Action: "a", TargetKind: "k", TargetID: "1"})
	l.write(scope.Office(uuid.New()), audit.Record{Action: "b", TargetKind: "k", TargetID: "2", Municipality: 122})
	last := l.sealAll()
	if first.Sequence != 5 || last.Sequence != 7 {
		t.Errorf("sealed %d, then %d", first.Sequence, last.Sequence)
	}
	for _, kept := range []audit.Head{{}, first, last} {
		if rule, where := l.verify(kept); rule != "" {
			t.Errorf("with head %s: %s, %s", kept, rule, where)
		}
	}
	foreign := first
	foreign.Chain[0]++
	for kept, want := range map[audit.Head]string{foreign: "the chain is not the one of the head", {Sequence: 8, Chain: last.Chain}: "sealed rows were cut off"} {
		if rule, _ := l.verify(kept); !strings.HasPrefix(rule, want) {
			t.Errorf("with head %s: %q, want %q", kept, rule, want)
		}
	}
}

// TestABreakIsLocated breaks a sealed log in each way, as the owner of the tables, and expects the row to be named.
func TestABreakIsLocated(t *testing.T) {
	t.Parallel()
	fourth := `(SELECT audit_id FROM audit_seals WHERE sequence = 4)`
	forged := `INSERT INTO audit_log (id, at, owner, actor_kind, action, target_kind, target_id, txid) SELECT '00000000-0000-7000-8000-000000000001', at, owner, actor_kind, 'forged',
	  target_kind, target_id, `
	exchange := func(column string) string { // between the fourth row and the sixth
		return `UPDATE audit_log a SET ` + column + ` = b.` + column + ` FROM audit_seals s, audit_seals r, audit_log b WHERE s.audit_id = a.id AND r.audit_id = b.id
		  AND (s.sequence, r.sequence) IN ((4, 6), (6, 4))`
	}
	for name, c := range map[string]struct{ sabotage, rule, where string }{
		"the time":             {`UPDATE audit_log SET at = at + interval '1 microsecond' WHERE id = ` + fourth, "a sealed row was changed", "sealed as 4"},
		"the purpose":          {`UPDATE audit_log SET purpose = NULL WHERE id = ` + fourth, "a sealed row was changed", "sealed as 4"},
		"the actor":            {`UPDATE audit_log SET actor_id = gen_random_uuid() WHERE id = ` + fourth, "a sealed row was changed", "sealed as 4"},
		"a detail":             {`UPDATE audit_log SET details = '{"i": 99}' WHERE id = ` + fourth, "a sealed row was changed", "sealed as 4"},
		"the transaction":      {`UPDATE audit_log SET txid = '3' WHERE id = ` + fourth, "a sealed row was changed", "sealed as 4"},
		"the id":               {`UPDATE audit_log SET id = gen_random_uuid() WHERE id = ` + fourth, "a sealed row was removed", "sealed as 4"},
		"two rows":             {`UPDATE audit_log SET action = 'x' WHERE id IN (SELECT audit_id FROM audit_seals WHERE sequence IN (4, 6))`, "a sealed row was changed", "sealed as 4"},
		"a row taken away":     {`DELETE FROM audit_log WHERE id = ` + fourth, "a sealed row was removed", "sealed as 4"},
		"the last row":         {`DELETE FROM audit_log WHERE id = (SELECT audit_id FROM audit_seals WHERE sequence = 8)`, "a sealed row was removed", "sealed as 8"},
		"a row with its seal":  {`DELETE FROM audit_log WHERE id = ` + fourth + `; DELETE FROM audit_seals WHERE sequence = 4`, "a seal is missing", "seal 4"},
		"a row put in between": {forged + `txid FROM audit_log WHERE id = ` + fourth, "a row was inserted", "row 00000000-0000-7000-8000-000000000001, after the one sealed as 3"},
		"a row put first":      {forged + `'1' FROM audit_log WHERE id = ` + fourth, "a row was inserted", "after the one sealed as 0"},
		"before a change": {forged + `'1' FROM audit_log WHERE id = ` + fourth + `; UPDATE audit_log SET action = 'x' WHERE id = ` + fourth, "a row was inserted",
			"after the one sealed as 0"},
		"two rows exchange what they say": {exchange("action"), "a sealed row was changed", "sealed as 4"},
		"two rows exchange their times":   {exchange("at"), "a sealed row was changed", "sealed as 4"},
		"two rows exchange their places":  {exchange("txid"), "a sealed row was changed", "sealed as 4"},
		"two seals exchange their places": {`UPDATE audit_seals SET sequence = 99 WHERE sequence = 4; UPDATE audit_seals SET sequence = 4 WHERE sequence = 6;
		  UPDATE audit_seals SET sequence = 6 WHERE sequence = 99`, "a seal was changed", "sealed as 4"},
		"rows and seals exchange their places": {exchange("txid") + `; UPDATE audit_seals SET sequence = 99 WHERE sequence = 4; UPDATE audit_seals SET sequence = 4 WHERE sequence = 6;
		  UPDATE audit_seals SET sequence = 6 WHERE sequence = 99`, "a seal was changed", "sealed as 4"},
		"the last rows":       {`DELETE FROM audit_log WHERE id IN (SELECT audit_id FROM audit_seals WHERE sequence > 5)`, "a sealed row was removed", "sealed as 6"},
		"a row of the future": {forged + `'9000000000000000000' FROM audit_log WHERE id = ` + fourth, "a row claims a transaction", "row 00000000-0000-7000-8000-000000000001"},
		"a seal":              {`UPDATE audit_seals SET row_hash = sha256('x') WHERE sequence = 4`, "a seal was changed", "sealed as 4"},
		"a link":              {`UPDATE audit_seals SET chain_hash = sha256('x') WHERE sequence = 4`, "a seal was changed", "sealed as 4"},
		"a seal's place":      {`UPDATE audit_seals SET txid = '3' WHERE sequence = 4`, "a seal was changed", "sealed as 4"},
		"a seal turned": {`UPDATE audit_seals SET audit_id = gen_random_uuid() WHERE sequence = 4; UPDATE audit_seals SET audit_id = (SELECT id FROM audit_log a
		  WHERE NOT EXISTS (SELECT FROM audit_seals s WHERE s.audit_id = a.id) LIMIT 1) WHERE sequence = 4; UPDATE audit_log SET action = 'y' WHERE id = ` + fourth,
			"a sealed row was changed", "sealed as 4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLog(t)
			l.writeMany(8)
			l.sealAll()
			if rule, where := l.verify(audit.Head{}); rule != "" {
				t.Fatalf("before: %s, %s", rule, where)
			}
			l.owner(c.sabotage)
			if rule, where := l.verify(audit.Head{}); !strings.HasPrefix(rule, c.rule) || !strings.Contains(where, c.where) {
				t.Errorf("%q, %q, want %q, %q", rule, where, c.rule, c.where)
			}
		})
	}
}

// TestACutTailShowsAgainstAKeptHead takes the newest rows away with their seals, which nothing inside the database can tell.
func TestACutTailShowsAgainstAKeptHead(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.writeMany(6)
	kept := l.sealAll()
	l.owner(`DELETE FROM audit_log WHERE id IN (SELECT audit_id FROM audit_seals WHERE sequence > 4); DELETE FROM audit_seals WHERE sequence > 4`)
	if rule, _ := l.verify(audit.Head{}); rule != "" {
		t.Errorf("without the head: %s", rule)
	}
	if rule, where := l.verify(kept); rule != "sealed rows were cut off at the end" || where != "seal 5 and all after it, up to the head 6" {
		t.Errorf("with it: %q, %q", rule, where)
	}
	// Also when others were written and sealed in their place.
	l.writeMany(5)
	l.sealAll()
	if rule, _ := l.verify(kept); !strings.Contains(rule, "head") {
		t.Errorf("after a rewrite: %q", rule)
	}
}

// TestALongTransactionIsWaitedFor commits a row long after younger transactions have committed theirs: nothing passes it, and nothing is missed.
func TestALongTransactionIsWaitedFor(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.writeMany(3)
	before := l.sealAll().Sequence
	written, finish, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- l.run.InTx(l.context(), scope.Platform(), func(tx *scope.Tx) error {
			if err := audit.Write(tx, audit.Record{Action: "long.first", TargetKind: "test", TargetID: "x"}); err != nil {
				return err
			}
			close(written)
			<-finish
			return audit.Write(tx, audit.Record{Action: "long.last", TargetKind: "test", TargetID: "x"})
		})
	}()
	<-written
	l.writeMany(4)
	for range 3 {
		if n, err := l.Seal(l.context()); n != 0 || err != nil {
			t.Errorf("%d rows sealed past a transaction that runs, %v", n, err)
		}
	}
	state, err := l.State(l.context())
	if err != nil || state.Head.Sequence != before || state.Waiting != 4 {
		t.Errorf("%+v, %v", state, err)
	}
	close(finish)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	l.sealAll()
	got := l.texts(fmt.Sprintf(`SELECT a.action FROM audit_seals s JOIN audit_log a ON a.id = s.audit_id WHERE s.sequence > %d ORDER BY s.sequence`, before))
	if want := []string{"long.first", "long.last", "test.00", "test.01", "test.02", "test.03"}; !slices.Equal(got, want) {
		t.Errorf("sealed %q, want %q", got, want)
	}
	if rule, where := l.verify(audit.Head{}); rule != "" {
		t.Errorf("%s, %s", rule, where)
	}
}

// TestSealersSideBySide seals from several processes while others write, roll back and use savepoints: every committed row is sealed once.
func TestSealersSideBySide(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	var writers, sealers sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		sealers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := l.Seal(l.context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for w := range 4 {
		writers.Go(func() {
			for i := range 25 {
				err := l.run.InTx(l.context(), scope.Platform(), func(tx *scope.Tx) error {
					for range 1 + i%3 {
						if err := audit.Write(tx, audit.Record{Action: "test.row", TargetKind: "test", TargetID: fmt.Sprint(w, i)}); err != nil {
							return err
						}
						if err := tx.DB.Exec(`SAVEPOINT s`).Error; err != nil {
							return err
						}
					}
					if i%5 == 0 {
						return errors.New("rolled back")
					}
					return nil
				})
				if (err != nil) != (i%5 == 0) {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	sealers.Wait()
	head := l.sealAll()
	if rows := l.texts(`SELECT count(*)::text FROM audit_log`)[0]; rows != fmt.Sprint(head.Sequence) {
		t.Errorf("%s rows, %d seals", rows, head.Sequence)
	}
	if rule, where := l.verify(head); rule != "" {
		t.Errorf("%s, %s", rule, where)
	}
}

// TestARestoreElsewhereIsNoticed moves the newest seal into the future, as a dump that is restored into a young cluster does.
func TestARestoreElsewhereIsNoticed(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.writeMany(2)
	l.sealAll()
	l.owner(`UPDATE audit_seals SET txid = '9000000000000000000' WHERE sequence = 2`)
	if n, err := l.Seal(l.context()); err == nil || n != 0 || !strings.Contains(err.Error(), "restored") {
		t.Errorf("%d, %v", n, err)
	}
}

// TestEveryColumnIsSealed fails when audit_log has a column that no hash covers.
func TestEveryColumnIsSealed(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	rows := l.texts(`SELECT attname FROM pg_attribute WHERE attrelid = 'audit_log'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname`)
	sealed := audit.SealedColumns()
	slices.Sort(sealed)
	if !slices.Equal(rows, sealed) {
		t.Errorf("the table has %q, sealed are %q", rows, sealed)
	}
}

func TestAuditorsReadTheirOwn(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	office := uuid.New()
	l.write(scope.Municipality(122), audit.Record{Action: "tariff.edited", TargetKind: "tariff_draft", TargetID: "1", Details: map[string]any{"n": 1}})
	l.write(scope.Municipality(1), audit.Record{Action: "tariff.edited", TargetKind: "tariff_draft", TargetID: "2"})
	l.write(scope.Platform(), audit.Record{Action: "correction.adjusted", TargetKind: "correction", TargetID: "3", Municipality: 122, Purpose: "law"})
	l.write(scope.Office(office), audit.Record{Action: "order.created", TargetKind: "order", TargetID: "4"})
	list := func(own scope.Scope, q audit.Query) []string {
		t.Helper()
		q.Limit = 100
		page, more, err := l.List(l.context(), own, q)
		if err != nil || more {
			t.Fatalf("%v, more %t", err, more)
		}
		var got []string
		for _, e := range page {
			if !strings.HasPrefix(e.Action, "audit.") {
				got = append(got, e.Owner+" "+e.Action+" "+e.TargetID)
			}
		}
		return got
	}
	about := "platform correction.adjusted 3"
	for name, c := range map[string]struct {
		own  scope.Scope
		q    audit.Query
		want []string
	}{
		"a city, with what was done about it":   {scope.Municipality(122), audit.Query{}, []string{about, "municipality:122 tariff.edited 1"}},
		"another city":                          {scope.Municipality(1), audit.Query{}, []string{"municipality:1 tariff.edited 2"}},
		"an office":                             {scope.Office(office), audit.Query{}, []string{"office:" + office.String() + " order.created 4"}},
		"another office":                        {scope.Office(uuid.New()), audit.Query{}, nil},
		"the platform":                          {scope.Platform(), audit.Query{}, []string{about}},
		"the platform about a city":             {scope.Platform(), audit.Query{Owner: "municipality:122"}, []string{about, "municipality:122 tariff.edited 1"}},
		"the platform about an office":          {scope.Platform(), audit.Query{Owner: "office:" + office.String()}, []string{"office:" + office.String() + " order.created 4"}},
		"by action":                             {scope.Municipality(122), audit.Query{Action: "tariff.edited"}, []string{"municipality:122 tariff.edited 1"}},
		"by target":                             {scope.Municipality(122), audit.Query{TargetKind: "correction", TargetID: "3"}, []string{about}},
		"by another target":                     {scope.Municipality(122), audit.Query{TargetID: "4"}, nil},
		"before there was anything":             {scope.Municipality(122), audit.Query{To: time.Now().Add(-time.Hour)}, nil},
		"from an hour ago":                      {scope.Municipality(122), audit.Query{From: time.Now().Add(-time.Hour)}, []string{about, "municipality:122 tariff.edited 1"}},
		"of the public, which left nothing yet": {scope.Platform(), audit.Query{Owner: "public"}, nil},
	} {
		if got := list(c.own, c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for owner, c := range map[string]struct {
		own  scope.Scope
		code string
	}{
		"platform":         {scope.Municipality(122), "audit_owner"},
		"municipality:1":   {scope.Municipality(122), "audit_owner"},
		"office:" + "x":    {scope.Platform(), "audit_owner_format"},
		"municipality:0":   {scope.Platform(), "audit_owner_format"},
		"municipality:01":  {scope.Platform(), "audit_owner_format"},
		"municipality":     {scope.Platform(), "audit_owner_format"},
		"platform:1":       {scope.Platform(), "audit_owner_format"},
		"nobody":           {scope.Platform(), "audit_owner_format"},
		"municipality:122": {scope.Office(office), "audit_owner"},
	} {
		if _, _, err := l.List(l.context(), c.own, audit.Query{Owner: owner, Limit: 1}); fault.Of(err) == nil || fault.Of(err).Code != c.code {
			t.Errorf("%s asks for %s: %v", c.own, owner, err)
		}
	}
	if n := len(l.texts(`SELECT id::text FROM audit_log WHERE action = 'audit.read'`)); n != 13 {
		t.Errorf("%d readings are on record, want 13", n)
	}
}

// TestPagesMeet pages through entries of one instant and of many, and gets each once.
func TestPagesMeet(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	err := l.run.InTx(l.context(), scope.Municipality(122), func(tx *scope.Tx) error {
		for i := range 7 {
			if err := audit.Write(tx, audit.Record{Action: "one.instant", TargetKind: "t", TargetID: fmt.Sprint(i), Municipality: 122 * (i % 2)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 6 {
		l.write(scope.Platform(), audit.Record{Action: "another", TargetKind: "t", TargetID: fmt.Sprint(10 + i), Municipality: 122})
	}
	seen := map[string]int{}
	var out bytes.Buffer
	w, err := audit.NewCSV(&out)
	if err != nil {
		t.Fatal(err)
	}
	err = l.Each(l.context(), scope.Municipality(122), audit.Query{TargetKind: "t", Limit: 2, Export: true}, func(e audit.Entry) error {
		seen[e.TargetID]++
		return w.Write(e)
	})
	if err := errors.Join(err, w.Flush()); err != nil || len(seen) != 13 {
		t.Fatalf("%d entries, %v", len(seen), err)
	}
	for target, n := range seen {
		if n != 1 {
			t.Errorf("entry %s comes %d times", target, n)
		}
	}
	table, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(table) != 14 || table[0][6] != "action" || table[1][6] != "another" || table[13][6] != "one.instant" {
		t.Errorf("%v, %v", table, err)
	}
}

// TestCellsAreNoFormulas exports what a spreadsheet would compute.
func TestCellsAreNoFormulas(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w, err := audit.NewCSV(&out)
	if err != nil {
		t.Fatal(err)
	}
	for _, purpose := range []string{`=HYPERLINK("x")`, "+1", "-1", "@x", "\tx", "plain = x"} {
		if err := w.Write(audit.Entry{Purpose: purpose}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	table, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(table) != 7 {
		t.Fatalf("%v, %v", table, err)
	}
	for i, want := range []string{`'=HYPERLINK("x")`, "'+1", "'-1", "'@x", "'\tx", "plain = x"} {
		if table[i+1][9] != want {
			t.Errorf("%q, want %q", table[i+1][9], want)
		}
	}
}

// TestTheLogIsAppendOnly tries to change log and chain with the program's login.
func TestTheLogIsAppendOnly(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	l.writeMany(1)
	l.sealAll()
	app := pgtest.Open(t, l.db.AppURL)
	for _, statement := range []string{`UPDATE audit_log SET action = ''`, `DELETE FROM audit_log`, `TRUNCATE audit_log`, `UPDATE audit_seals SET sequence = 9`, `DELETE FROM audit_seals`, `TRUNCATE audit_seals`} {
		if _, err := app.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	var n int
	if err := app.QueryRowContext(t.Context(), `SELECT count(*) FROM audit_seals`).Scan(&n); err != nil || n != 0 {
		t.Errorf("without a scope %d seals show, %v", n, err)
	}
}

// TestNobodySaysWhichTransactionTheyAre has SQL as the application put a row before what is sealed, and one into the future.
func TestNobodySaysWhichTransactionTheyAre(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	for _, txid := range []string{"1", "9000000000000000000"} {
		for _, in := range []scope.Scope{scope.Platform(), scope.Municipality(122)} {
			err := l.run.InTx(l.context(), in, func(tx *scope.Tx) error {
				return tx.DB.Exec(`INSERT INTO audit_log (id, at, owner, actor_kind, action, target_kind, target_id, txid)
				  VALUES (gen_random_uuid(), scope_now(), scope_owner(), 'system', 'x', 'x', 'x', ?::xid8)`, txid).Error
			})
			if err == nil || !strings.Contains(err.Error(), "permission denied") {
				t.Errorf("transaction %s, written by %s: %v", txid, in, err)
			}
		}
	}
}
