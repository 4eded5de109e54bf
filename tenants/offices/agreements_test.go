package offices_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/approvals"
	"mofasa/tenants/offices"
	"mofasa/tenants/scope"
)

// change is a valid proposal of terms.
func (f fixture) change() offices.Change {
	return offices.Change{OfficeID: f.home.ID, Kind: offices.NewTerms, ValidFrom: f.day(0), ValidTo: f.day(100), TextVersion: "1405-1", Reason: "meeting 4",
		Terms: offices.Terms{Charges: []string{"annual_duty"}, Methods: []string{"gateway", "terminal"}, FeeSharePPM: 250_000, OrderCeilingRial: 10_000, DayCeilingRial: 20_000}}
}

func (f fixture) text() {
	f.t.Helper()
	if _, err := f.agr.OfferText(f.as(f.first), scope.Municipality(city), "1405-1", "دفتر می‌پذیرد…"); err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) propose(c offices.Change) offices.Proposal {
	f.t.Helper()
	p, err := f.agr.Propose(f.as(f.first), scope.Municipality(city), c)
	if err != nil {
		f.t.Fatal(err)
	}
	return p
}

func (f fixture) approve(by uuid.UUID, id uuid.UUID) error {
	_, err := f.agr.Approve(f.as(by), scope.Municipality(city), id)
	return err
}

func (f fixture) accept(id uuid.UUID, version string) error {
	_, err := f.agr.Accept(f.as(f.manager), scope.Office(f.home.ID), id, version)
	return err
}

// agreed brings terms into force.
func (f fixture) agreed(c offices.Change) {
	f.t.Helper()
	p := f.propose(c)
	if err := f.approve(f.second, p.ID); err != nil {
		f.t.Fatal(err)
	}
	if err := f.accept(p.ID, c.TextVersion); err != nil {
		f.t.Fatal(err)
	}
}

// holding is the number of the agreement that holds today, as the office sees it; 0: none.
func (f fixture) holding() int {
	f.t.Helper()
	list, err := f.agr.List(f.as(f.manager), scope.Office(f.home.ID))
	if err != nil {
		f.t.Fatal(err)
	}
	at := slices.IndexFunc(list, func(a offices.Agreement) bool { return a.Holds })
	if at < 0 {
		return 0
	}
	return list[at].Number
}

