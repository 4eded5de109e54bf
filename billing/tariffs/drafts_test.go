package tariffs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/fault"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/scope"
)

// house is a database with the national tariff on a day, and three people who make law.
type house struct {
	t                      *testing.T
	run                    *scope.Runner
	law                    *tariffs.Legislation
	day                    *atomic.Value // calendar.Date
	editor, second, others uuid.UUID
}

func newHouse(t *testing.T, today string) house {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 6)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	h := house{t: t, day: &atomic.Value{}}
	h.on(today)
	clock := func() time.Time { return h.day.Load().(calendar.Date).Time().Add(9 * time.Hour) }
	h.run = scope.NewRunner(db, clock, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	h.law = tariffs.NewLegislation(h.run)
	inScope(t, h.run, scope.Platform(), func(tx *scope.Tx) error {
		for _, person := range []*uuid.UUID{&h.editor, &h.second, &h.others} {
			*person = tx.NewID()
			if err := tx.DB.Exec(`INSERT INTO people (id, username, password_hash, name_fa, role) VALUES (?, ?, '-', 'کارشناس', 'tariff_editor')`, *person, person.String()).Error; err != nil {
				return err
			}
		}
		if err := identitytest.Know(tx); err != nil {
			return err
		}
		_, err := tariffs.SaveNational(tx)
		return err
	})
	return h
}

func (h house) on(day string) { h.day.Store(date(h.t, day)) }

func (h house) as(person uuid.UUID) context.Context {
	return scope.WithActor(h.t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: person})
}

// draft proposes a version in the scope.
func (h house) draft(s scope.Scope, v tariffs.Version) tariffs.Draft {
	h.t.Helper()
	d, err := h.law.Draft(h.as(h.editor), s, tariffs.Proposal{Text: text(h.t, v), Reason: "مصوبهٔ شورا"})
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// approved is a draft that a second person has approved.
func (h house) approved(s scope.Scope, v tariffs.Version) tariffs.Target {
	h.t.Helper()
	at := tariffs.Target{ID: h.draft(s, v).ID, Revision: 1}
	h.approve(s, at)
	return at
}

func (h house) approve(s scope.Scope, at tariffs.Target) {
	h.t.Helper()
	if _, err := h.law.Submit(h.as(h.editor), s, at); err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.law.Approve(h.as(h.second), s, at); err != nil {
		h.t.Fatal(err)
	}
}

func (h house) publish(s scope.Scope, v tariffs.Version) tariffs.Publication {
	h.t.Helper()
	p, err := h.law.Publish(h.as(h.second), s, h.approved(s, v))
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

func (h house) list(query string, args ...any) []string {
	h.t.Helper()
	var rows []string
	inScope(h.t, h.run, scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query, args...).Scan(&rows).Error })
	return rows
}