func TestAnAgreementTakesThreePeople(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.text()
	c := f.change()
	p := f.propose(c)
	if p.State != offices.Proposed || p.LicenceNo != "72-1" || !p.ExpiresAt.Equal(p.ProposedAt.Add(offices.Lifetime)) {
		t.Errorf("%+v", p)
	}
	wantCode(t, "the office before the second person", f.accept(p.ID, "1405-1"), "agreement_proposal_unknown")
	wantCode(t, "the first person", f.approve(f.first, p.ID), "agreement_second_person")
	_, err := f.agr.Approve(f.as(f.stranger), scope.Municipality(1), p.ID)
	wantCode(t, "another city", err, "agreement_proposal_unknown")
	if _, err := f.agr.Approve(f.as(f.manager), scope.Office(f.home.ID), p.ID); err == nil {
		t.Error("the office approves")
	}
	if err := f.approve(f.second, p.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "twice", f.approve(f.second, p.ID), "agreement_proposal_state")
	if f.holding() != 0 {
		t.Error("it holds without the office's word")
	}
	read, err := f.agr.Proposal(f.as(f.manager), scope.Office(f.home.ID), p.ID)
	if err != nil || read.TextFA != "دفتر می‌پذیرد…" || read.DecidedBy != f.second {
		t.Errorf("%+v %v", read, err)
	}
	wantCode(t, "another wording", f.accept(p.ID, "1404-9"), "agreement_other_text@text_version")
	if err := f.accept(p.ID, "1405-1"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "accepted twice", f.accept(p.ID, "1405-1"), "agreement_proposal_state")
	list, err := f.agr.List(f.as(f.second), scope.Municipality(city))
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v %v", list, err)
	}
	a := list[0]
	if !a.Holds || a.Number != 1 || a.AcceptedBy != f.manager || a.TextVersion != "1405-1" || a.Terms.Covers("pollution_levy") || !a.Terms.Covers("annual_duty") ||
		a.Terms.Permits("deposit") || !a.Terms.Permits("terminal") || a.Terms.OrderCeilingRial != 10_000 || a.Terms.FeeSharePPM != 250_000 || !a.ValidTo.Equal(f.day(100)) {
		t.Errorf("%+v", a)
	}
	var state string
	err = f.run.InTx(f.as(f.second), scope.Municipality(city), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT state FROM approvals WHERE kind = ? AND target_id = ?`, approvals.AgreementChange, p.ID).Row().Scan(&state)
	})
	if err != nil || state != "approved" {
		t.Errorf("approval: %q, %v", state, err)
	}
}

// TestTheLastWordHolds changes terms twice, ends the agreement in the middle of what was to come, and makes a new one.
func TestTheLastWordHolds(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.text()
	from := func(day int) offices.Change {
		c := f.change()
		c.ValidFrom, c.ValidTo = f.day(day), time.Time{}
		return c
	}
	f.agreed(from(0))
	f.agreed(from(5))
	f.agreed(from(30))
	end := f.propose(offices.Change{OfficeID: f.home.ID, Kind: offices.End, ValidFrom: f.day(20), Reason: "complaints"})
	if err := f.approve(f.second, end.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "an end is not for the office to accept", f.accept(end.ID, ""), "agreement_proposal_state")
	_, err := f.agr.Refuse(f.as(f.second), scope.Municipality(city), end.ID, "no")
	wantCode(t, "an end is final", err, "agreement_proposal_state")
	_, err = f.agr.Propose(f.as(f.first), scope.Municipality(city), offices.Change{OfficeID: f.home.ID, Kind: offices.End, ValidFrom: f.day(21), Reason: "again"})
	wantCode(t, "nothing left to end", err, "agreement_nothing_to_end")
	c := from(40)
	c.ValidTo = f.day(50)
	f.agreed(c)
	want := map[int]int{0: 1, 4: 1, 5: 2, 19: 2, 20: 0, 30: 0, 39: 0, 40: 5, 49: 5, 50: 0}
	for day := range 52 {
		if number, asked := want[day]; asked && f.holding() != number {
			t.Errorf("after %d days number %d holds, want %d", day, f.holding(), number)
		}
		f.later(24 * time.Hour)
	}
}

// TestAnOldOfferIsOvertaken leaves offers waiting while a later end, and later terms, come into force: none of them brings back what the city has left.
func TestAnOldOfferIsOvertaken(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.text()
	offer := func() uuid.UUID {
		t.Helper()
		p := f.propose(f.change())
		f.later(time.Minute)
		if err := f.approve(f.second, p.ID); err != nil {
			t.Fatal(err)
		}
		f.later(time.Minute)
		return p.ID
	}
	wide, narrow, waiting := offer(), offer(), offer()
	if err := f.accept(narrow, "1405-1"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "older than what holds", f.accept(wide, "1405-1"), "agreement_meanwhile")
	end := f.propose(offices.Change{OfficeID: f.home.ID, Kind: offices.End, ValidFrom: f.day(0), Reason: "complaints"})
	if err := f.approve(f.second, end.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "older than the end", f.accept(waiting, "1405-1"), "agreement_meanwhile")
	err := f.run.InTx(f.as(f.manager), scope.Office(f.home.ID), func(tx *scope.Tx) error {
		if err := tx.DB.Exec(`UPDATE agreement_proposals SET state = 'accepted', accepted_by = ?, accepted_at = scope_now() WHERE id = ?`, f.manager, waiting).Error; err != nil {
			t.Errorf("accepted by SQL: %v", err)
		}
		return tx.DB.Exec(`INSERT INTO agreements (municipality_id, office_id, number, valid_from, valid_to, proposal_id) VALUES (122, ?, 3, ?, ?, ?)`,
			f.home.ID, f.day(0), f.day(100), waiting).Error
	})
	if err == nil || f.holding() != 0 {
		t.Errorf("number %d holds after the end, %v", f.holding(), err)
	}
	if err := f.accept(offer(), "1405-1"); err != nil || f.holding() != 3 {
		t.Errorf("new terms after the end: %v, number %d", err, f.holding())
	}
}

func TestALateAcceptanceBeginsToday(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.text()
	p := f.propose(f.change())
	if err := f.approve(f.second, p.ID); err != nil {
		t.Fatal(err)
	}
	f.later(10 * 24 * time.Hour)
	if err := f.accept(p.ID, "1405-1"); err != nil {
		t.Fatal(err)
	}
	list, err := f.agr.List(f.as(f.first), scope.Municipality(city))
	if err != nil || len(list) != 1 || !list[0].ValidFrom.Equal(f.day(10)) {
		t.Errorf("%+v %v", list, err)
	}
}

func TestProposalsExpireAndAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.text()
	refuse := func(id uuid.UUID, remark string) error {
		_, err := f.agr.Refuse(f.as(f.first), scope.Municipality(city), id, remark)
		return err
	}
	late, offered, taken, refused := f.propose(f.change()), f.propose(f.change()), f.propose(f.change()), f.propose(f.change())
	wantCode(t, "no remark", refuse(refused.ID, ""), "agreement_reason@remark")
	if err := refuse(refused.ID, "withdrawn"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "refused", f.approve(f.second, refused.ID), "agreement_proposal_state")
	for _, id := range []uuid.UUID{offered.ID, taken.ID} {
		if err := f.approve(f.second, id); err != nil {
			t.Fatal(err)
		}
	}
	if err := refuse(taken.ID, "a mistake"); err != nil {
		t.Fatal(err)
	}
	wantCode(t, "taken back", f.accept(taken.ID, "1405-1"), "agreement_proposal_unknown")
	f.later(offices.Lifetime)
	wantCode(t, "too late to approve", f.approve(f.second, late.ID), "agreement_proposal_state")
	wantCode(t, "too late to accept", f.accept(offered.ID, "1405-1"), "agreement_proposal_state")
	list, err := f.agr.Proposals(f.as(f.first), scope.Municipality(city))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range list {
		if want := map[uuid.UUID]offices.ProposalState{late.ID: offices.Expired, offered.ID: offices.Expired, taken.ID: offices.Refused, refused.ID: offices.Refused}[p.ID]; p.State != want {
			t.Errorf("%s is %s, want %s", p.ID, p.State, want)
		}
	}
	if f.holding() != 0 {
		t.Error("something holds")
	}
}

func TestProposalsRefuse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.text()
	for want, spoil := range map[string]func(*offices.Change){
		"agreement_valid_from@valid_from":      func(c *offices.Change) { c.ValidFrom = f.day(-1) },
		"agreement_valid_to@valid_to":          func(c *offices.Change) { c.ValidTo = c.ValidFrom },
		"agreement_reason@reason":              func(c *offices.Change) { c.Reason = " " },
		"agreement_kind@kind":                  func(c *offices.Change) { c.Kind = "gift" },
		"agreement_kind@kind of an end":        func(c *offices.Change) { c.Kind = offices.End },
		"agreement_text_version@text_version":  func(c *offices.Change) { c.TextVersion = "۱" },
		"agreement_text_unknown@text_version":  func(c *offices.Change) { c.TextVersion = "1405-2" },
		"agreement_charges@charges":            func(c *offices.Change) { c.Terms.Charges = []string{"penalty"} },
		"agreement_charges@charges twice":      func(c *offices.Change) { c.Terms.Charges = []string{"annual_duty", "annual_duty"} },
		"agreement_charges@charges none":       func(c *offices.Change) { c.Terms.Charges = []string{} },
		"agreement_methods@methods":            func(c *offices.Change) { c.Terms.Methods = []string{"cash"} },
		"agreement_fee_share@fee_share_ppm":    func(c *offices.Change) { c.Terms.FeeSharePPM = 1_000_001 },
		"agreement_ceiling@order_ceiling_rial": func(c *offices.Change) { c.Terms.OrderCeilingRial = 20_001 },
		"agreement_ceiling@day_ceiling_rial":   func(c *offices.Change) { c.Terms.DayCeilingRial = -1 },
		"office_unknown@office":                func(c *offices.Change) { c.OfficeID = uuid.New() },
		"agreement_nothing_to_end": func(c *offices.Change) {
			*c = offices.Change{OfficeID: c.OfficeID, Kind: offices.End, ValidFrom: c.ValidFrom, Reason: "x"}
		},
		"agreement_ceiling@order_ceiling_rial-": func(c *offices.Change) { c.Terms.OrderCeilingRial = -5 },
	} {
		c := f.change()
		spoil(&c)
		_, err := f.agr.Propose(f.as(f.first), scope.Municipality(city), c)
		code, _, _ := strings.Cut(strings.TrimSuffix(want, "-"), " ")
		wantCode(t, want, err, code)
	}
	_, err := f.agr.OfferText(f.as(f.first), scope.Municipality(city), "1405-1", "متن دیگر")
	wantCode(t, "a text again", err, "agreement_text_taken@version")
	_, err = f.agr.OfferText(f.as(f.first), scope.Municipality(city), "1405-3", " ")
	wantCode(t, "an empty text", err, "agreement_text@text_fa")
	for _, s := range []scope.Scope{scope.Office(f.home.ID), scope.Platform(), scope.Public("")} {
		_, err := f.agr.Propose(f.as(f.manager), s, f.change())
		wantCode(t, s.String(), err, "agreement_scope")
	}
	_, err = f.agr.Accept(f.as(f.first), scope.Municipality(city), uuid.New(), "1405-1")
	wantCode(t, "a city accepts", err, "agreement_scope")
}

// TestTheDatabaseGuardsAgreements tries by SQL what the services never do.
func TestTheDatabaseGuardsAgreements(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.text()
	p, q := f.propose(f.change()), f.propose(f.change())
	if err := f.approve(f.second, q.ID); err != nil {
		t.Fatal(err)
	}
	inCity, inOffice := scope.Municipality(city), scope.Office(f.home.ID)
	for what, try := range map[string]struct {
		in   scope.Scope
		sql  string
		args []any
	}{
		"one person approves":           {inCity, `UPDATE agreement_proposals SET state = 'approved', decided_by = proposed_by, decided_at = now() WHERE id = ?`, []any{p.ID}},
		"the terms are changed":         {inCity, `UPDATE agreement_proposals SET day_ceiling_rial = NULL WHERE id = ?`, []any{q.ID}},
		"the city accepts":              {inCity, `UPDATE agreement_proposals SET state = 'accepted', accepted_by = ?, accepted_at = now() WHERE id = ?`, []any{f.second, q.ID}},
		"the city makes an agreement":   {inCity, `INSERT INTO agreements (municipality_id, office_id, number, valid_from) VALUES (122, ?, 1, '2026-01-01')`, []any{f.home.ID}},
		"it holds before it is agreed":  {inOffice, `INSERT INTO agreements (municipality_id, office_id, number, valid_from, valid_to, proposal_id) VALUES (122, ?, 1, ?, ?, ?)`, []any{f.home.ID, f.day(0), f.day(100), q.ID}},
		"the office makes its own":      {inOffice, `INSERT INTO agreements (municipality_id, office_id, number, valid_from) VALUES (122, ?, 1, '2026-01-01')`, []any{f.home.ID}},
		"the office rewords":            {inOffice, `INSERT INTO agreement_texts (municipality_id, version, number, hash, body_fa, offered_by, offered_at) VALUES (122, 'x', 9, sha256('x'), 'x', ?, now())`, []any{f.manager}},
		"an agreement is made longer":   {scope.Platform(), `UPDATE agreements SET valid_to = NULL`, nil},
		"an agreement is taken away":    {scope.Platform(), `DELETE FROM agreements`, nil},
		"a city speaks for another one": {scope.Municipality(1), `INSERT INTO agreement_texts (municipality_id, version, number, hash, body_fa, offered_by, offered_at) VALUES (122, 'x', 9, sha256('x'), 'x', ?, now())`, []any{f.stranger}},
	} {
		err := f.run.InTx(f.as(f.second), try.in, func(tx *scope.Tx) error { return tx.DB.Exec(try.sql, try.args...).Error })
		if err == nil {
			t.Errorf("%s", what)
		}
	}
}

// TestNobodyChoosesANumber accepts by SQL, and takes every number but the next.
func TestNobodyChoosesANumber(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.text()
	p := f.propose(f.change())
	if err := f.approve(f.second, p.ID); err != nil {
		t.Fatal(err)
	}
	accept := func(number int) error {
		return f.run.InTx(f.as(f.manager), scope.Office(f.home.ID), func(tx *scope.Tx) error {
			if err := tx.DB.Exec(`UPDATE agreement_proposals SET state = 'accepted', accepted_by = ?, accepted_at = scope_now() WHERE id = ?`, f.manager, p.ID).Error; err != nil {
				return err
			}
			return tx.DB.Exec(`INSERT INTO agreements (municipality_id, office_id, number, valid_from, valid_to, proposal_id) VALUES (122, ?, ?, ?, ?, ?)`,
				f.home.ID, number, f.day(0), f.day(100), p.ID).Error
		})
	}
	for _, number := range []int{2, 7, 32767} {
		if err := accept(number); err == nil || !strings.Contains(err.Error(), "row-level security") {
			t.Errorf("number %d: %v", number, err)
		}
	}
	if err := accept(1); err != nil {
		t.Error(err)
	}
	var told [2]int
	if err := f.run.InTx(f.as(f.stranger), scope.Municipality(1), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT next_agreement_number(122, ?), next_agreement_number(1, ?)`, f.home.ID, f.home.ID).Row().Scan(&told[0], &told[1])
	}); err != nil || told != [2]int{1, 1} {
		t.Errorf("a stranger is told %v, %v", told, err)
	}
}

// TestAnOlderTextGoesOnAndSaysSo lets a pack's template follow the text that an office has accepted, and go back to it.
func TestAnOlderTextGoesOnAndSaysSo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.text()
	f.agreed(f.change())
	system := scope.WithActor(t.Context(), scope.Actor{Kind: scope.ActorSystem})
	take := func(config int, template string) {
		t.Helper()
		f.exec(`INSERT INTO municipality_configs (municipality_id, number, body, reason, at, actor_kind) VALUES (122, ?, '{}', 'x', now(), 'system')`, config)
		if err := f.run.InTx(system, scope.Platform(), func(tx *scope.Tx) error { return offices.TakeTemplate(tx, city, config, template) }); err != nil {
			t.Fatal(err)
		}
	}
	newer := func() string {
		t.Helper()
		list, err := f.agr.List(f.as(f.manager), scope.Office(f.home.ID))
		if err != nil || len(list) != 1 || !list[0].Holds || list[0].TextVersion != "1405-1" || list[0].AcceptedBy != f.manager {
			t.Fatalf("%+v, %v", list, err)
		}
		return list[0].NewerText
	}
	if got := newer(); got != "" {
		t.Errorf("its own text is called old: %q", got)
	}
	const template = "متن توافق‌نامه\n  ماده ۱ — \tبا «گیومه» و ‌نیم‌فاصله\n"
	for _, step := range []struct {
		template, newer string
		texts           int
	}{{"دفتر می‌پذیرد…", "", 1}, {" \n", "", 1}, {template, "pack-3", 2}, {template, "pack-3", 2}, {"دفتر می‌پذیرد…", "", 3}} {
		texts, err := f.agr.Texts(f.as(f.first), scope.Municipality(city))
		if err != nil {
			t.Fatal(err)
		}
		var next int
		if err := f.run.InTx(system, scope.Platform(), func(tx *scope.Tx) error {
			return tx.DB.Raw(`SELECT 1 + count(*) FROM municipality_configs`).Row().Scan(&next)
		}); err != nil {
			t.Fatal(err)
		}
		take(next, step.template)
		if got := newer(); got != step.newer {
			t.Errorf("after %d texts and %q: newer %q, want %q", len(texts), step.template, got, step.newer)
		}
		if texts, err = f.agr.Texts(f.as(f.first), scope.Municipality(city)); err != nil || len(texts) != step.texts || texts[0].Number != step.texts {
			t.Errorf("%+v, %v; want %d", texts, err, step.texts)
		}
	}
	w, err := f.agr.Text(f.as(f.manager), scope.Office(f.home.ID), city, "pack-3")
	if sum := sha256.Sum256([]byte(template)); err != nil || w.BodyFA != template || w.Hash != hex.EncodeToString(sum[:]) || w.Number != 2 || w.Config != 3 || w.OfferedBy != uuid.Nil {
		t.Errorf("%+v, %v", w, err)
	}
	_, err = f.agr.Text(f.as(f.stranger), scope.Municipality(1), city, "pack-3")
	wantCode(t, "another city's", err, "agreement_text_not_found")
	_, err = f.agr.OfferText(f.as(f.first), scope.Municipality(city), "pack-9", "x")
	wantCode(t, "in a pack's name", err, "agreement_text_version@version")
}