func text(t *testing.T, v tariffs.Version) []byte {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// next is a version as an editor writes it who copies an old one: from a day, with the old id left in.
func next(v tariffs.Version, from calendar.Date) tariffs.Version {
	v.From = from
	return v
}

var zanjan = scope.Municipality(17)

func TestLifeOfAVersion(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	first := council(t)
	bare := first
	bare.ID, bare.Authority, bare.Number = "", "", 0 // an editor leaves out what is not theirs to choose
	d := h.draft(zanjan, bare)
	if d.State != tariffs.Drafted || d.Revision != 1 || d.Version.ID != "17/1395/1" || d.Version.Authority != "17" || !slices.Equal(d.EditedBy, []uuid.UUID{h.editor}) {
		t.Errorf("%+v", d)
	}
	at := tariffs.Target{ID: d.ID, Revision: 1}
	bare.Rules[0].Fixed.Amount = 350_000
	d, err := h.law.Revise(h.as(h.others), zanjan, at, text(t, bare))
	if err != nil || d.Revision != 2 || d.Version.Rules[0].Fixed.Amount != 350_000 || !slices.Equal(d.EditedBy, []uuid.UUID{h.editor, h.others}) {
		t.Fatalf("%+v %v", d, err)
	}
	at.Revision = 2
	if d, err = h.law.Submit(h.as(h.editor), zanjan, at); err != nil || d.State != tariffs.Submitted || d.SubmittedBy != h.editor {
		t.Fatalf("%+v %v", d, err)
	}
	for _, writer := range []uuid.UUID{h.editor, h.others} {
		if _, err := h.law.Approve(h.as(writer), zanjan, at); code(err) != "tariff_second_person" {
			t.Errorf("who wrote it approves it: %v", err)
		}
	}
	for _, unread := range []int{0, 1} {
		if _, err := h.law.Approve(h.as(h.second), zanjan, tariffs.Target{ID: d.ID, Revision: unread}); code(err) != "tariff_draft_revision" {
			t.Errorf("revision %d is approved: %v", unread, err)
		}
	}
	if d, err = h.law.Approve(h.as(h.second), zanjan, at); err != nil || d.State != tariffs.Approved || d.DecidedBy != h.second {
		t.Fatalf("%+v %v", d, err)
	}
	p, err := h.law.Publish(h.as(h.second), zanjan, at)
	if err != nil || p.Draft.State != tariffs.Published || len(p.Contradicts) != 0 || p.Draft.PublishedBy != h.second {
		t.Fatalf("%+v %v", p, err)
	}
	if same := h.list(`SELECT v.id FROM tariff_versions v JOIN tariff_drafts d ON d.body = v.body AND d.body->>'id' = v.id WHERE d.state = 'published'`); !slices.Equal(same, []string{"17/1395/1"}) {
		t.Errorf("published %q", same)
	}
	want := []string{"tariff.drafted 1 17/1395/1", "tariff.revised 2 17/1395/1", "tariff.submitted 2 17/1395/1", "tariff.approved 2 17/1395/1", "tariff.published 2 17/1395/1"}
	if got := h.list(`SELECT concat_ws(' ', action, details->>'revision', details->>'version') FROM audit_log WHERE owner = 'municipality:17' AND target_id = ? ORDER BY id`, d.ID.String()); !slices.Equal(got, want) {
		t.Errorf("audit %q", got)
	}
	read, err := h.law.Read(h.as(h.editor), zanjan, d.ID.String())
	if err != nil || read.Draft == nil || read.Draft.State != tariffs.Published || string(text(t, read.Version)) != string(text(t, p.Draft.Version)) {
		t.Errorf("%+v %v", read, err)
	}
	second := h.draft(zanjan, next(first, date(t, "1404/06/01")))
	if second.Version.ID != "17/1395/2" {
		t.Errorf("the next draft is %s", second.Version.ID)
	}
}

// TestMovesKeepToTheStates tries every move in every state: it goes where it should, or is refused and changes nothing.
func TestMovesKeepToTheStates(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	moves := map[string]func(at tariffs.Target) error{
		"revise": func(at tariffs.Target) error {
			_, err := h.law.Revise(h.as(h.editor), zanjan, at, text(t, council(t)))
			return err
		},
		"submit": func(at tariffs.Target) error { _, err := h.law.Submit(h.as(h.editor), zanjan, at); return err },
		"give back": func(at tariffs.Target) error {
			_, err := h.law.GiveBack(h.as(h.second), zanjan, at, "نرخ")
			return err
		},
		"approve": func(at tariffs.Target) error { _, err := h.law.Approve(h.as(h.second), zanjan, at); return err },
		"withdraw": func(at tariffs.Target) error {
			_, err := h.law.Withdraw(h.as(h.editor), zanjan, at, "نرخ")
			return err
		},
		"publish": func(at tariffs.Target) error { _, err := h.law.Publish(h.as(h.second), zanjan, at); return err },
	}
	leads := map[tariffs.DraftState]map[string]tariffs.DraftState{
		tariffs.Drafted:   {"revise": tariffs.Drafted, "submit": tariffs.Submitted, "withdraw": tariffs.Withdrawn},
		tariffs.Submitted: {"give back": tariffs.Drafted, "approve": tariffs.Approved, "withdraw": tariffs.Withdrawn},
		tariffs.Approved:  {"give back": tariffs.Drafted, "publish": tariffs.Published, "withdraw": tariffs.Withdrawn},
		tariffs.Published: {},
		tariffs.Withdrawn: {},
	}
	paths := map[tariffs.DraftState][]string{tariffs.Drafted: nil, tariffs.Submitted: {"submit"}, tariffs.Approved: {"submit", "approve"},
		tariffs.Withdrawn: {"withdraw"}, tariffs.Published: {"submit", "approve", "publish"}}
	for _, state := range []tariffs.DraftState{tariffs.Drafted, tariffs.Submitted, tariffs.Approved, tariffs.Withdrawn, tariffs.Published} {
		for name, move := range moves {
			if state == tariffs.Approved && name == "publish" {
				continue // the path of the last state
			}
			d := h.draft(zanjan, council(t))
			at := tariffs.Target{ID: d.ID, Revision: 1}
			if state == tariffs.Published && len(h.list(`SELECT id FROM tariff_versions WHERE authority = '17'`)) > 0 {
				at.ID = uuid.MustParse(h.list(`SELECT id FROM tariff_drafts WHERE state = 'published'`)[0])
			} else {
				for _, step := range paths[state] {
					if err := moves[step](at); err != nil {
						t.Fatal(step, err)
					}
				}
			}
			err := move(at)
			want, allowed := leads[state][name]
			if !allowed {
				want = state
			}
			if f := fault.Of(err); (err == nil) != allowed || f != nil && (f.Code != "tariff_draft_state" || f.Extra["state"] != string(state)) {
				t.Errorf("%s in %s: %v", name, state, err)
			}
			now := h.list(`SELECT state || ' ' || revision FROM tariff_drafts WHERE id = ?`, at.ID)
			revision := 1
			if name == "revise" && allowed {
				revision = 2
			}
			if now[0] != fmt.Sprint(want, " ", revision) {
				t.Errorf("%s in %s leads to %s", name, state, now)
			}
		}
	}
}

func TestRevisionsConflict(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	d := h.draft(zanjan, council(t))
	at := tariffs.Target{ID: d.ID, Revision: 1}
	another := council(t)
	another.FiscalYear = 1396
	another.Discounts, another.Waivers = nil, nil
	for _, c := range []struct {
		code string
		at   tariffs.Target
		text []byte
	}{
		{"tariff_draft_revision", tariffs.Target{ID: d.ID}, text(t, council(t))},
		{"tariff_draft_revision", tariffs.Target{ID: d.ID, Revision: 2}, text(t, council(t))},
		{"tariff_draft_unknown", tariffs.Target{ID: uuid.New(), Revision: 1}, text(t, council(t))},
		{"tariff_draft_year", at, text(t, another)},
		{"tariff_syntax", at, []byte(`{"fiscal_year":`)},
	} {
		if _, err := h.law.Revise(h.as(h.editor), zanjan, c.at, c.text); code(err) != c.code {
			t.Errorf("%v, want %s", err, c.code)
		}
	}
	// Of many who revise what they have read one is first.
	var all sync.WaitGroup
	var won, lost atomic.Int32
	for range 6 {
		all.Go(func() {
			_, err := h.law.Revise(h.as(h.editor), zanjan, at, text(t, council(t)))
			if err == nil {
				won.Add(1)
			} else if code(err) == "tariff_draft_revision" && fault.Of(err).Extra["revision"] == 2 {
				lost.Add(1)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 || lost.Load() != 5 {
		t.Errorf("%d revisions won, %d lost", won.Load(), lost.Load())
	}
	if _, err := h.law.Submit(h.as(h.editor), zanjan, at); code(err) != "tariff_draft_revision" {
		t.Errorf("a revision is submitted that its submitter has not read: %v", err)
	}
	if _, err := h.law.GiveBack(h.as(h.second), zanjan, at, ""); code(err) != "tariff_reason" || field(err) != "remark" {
		t.Error(err)
	}
	if _, err := h.law.Draft(h.as(h.editor), zanjan, tariffs.Proposal{Text: text(t, council(t))}); code(err) != "tariff_reason" || field(err) != "reason" {
		t.Error(err)
	}
	if _, err := h.law.Draft(system(t), zanjan, tariffs.Proposal{Text: text(t, council(t)), Reason: "r"}); err == nil || fault.Of(err) != nil {
		t.Errorf("nobody drafts: %v", err)
	}
}

// TestSubmitHoldsTheLaw drafts what is well formed and cannot be law.
func TestSubmitHoldsTheLaw(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	h.publish(zanjan, council(t))
	h.publish(zanjan, next(council(t), date(t, "1404/06/01")))
	shiraz := scope.Municipality(122)
	elsewhere := func(v tariffs.Version, year calendar.FiscalYear) tariffs.Version {
		v.Authority, v.FiscalYear, v.Discounts = "", year, nil
		return v
	}
	car := elsewhere(council(t), 1395)
	car.Rules[2].Classes = []tariffs.Class{tariffs.PassengerCar}
	for _, c := range []struct {
		name, code, field string
		in                scope.Scope
		v                 tariffs.Version
	}{
		{"without a day", "tariff_order", "from", zanjan, council(t)},
		{"the same day", "tariff_same_day", "from", zanjan, next(council(t), date(t, "1404/06/01"))},
		{"an earlier day", "tariff_order", "from", zanjan, next(council(t), date(t, "1404/05/20"))},
		{"a first version late", "tariff_gap", "from", shiraz, next(elsewhere(council(t), 1395), date(t, "1404/06/01"))},
		{"a national car", "tariff_locked", "rules[2]", shiraz, car},
		{"a year without a national tariff", "tariff_no_national", "fiscal_year", shiraz, elsewhere(council(t), 1410)},
		{"a year of another law", "tariff_locked", "rules[0]", shiraz, elsewhere(council(t), 1404)},
	} {
		d := h.draft(c.in, c.v)
		if _, err := h.law.Submit(h.as(h.editor), c.in, tariffs.Target{ID: d.ID}); code(err) != c.code || field(err) != c.field {
			t.Errorf("%s: %v, want %s on %s", c.name, err, c.code, c.field)
		}
		if now := h.list(`SELECT state FROM tariff_drafts WHERE id = ?`, d.ID); now[0] != "draft" {
			t.Errorf("%s: %s", c.name, now)
		}
	}
	// A later number may hold from today, not from yesterday; an approval does not stop the days.
	tabriz := scope.Municipality(218)
	local := elsewhere(council(t), 1395)
	h.publish(tabriz, local)
	yesterday := h.draft(tabriz, next(local, date(t, "1404/04/31")))
	if _, err := h.law.Submit(h.as(h.editor), tabriz, tariffs.Target{ID: yesterday.ID}); code(err) != "tariff_past" || field(err) != "from" {
		t.Error(err)
	}
	today := h.approved(tabriz, next(local, date(t, "1404/05/01")))
	h.on("1404/05/02")
	if _, err := h.law.Publish(h.as(h.second), tabriz, today); code(err) != "tariff_past" {
		t.Error(err)
	}
	h.on("1404/05/01")
	if _, err := h.law.Publish(h.as(h.second), tabriz, today); err != nil {
		t.Error(err)
	}
}

// TestTheLevyOfAListedCity is lawful once the decree holds, though the year began without the list.
func TestTheLevyOfAListedCity(t *testing.T) {
	t.Parallel()
	levy := tariffs.Version{FiscalYear: 1401, Rules: []tariffs.Rule{{Charge: tariffs.PollutionLevy, Rate: 2000, Legal: law,
		Scope: tariffs.Scope{Classes: tariffs.Classes(), Origins: tariffs.Origins()}}}}
	for today, want := range map[string]string{"1401/05/08": "tariff_locked", "1401/05/09": ""} {
		h := newHouse(t, today)
		d := h.draft(scope.Municipality(520), levy)
		if _, err := h.law.Submit(h.as(h.editor), scope.Municipality(520), tariffs.Target{ID: d.ID}); code(err) != want {
			t.Errorf("%s: %v, want %q", today, err, want)
		}
	}
}

func TestANumberThatWasTakenMeanwhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	h.publish(zanjan, council(t))
	first := h.approved(zanjan, next(council(t), date(t, "1404/06/01")))
	late := h.approved(zanjan, next(council(t), date(t, "1404/07/01")))
	if _, err := h.law.Publish(h.as(h.second), zanjan, first); err != nil {
		t.Fatal(err)
	}
	_, err := h.law.Publish(h.as(h.second), zanjan, late)
	if f := fault.Of(err); f == nil || f.Code != "tariff_number_taken" || f.Extra["next"] != 3 {
		t.Fatal(err)
	}
	if now := h.list(`SELECT state FROM tariff_drafts WHERE id = ?`, late.ID); now[0] != "approved" {
		t.Errorf("the refused draft is %s", now)
	}
	if _, err := h.law.GiveBack(h.as(h.second), zanjan, late, "شماره"); err != nil {
		t.Fatal(err)
	}
	late.Revision = 1
	d, err := h.law.Revise(h.as(h.editor), zanjan, late, text(t, next(council(t), date(t, "1404/07/01"))))
	if err != nil || d.Version.ID != "17/1395/3" {
		t.Fatalf("%+v %v", d, err)
	}
	late.Revision = 2
	h.approve(zanjan, late)
	if _, err := h.law.Publish(h.as(h.second), zanjan, late); err != nil {
		t.Error(err)
	}
	if got := h.list(`SELECT id FROM tariff_versions WHERE authority = '17' ORDER BY number`); !slices.Equal(got, []string{"17/1395/1", "17/1395/2", "17/1395/3"}) {
		t.Error(got)
	}
}

// TestPublicationsRace publishes drafts of one number at once: exactly one wins, and the others are told why.
func TestPublicationsRace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	h.publish(zanjan, council(t))
	var drafts []tariffs.Target
	for i := range 5 {
		drafts = append(drafts, h.approved(zanjan, next(council(t), date(t, "1404/06/01").AddDays(i/2)))) // some of the same day, too
	}
	var all sync.WaitGroup
	errs := make([]error, len(drafts))
	start := make(chan struct{})
	for i := range drafts {
		all.Go(func() {
			<-start
			_, errs[i] = h.law.Publish(h.as(h.second), zanjan, drafts[i])
		})
	}
	close(start)
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if code(err) != "tariff_number_taken" {
			t.Error(err)
		}
	}
	if left := h.list(`SELECT state FROM tariff_drafts WHERE body->>'number' = '2' ORDER BY state`); won != 1 || len(left) != 5 || left[3] != "approved" || left[4] != "published" {
		t.Errorf("%d won, %q", won, left)
	}
	if got := h.list(`SELECT id FROM tariff_versions WHERE authority = '17' ORDER BY number`); !slices.Equal(got, []string{"17/1395/1", "17/1395/2"}) {
		t.Error(got)
	}
}

func TestACityReachesItsOwnDraftsAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	at := h.approved(zanjan, council(t))
	foreign := scope.Municipality(18)
	for name, try := range map[string]func(s scope.Scope) error{
		"read": func(s scope.Scope) error { _, err := h.law.Read(h.as(h.others), s, at.ID.String()); return err },
		"revise": func(s scope.Scope) error {
			_, err := h.law.Revise(h.as(h.others), s, tariffs.Target{ID: at.ID, Revision: 1}, text(t, council(t)))
			return err
		},
		"submit":    func(s scope.Scope) error { _, err := h.law.Submit(h.as(h.others), s, at); return err },
		"give back": func(s scope.Scope) error { _, err := h.law.GiveBack(h.as(h.others), s, at, "r"); return err },
		"withdraw":  func(s scope.Scope) error { _, err := h.law.Withdraw(h.as(h.others), s, at, "r"); return err },
		"publish":   func(s scope.Scope) error { _, err := h.law.Publish(h.as(h.others), s, at); return err },
		"diff": func(s scope.Scope) error {
			_, err := h.law.Diff(h.as(h.others), s, "national/1395/1", at.ID.String())
			return err
		},
	} {
		if err := try(foreign); code(err) != "tariff_draft_unknown" {
			t.Errorf("%s in a foreign city: %v", name, err)
		}
		platform := try(scope.Platform())
		if reads := name == "read" || name == "diff"; reads && platform != nil || !reads && code(platform) != "tariff_draft_unknown" {
			t.Errorf("%s on the platform: %v", name, platform)
		}
	}
	if drafts, err := h.law.Drafts(h.as(h.others), foreign, tariffs.DraftQuery{}); err != nil || len(drafts) != 0 {
		t.Errorf("a foreign city sees %v, %v", drafts, err)
	}
	mine := council(t) // says that it is of authority 17
	for _, s := range []scope.Scope{foreign, scope.Platform()} {
		if _, err := h.law.Draft(h.as(h.editor), s, tariffs.Proposal{Text: text(t, mine), Reason: "r"}); code(err) != "tariff_authority" {
			t.Errorf("%s drafts for another: %v", s, err)
		}
	}
	for _, s := range []scope.Scope{scope.Office(uuid.New()), scope.Public("")} {
		if _, err := h.law.Draft(h.as(h.editor), s, tariffs.Proposal{Text: text(t, mine), Reason: "r"}); code(err) != "tariff_authority" {
			t.Errorf("%s drafts: %v", s, err)
		}
	}
}

// TestTheDatabaseHoldsTheRules writes under the application's login in a city's scope what the use cases would never write.
func TestTheDatabaseHoldsTheRules(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	at, open := h.approved(zanjan, council(t)), h.draft(zanjan, council(t))
	const insertDraft = `INSERT INTO tariff_drafts (municipality_id, id, fiscal_year, body, reason, state, edited_by, drafted_at, submitted_by, decided_by) `
	const insertVersion = `INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at) `
	for name, c := range map[string]struct {
		in   scope.Scope
		want string // of the error
		sql  string
		args []any
	}{
		"an approved draft from nowhere": {zanjan, "row-level security", insertDraft + `SELECT 17, gen_random_uuid(), 1395, body, 'r', 'approved', edited_by, now(), submitted_by, decided_by FROM tariff_drafts WHERE id = ?`, []any{at.ID}},
		"a draft of another city":        {zanjan, "row-level security", insertDraft + `SELECT 18, gen_random_uuid(), 1395, body, 'r', 'draft', edited_by, now(), NULL, NULL FROM tariff_drafts WHERE id = ?`, []any{at.ID}},
		"a national draft":               {zanjan, "row-level security", insertDraft + `SELECT 0, gen_random_uuid(), 1395, body, 'r', 'draft', edited_by, now(), NULL, NULL FROM tariff_drafts WHERE id = ?`, []any{at.ID}},
		"an editor's own approval":       {zanjan, "tariff_drafts_two_people", `UPDATE tariff_drafts SET state = 'approved', submitted_by = ?, decided_by = ? WHERE id = ?`, []any{h.second, h.editor, open.ID}},
		"a submitter's own approval":     {zanjan, "tariff_drafts_two_people", `UPDATE tariff_drafts SET state = 'approved', submitted_by = ?, decided_by = ? WHERE id = ?`, []any{h.second, h.second, open.ID}},
		"an approval by nobody":          {zanjan, "tariff_drafts_two_people", `UPDATE tariff_drafts SET state = 'approved' WHERE id = ?`, []any{open.ID}},
		"a publication on paper":         {zanjan, "tariff_drafts_published", `UPDATE tariff_drafts SET state = 'published' WHERE id = ?`, []any{at.ID}},
		"an approved text changed":       {zanjan, "row-level security", `UPDATE tariff_drafts SET body = body || '{"rules":[]}' WHERE id = ?`, []any{at.ID}},
		"an approved text's editors":     {zanjan, "row-level security", `UPDATE tariff_drafts SET edited_by = ARRAY[gen_random_uuid()] WHERE id = ?`, []any{at.ID}},
		"an approved body elsewhere":     {zanjan, "row-level security", insertVersion + `SELECT '17/1395/2', '17', 1395, 2, body, now() FROM tariff_drafts WHERE id = ?`, []any{at.ID}},
		"another year":                   {zanjan, "permission denied", `UPDATE tariff_drafts SET fiscal_year = 1396 WHERE id = ?`, []any{at.ID}},
		"an unapproved body":             {zanjan, "row-level security", insertVersion + `SELECT '17/1395/1', '17', 1395, 1, body || '{"rules":[]}', now() FROM tariff_drafts WHERE id = ?`, []any{at.ID}},
		"another's authority":            {zanjan, "row-level security", insertVersion + `SELECT 'national/1395/2', 'national', 1395, 2, body, now() FROM tariff_drafts WHERE id = ?`, []any{at.ID}},
		"from a foreign city":            {scope.Municipality(18), "row-level security", insertVersion + `VALUES ('17/1395/1', '17', 1395, 1, ?, now())`, []any{string(text(t, council(t)))}},
		"a version changed":              {zanjan, "permission denied", `UPDATE tariff_versions SET body = '{}'`, nil},
		"a version gone":                 {zanjan, "permission denied", `DELETE FROM tariff_versions`, nil},
		"a draft gone":                   {zanjan, "permission denied", `DELETE FROM tariff_drafts`, nil},
	} {
		err := h.run.InTx(h.as(h.editor), c.in, func(tx *scope.Tx) error { return tx.DB.Exec(c.sql, c.args...).Error })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	err := h.run.InTx(h.as(h.editor), scope.Municipality(18), func(tx *scope.Tx) error {
		changed := tx.DB.Exec(`UPDATE tariff_drafts SET reason = 'x'`)
		if changed.RowsAffected != 0 {
			t.Errorf("a foreign city changes %d drafts", changed.RowsAffected)
		}
		return changed.Error
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := h.law.Publish(h.as(h.second), zanjan, at); err != nil { // nothing of it stuck
		t.Error(err)
	}
}

// TestBadInputIsRefusedWithItsPlace spoils a good text in one way at a time.
func TestBadInputIsRefusedWithItsPlace(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	body, err := json.MarshalIndent(council(t), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	good := string(body)
	for _, c := range []struct{ name, code, field, old, new, blamed string }{ // blamed stands where the fault is
		{"a rate over 100 %", "tariff_rate", "rules[2].rate_ppm", `"rate_ppm": 500,`, `"rate_ppm": 1000001,`, `1000001`},
		{"a Gregorian year", "tariff_year", "fiscal_year", `"fiscal_year": 1395`, `"fiscal_year": 2016`, `2016`},
		{"a Gregorian day", "tariff_syntax", "", `"1396/01/01"`, `"2017/03/21"`, `"2017/03/21"`},
		{"a key twice", "tariff_key_twice", "", `"number": 1,`, `"number": 1, "Number": 1,`, `"Number": 1,`},
		{"an unknown field", "tariff_syntax", "", `"per_month_ppm"`, `"per_moon_ppm"`, `"per_moon_ppm"`},
		{"an unknown field whose name is known elsewhere", "tariff_syntax", "", `"number": 1,`, `"charge": "annual_duty", "number": 1,`, `"charge": "annual_duty", "n`},
		{"a word for a number", "tariff_syntax", "", `"amount": 300000`, `"amount": "300000"`, `"300000"`},
		{"a list for a word", "tariff_syntax", "", `"per": "vehicle"`, `"per": ["vehicle"]`, `["vehicle"]`},
		{"a fraction", "tariff_syntax", "", `"rate_ppm": 500,`, `"rate_ppm": 500.5,`, `500.5`},
		{"an unknown charge", "tariff_charge", "rules[0].charge", `"charge": "annual_duty"`, `"charge": "toll"`, `"toll"`},
		{"a zero character", "tariff_syntax", "", `"en": "decision"`, `"en": "deci\u0000sion"`, `"deci`},
		{"no legal reference", "tariff_legal", "rules[0].legal", `"fa": "مصوبه"`, `"fa": ""`, `{`},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		_, err := h.law.Draft(h.as(h.editor), zanjan, tariffs.Proposal{Text: []byte(bad), Reason: "r"})
		f := fault.Of(err)
		if f == nil || bad == good || f.Code != c.code || field(err) != c.field {
			t.Errorf("%s: %v, want %s on %q", c.name, err, c.code, c.field)
			continue
		}
		if rest := from(t, bad, f); !strings.HasPrefix(rest, c.blamed) {
			t.Errorf("%s: blamed %.20q, want %q", c.name, rest, c.blamed)
		}
		if version, problems, err := h.law.Problems(h.as(h.editor), zanjan, []byte(bad)); err != nil || len(problems) == 0 || problems[0].Code != c.code {
			t.Errorf("%s: %s %v %v", c.name, version.ID, problems, err)
		}
	}
	if stored := h.list(`SELECT id FROM tariff_drafts`); len(stored) != 0 {
		t.Errorf("stored %q", stored)
	}
}

// from is the text from the fault's line and column on.
func from(t *testing.T, text string, f *fault.Error) string {
	t.Helper()
	line, ok := f.Extra["line"].(int)
	column, also := f.Extra["column"].(int)
	lines := strings.SplitAfter(text, "\n")
	if !ok || !also || line < 1 || line > len(lines) {
		t.Fatalf("%+v", f)
	}
	return string([]rune(strings.Join(lines[line-1:], ""))[column-1:])
}

func TestProblemsAreToldTogether(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	h.publish(zanjan, council(t))
	v := next(council(t), date(t, "1395/07/01")) // past
	v.Rules[2].Classes = []tariffs.Class{tariffs.PassengerCar}
	v.Rules[0].Fixed.Amount = 0
	v.Penalty.PerMonth = 0
	version, problems, err := h.law.Problems(h.as(h.editor), zanjan, text(t, v))
	var got []string
	for _, p := range problems {
		got = append(got, p.Code+" "+p.Fields[0].Name)
		if p.Extra["line"] != 1 || p.Extra["column"].(int) < 2 {
			t.Errorf("%+v", p.Extra)
		}
	}
	want := []string{"tariff_fixed rules[0].fixed", "tariff_penalty penalty", "tariff_past from", "tariff_locked rules[2]"}
	if err != nil || version.ID != "17/1395/2" || !slices.Equal(got, want) {
		t.Errorf("%s %q %v", version.ID, got, err)
	}
	if _, problems, err := h.law.Problems(system(t), zanjan, text(t, next(council(t), date(t, "1404/06/01")))); err != nil || len(problems) != 0 {
		t.Errorf("%v %v", problems, err)
	}
	if stored := h.list(`SELECT id FROM tariff_drafts WHERE state <> 'published'`); len(stored) != 0 {
		t.Errorf("stored %q", stored)
	}
}

func TestANationalPublicationNamesTheCitiesThatContradict(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	for _, code := range []int{17, 18, 19} {
		v := council(t)
		v.Authority = ""
		h.publish(scope.Municipality(code), v)
	}
	quiet := council(t)
	quiet.Authority, quiet.Exemptions, quiet.Discounts, quiet.Waivers = "", nil, nil, nil
	quiet.Rules = quiet.Rules[2:]                                         // motorcycles
	h.publish(scope.Municipality(18), next(quiet, date(t, "1404/05/20"))) // in time
	h.publish(scope.Municipality(19), next(quiet, date(t, "1404/07/01"))) // later than the nation
	nation := version(t, 1395)
	rule := nation.Rules[0]
	rule.Classes = []tariffs.Class{tariffs.Truck}
	nation.Rules = append(nation.Rules, rule)
	p := h.publish(scope.Platform(), next(nation, date(t, "1404/06/01")))
	var got []string
	for _, c := range p.Contradicts {
		got = append(got, c.City+" "+c.National+" "+c.Fault.Code+" "+c.Fault.Fields[0].Name)
	}
	if want := []string{"17/1395/1 national/1395/2 tariff_locked rules[0]", "19/1395/1 national/1395/2 tariff_locked rules[0]"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	// A city that publishes is told of the national one to come.
	v := council(t)
	v.Authority = ""
	p = h.publish(scope.Municipality(20), v)
	if len(p.Contradicts) != 1 || p.Contradicts[0].City != "20/1395/1" || p.Contradicts[0].National != "national/1395/2" {
		t.Errorf("%+v", p.Contradicts)
	}
}

func TestListsAndDiffs(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1404/05/01")
	h.publish(zanjan, council(t))
	h.publish(zanjan, next(council(t), date(t, "1404/06/01")))
	draft := h.draft(zanjan, next(council(t), date(t, "1404/07/01")))
	for on, want := range map[string][]string{
		"1394/12/29": {"17/1395/1 scheduled 1404/06/01", "17/1395/2 scheduled -"},
		"1404/05/31": {"17/1395/1 in_force 1404/06/01", "17/1395/2 scheduled -"},
		"1404/06/01": {"17/1395/1 superseded 1404/06/01", "17/1395/2 in_force -"},
		"":           {"17/1395/1 in_force 1404/06/01", "17/1395/2 scheduled -"}, // today
	} {
		q := tariffs.VersionQuery{Authority: "17", FiscalYear: 1395}
		if on != "" {
			q.On = date(t, on)
		}
		versions, err := h.law.Versions(system(t), scope.Public(""), q)
		var got []string
		for _, v := range versions {
			until := "-"
			if !v.Until.IsZero() {
				until = v.Until.String()
			}
			got = append(got, v.ID+" "+string(v.Standing)+" "+until)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q %v", on, got, err)
		}
	}
	if all, err := h.law.Versions(system(t), zanjan, tariffs.VersionQuery{}); err != nil || len(all) != len(national(t).Versions())+2 || all[0].ID != "17/1395/1" || all[0].PublishedAt.IsZero() {
		t.Errorf("%d %v", len(all), err)
	}
	for _, c := range []struct {
		q    tariffs.DraftQuery
		want int
	}{{tariffs.DraftQuery{}, 3}, {tariffs.DraftQuery{State: tariffs.Drafted}, 1}, {tariffs.DraftQuery{State: tariffs.Published, Authority: "17"}, 2},
		{tariffs.DraftQuery{Authority: "national"}, 0}, {tariffs.DraftQuery{FiscalYear: 1396}, 0}} {
		for _, s := range []scope.Scope{zanjan, scope.Platform()} {
			if drafts, err := h.law.Drafts(system(t), s, c.q); err != nil || len(drafts) != c.want {
				t.Errorf("%+v in %s: %d %v", c.q, s, len(drafts), err)
			}
		}
	}
	if _, err := h.law.Drafts(system(t), zanjan, tariffs.DraftQuery{State: "lost"}); code(err) != "tariff_draft_state" {
		t.Error(err)
	}
	changes, err := h.law.Diff(system(t), zanjan, "17/1395/2", draft.ID.String())
	if err != nil || len(changes) != 1 || changes[0].Path != "from" {
		t.Errorf("%+v %v", changes, err)
	}
	for ref, want := range map[string]string{"17/1395/9": "tariff_version_unknown", uuid.NewString(): "tariff_draft_unknown", "": "tariff_version_unknown"} {
		if _, err := h.law.Read(system(t), zanjan, ref); code(err) != want {
			t.Errorf("%q: %v", ref, err)
		}
	}
	if doc, err := h.law.Read(system(t), scope.Public(""), "national/1401/2"); err != nil || doc.Draft != nil || doc.Version.From != date(t, "1401/05/09") {
		t.Errorf("%+v %v", doc, err)
	}
}
