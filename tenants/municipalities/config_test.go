package municipalities_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

func parsed(t testing.TB, text string) municipalities.Pack {
	t.Helper()
	p, err := municipalities.ParsePack([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func apply(t *testing.T, s *municipalities.Service, text string) municipalities.Plan {
	t.Helper()
	plan, err := s.Apply(system(t), scope.Platform(), municipalities.Application{Pack: parsed(t, text), Reason: "r"})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func exported(t *testing.T, s *municipalities.Service, id int) string {
	t.Helper()
	c, err := s.Config(system(t), scope.Platform(), id, 0)
	if err != nil {
		t.Fatal(err)
	}
	text, err := c.Pack.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func changed(p municipalities.Plan) string {
	var list []string
	for _, c := range p.Changes {
		list = append(list, c.Path+" "+c.Before+">"+c.After)
	}
	return strings.Join(list, ", ")
}

// TestAPackMakesACityAndGoesBack applies, changes, goes back, and finds the same bytes.
func TestAPackMakesACityAndGoesBack(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	s := municipalities.NewService(run, municipalities.Laws{})
	first := full(t)
	dry, err := s.Diff(system(t), scope.Platform(), parsed(t, first), false)
	if err != nil || !dry.Created || len(dry.Changes) < 15 || list(t, run, everything) != nil {
		t.Fatalf("%+v, %v", dry, err)
	}
	if plan := apply(t, s, first); !plan.Created || plan.Number != 1 || plan.Was != 0 {
		t.Errorf("%+v", plan)
	}
	want := []string{"122 شیراز Shiraz فارس Fars شیراز draft 122 10 * " + ibanA + " 1", "122 شیراز Shiraz فارس Fars شیراز draft 122 10 pollution_levy " + ibanB + " 1"}
	if got := list(t, run, everything+`, a.charge`); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	before := exported(t, s, 122)
	if plan := apply(t, s, before); plan.Number != 1 || len(plan.Changes) != 0 {
		t.Errorf("its own export changes %+v", plan)
	}
	second := strings.NewReplacer("share_ppm: 250000", "share_ppm: 500000", "  pollution_levy: "+ibanB+"\n", "", "en: Shiraz", "en: Shirazz").Replace(first)
	if plan := apply(t, s, second); plan.Number != 2 || changed(plan) != `accounts.pollution_levy "`+ibanB+`">, names.en "Shiraz">"Shirazz", settings.rollout.share_ppm 250000>500000` {
		t.Errorf("%d %s", plan.Number, changed(plan))
	}
	if exported(t, s, 122) == before {
		t.Error("nothing changed")
	}
	plan, err := s.Rollback(system(t), scope.Platform(), 122, 1, "wrong share")
	if err != nil || plan.Number != 3 || len(plan.Changes) != 3 {
		t.Errorf("%+v, %v", plan, err)
	}
	if after := exported(t, s, 122); after != before {
		t.Errorf("exports differ\n%s\n%s", before, after)
	}
	if got := list(t, run, everything+`, a.charge`); !slices.Equal(got, want) {
		t.Errorf("after going back %q", got)
	}
	bodies := list(t, run, `SELECT md5(body::text) || ' ' || coalesce(restores, 0) FROM municipality_configs ORDER BY number`)
	if len(bodies) != 3 || strings.Fields(bodies[0])[0] != strings.Fields(bodies[2])[0] || !strings.HasSuffix(bodies[2], " 1") || bodies[0] == bodies[1] {
		t.Errorf("%q", bodies)
	}
	texts := list(t, run, `SELECT version || ' ' || number || ' ' || config || ' ' || body_fa FROM agreement_texts ORDER BY number`)
	if want := []string{"pack-1 1 1 " + parsed(t, first).AgreementTemplate}; !slices.Equal(texts, want) {
		t.Errorf("the template is %q, want %q", texts, want)
	}
	history, err := s.Configs(system(t), scope.Municipality(122), 122)
	if err != nil || len(history) != 3 || history[0].Number != 3 || history[0].Restores != 1 || history[0].Reason != "wrong share" {
		t.Errorf("%+v, %v", history, err)
	}
	if n := len(list(t, run, `SELECT id::text FROM audit_log WHERE action = 'municipality.configured'`)); n != 3 {
		t.Errorf("%d audit rows", n)
	}
}

// TestATemplateBecomesTheText with each configuration that says another one, and comes back to the byte with it.
func TestATemplateBecomesTheText(t *testing.T) {
	t.Parallel()
	run, s := imported(t)
	pack := parsed(t, exported(t, s, 1))
	wordings := func() []string {
		return list(t, run, `SELECT version || ' ' || encode(hash, 'hex') || ' ' || body_fa FROM agreement_texts WHERE municipality_id = 1 ORDER BY number`)
	}
	worded := func(version, body string) string {
		return fmt.Sprintf("%s %x %s", version, sha256.Sum256([]byte(body)), body)
	}
	var want []string
	for i, template := range []string{"متن یکم\n\n  با فاصله \t و «گیومه»\n", "متن دوم: با دونقطه # و نشانه", ""} {
		pack.AgreementTemplate = template
		text, err := pack.YAML()
		if err != nil {
			t.Fatal(err)
		}
		apply(t, s, string(text))
		if template != "" {
			want = append(want, worded(fmt.Sprintf("pack-%d", i+1), template))
		}
		if c, err := s.Config(system(t), scope.Platform(), 1, 0); err != nil || c.Pack.AgreementTemplate != template {
			t.Errorf("%q became %q, %v", template, c.Pack.AgreementTemplate, err)
		}
		if got := wordings(); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if _, err := s.Rollback(system(t), scope.Platform(), 1, 1, "the old one"); err != nil {
		t.Fatal(err)
	}
	want = append(want, worded("pack-4", "متن یکم\n\n  با فاصله \t و «گیومه»\n"))
	if got := wordings(); !slices.Equal(got, want) {
		t.Errorf("after going back %q, want %q", got, want)
	}
}

// TestAnImportedCityIsConfigured begins with what the list brought, and tells what an import has changed since.
func TestAnImportedCityIsConfigured(t *testing.T) {
	t.Parallel()
	run, s := imported(t)
	text := exported(t, s, 1)
	if c, err := s.Config(system(t), scope.Platform(), 1, 0); err != nil || c.Number != 0 || c.Pack.Names.FA != "الف" {
		t.Errorf("%+v, %v", c, err)
	}
	if plan := apply(t, s, text); plan.Number != 1 || len(plan.Changes) != 0 {
		t.Errorf("%+v", plan)
	}
	if plan := apply(t, s, text); plan.Number != 1 {
		t.Errorf("again: %+v", plan)
	}
	importing(t, run, "1,الف,A,استان,P,ناحیهٔ سه,10,"+ibanA)
	if exported(t, s, 1) != text {
		t.Error("the export is not what was applied")
	}
	plan, err := s.Diff(system(t), scope.Platform(), parsed(t, text), true)
	if err != nil || changed(plan) != `county "ناحیهٔ سه">"ناحیهٔ یک"` {
		t.Errorf("%s, %v", changed(plan), err)
	}
	other := parsed(t, strings.Replace(text, ibanA, ibanC, 1))
	if _, err := s.Apply(system(t), scope.Platform(), municipalities.Application{Pack: other, Reason: "r"}); fault.Of(err) == nil || fault.Of(err).Code != "municipality_accounts_person" {
		t.Errorf("nobody in particular changes the accounts: %v", err)
	}
	if stage := list(t, run, `SELECT stage FROM municipalities WHERE id = 1`); stage[0] != "active" {
		t.Errorf("a pack moved the city to %s", stage)
	}
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	run, s := imported(t)
	text := exported(t, s, 1)
	apply(t, s, text)
	before := list(t, run, everything)
	seven := 7
	for want, a := range map[string]municipalities.Application{
		"names.fa municipality_name_taken":    {Pack: parsed(t, strings.Replace(text, "fa: الف", "fa: ب", 1)), Reason: "r"},
		"bill.prefix municipality_bill_taken": {Pack: parsed(t, strings.Replace(text, "company: 1", "company: 2", 1)), Reason: "r"},
		"reason municipality_reason":          {Pack: parsed(t, text), Reason: " "},
		"number municipality_config_moved":    {Pack: parsed(t, text), Reason: "r", Number: &seven},
		"municipality tenant_unknown":         {Pack: parsed(t, strings.Replace(text, "code: 1", "code: 9", 1)), Reason: "r", Known: true},
	} {
		if _, err := s.Apply(system(t), scope.Platform(), a); code(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	inPlatform(t, run, func(tx *scope.Tx) error { return tx.DB.Exec(`SELECT draw_bill_serial(1)`).Error })
	_, err := s.Apply(system(t), scope.Platform(), municipalities.Application{Pack: parsed(t, strings.Replace(text, "prefix: 10", "prefix: 11", 1)), Reason: "r"})
	if code(err) != "bill municipality_bill_used" {
		t.Errorf("%v", err)
	}
	if _, err := s.Apply(system(t), scope.Municipality(1), municipalities.Application{Pack: parsed(t, strings.Replace(text, "en: A", "en: B", 1)), Reason: "r", Known: true}); code(err) != "municipality tenant_unknown" {
		t.Errorf("a city configures itself: %v", err)
	}
	for want, to := range map[string]int{"number municipality_config_unknown": 5} {
		if _, err := s.Rollback(system(t), scope.Platform(), 1, to, "r"); code(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for _, in := range []scope.Scope{scope.Municipality(2), scope.Public(""), scope.Office(uuid.New())} {
		if _, err := s.Config(system(t), in, 1, 0); code(err) != "municipality tenant_unknown" {
			t.Errorf("%s reads: %v", in, err)
		}
	}
	before[0] = strings.TrimSuffix(before[0], "1") + "2" // the drawn serial
	if got := list(t, run, everything); !slices.Equal(got, before) {
		t.Errorf("%q\nwant %q", got, before)
	}
}

// TestTwoAppliesAtOnce: both follow each other, and one of them sees the other's number.
func TestTwoAppliesAtOnce(t *testing.T) {
	t.Parallel()
	run, s := imported(t)
	text := exported(t, s, 1)
	apply(t, s, text)
	one := 1
	results := make([]error, 4)
	var racing sync.WaitGroup
	for i := range results {
		racing.Go(func() {
			p := parsed(t, strings.Replace(text, "en: A", fmt.Sprintf("en: A%d", i), 1))
			_, results[i] = s.Apply(system(t), scope.Platform(), municipalities.Application{Pack: p, Reason: "r", Number: &one})
		})
	}
	racing.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
		} else if code(err) != "number municipality_config_moved" {
			t.Error(err)
		}
	}
	if n := len(list(t, run, `SELECT number::text FROM municipality_configs`)); won != 1 || n != 2 {
		t.Errorf("%d won, %d configurations", won, n)
	}
}

// TestManyPacks applies a pack for each of 330 cities.
func TestManyPacks(t *testing.T) {
	t.Parallel()
	run := newRunner(t)
	s := municipalities.NewService(run, municipalities.Laws{})
	base := strings.Replace(full(t), logo(t, 8), logo(t, 256), 1)
	began := time.Now()
	for id := 1; id <= 330; id++ {
		apply(t, s, strings.NewReplacer("code: 122", fmt.Sprintf("code: %d", id), "fa: شيراز", fmt.Sprintf("fa: شهر %d", id), "company: 122", fmt.Sprintf("company: %d", id)).Replace(base))
	}
	took := time.Since(began)
	t.Logf("330 packs in %s", took)
	if n := len(list(t, run, `SELECT number::text FROM municipality_configs`)); n != 330 || took > time.Minute {
		t.Errorf("%d in %s", n, took)
	}
}

// TestRolloutWidens: whoever a rollout has reached stays in it as its share grows, about as many are in as the share says, and each city draws its own.
func TestRolloutWidens(t *testing.T) {
	t.Parallel()
	run, _ := imported(t)
	const offices = 2000
	inPlatform(t, run, func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from) SELECT gen_random_uuid(), 1 + (n % 20 = 0)::int, 'x', 'L' || n, now() FROM generate_series(1, ?) n`, offices).Error
	})
	reached := func(city int, rollout string) map[string]bool {
		in := map[string]bool{}
		for _, id := range list(t, run, fmt.Sprintf(`SELECT id::text FROM offices WHERE rollout_reaches(%d, '%s', id)`, city, rollout)) {
			in[id] = true
		}
		return in
	}
	var before map[string]bool
	for _, ppm := range []int{0, 1, 10_000, 100_000, 500_000, 999_999, 1_000_000} {
		now := reached(1, fmt.Sprintf(`{"districts": [], "share_ppm": %d}`, ppm))
		for id := range before {
			if !now[id] {
				t.Fatalf("%s is dropped at %d ppm", id, ppm)
			}
		}
		if off := len(now) - offices*ppm/1_000_000; off < -120 || off > 120 {
			t.Errorf("%d of %d at %d ppm", len(now), offices, ppm)
		}
		before = now
	}
	half, other := reached(1, `{"districts": [], "share_ppm": 500000}`), reached(2, `{"districts": [], "share_ppm": 500000}`)
	both := 0
	for id := range half {
		if other[id] {
			both++
		}
	}
	if both < 350 || both > 650 {
		t.Errorf("two cities share %d offices", both)
	}
	if n := len(reached(1, `{"districts": ["ناحیهٔ دو"], "share_ppm": 0}`)); n != offices/20 {
		t.Errorf("%d offices in the district", n)
	}
	if n := len(reached(1, `{"districts": ["ناحیهٔ دو", "ناحیهٔ یک"], "share_ppm": 0}`)); n != offices {
		t.Errorf("%d offices in both districts", n)
	}
	if n := len(reached(1, `{}`)) + len(reached(1, `null`)); n != 0 {
		t.Errorf("%d offices without a rollout", n)
	}
	// The place of an office never changes: what was told to an office yesterday holds on another machine tomorrow.
	if got := list(t, run, `SELECT rollout_place(122, '0198f3a2-7b1c-7def-8123-456789abcdef')::text`)[0]; got != knownPlace() {
		t.Errorf("place %s, want %s", got, knownPlace())
	}
}

// knownPlace derives a place without the database.
func knownPlace() string {
	sum := sha256.Sum256([]byte("122:0198f3a2-7b1c-7def-8123-456789abcdef"))
	head := uint64(sum[0])<<24 | uint64(sum[1])<<16 | uint64(sum[2])<<8 | uint64(sum[3])
	return fmt.Sprint(head * 1_000_000 >> 32)
}

// memory is an archive that fails at a chosen file.
type memory struct {
	files  map[string]*bytes.Buffer
	broken string
}

type closing struct{ io.Writer }

func (closing) Close() error { return nil }

func (m memory) Create(name string) (io.WriteCloser, error) {
	if name == m.broken {
		return nil, errors.New("disk full")
	}
	m.files[name] = &bytes.Buffer{}
	return closing{m.files[name]}, nil
}

func TestClosing(t *testing.T) {
	t.Parallel()
	run, s := imported(t)
	apply(t, s, exported(t, s, 1))
	apply(t, s, exported(t, s, 2))
	inPlatform(t, run, func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO people (id, municipality_id, username, password_hash, name_fa, role) VALUES (gen_random_uuid(), 1, 'a', 'verysecret', 'x', 'treasurer'), (gen_random_uuid(), 2, 'b', 'verysecret', 'x', 'treasurer')`).Error
	})
	into := memory{files: map[string]*bytes.Buffer{}}
	if _, err := s.Close(system(t), scope.Platform(), 1, "r", into); code(err) != "stage municipality_stage" || len(into.files) != 0 {
		t.Errorf("an active city: %v", err)
	}
	if err := move(s, t, 1, "paused", "r"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Close(system(t), scope.Municipality(1), 1, "r", into); code(err) != "municipality tenant_unknown" {
		t.Errorf("a city closes itself: %v", err)
	}
	broken := memory{files: map[string]*bytes.Buffer{}, broken: "people.jsonl"}
	if _, err := s.Close(system(t), scope.Platform(), 1, "r", broken); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("%v", err)
	}
	manifest, err := s.Close(system(t), scope.Platform(), 1, "r", into)
	if err != nil || manifest.Stage != municipalities.Closed || manifest.Municipality != 1 {
		t.Fatalf("%+v, %v", manifest, err)
	}
	rows := map[string]int64{}
	for _, f := range manifest.Files {
		body := into.files[f.Name].Bytes()
		if int64(bytes.Count(body, []byte("\n"))) != f.Rows || fmt.Sprintf("%x", sha256.Sum256(body)) != f.SHA256 {
			t.Errorf("%+v does not tell what it holds", f)
		}
		for line := range bytes.Lines(body) {
			var row map[string]any
			if err := json.Unmarshal(line, &row); err != nil || row["municipality_id"] != nil && row["municipality_id"] != 1.0 {
				t.Errorf("%s: %s %v", f.Name, line, err)
			}
		}
		if bytes.Contains(body, []byte("verysecret")) {
			t.Errorf("%s holds a password", f.Name)
		}
		rows[f.Name] = f.Rows
	}
	for name, want := range map[string]int64{"municipalities.jsonl": 1, "municipality_accounts.jsonl": 1, "municipality_configs.jsonl": 1, "municipality_stages.jsonl": 4, "people.jsonl": 1, "bills.jsonl": 0, "bill_serials.jsonl": 1, "audit_log.jsonl": 0} {
		if got, is := rows[name]; !is || got != want {
			t.Errorf("%s has %d rows, want %d", name, got, want)
		}
	}
	var stored municipalities.Manifest
	if err := json.Unmarshal(into.files["manifest.json"].Bytes(), &stored); err != nil || len(stored.Files) != len(manifest.Files) {
		t.Errorf("%+v, %v", stored, err)
	}
	for _, stage := range []municipalities.Stage{"active", "paused"} {
		if err := move(s, t, 1, stage, "r"); code(err) != "stage municipality_stage" {
			t.Errorf("a closed city goes to %s: %v", stage, err)
		}
	}
	if _, err := s.Apply(system(t), scope.Platform(), municipalities.Application{Pack: parsed(t, exported(t, s, 1)), Reason: "r"}); code(err) != "municipality_closed_config" {
		t.Errorf("a closed city is configured: %v", err)
	}
}

// TestEveryTableOfACityIsExported compares the export with the schema: no table with a municipality_id is forgotten.
func TestEveryTableOfACityIsExported(t *testing.T) {
	t.Parallel()
	run, s := imported(t)
	if err := move(s, t, 1, "paused", "r"); err != nil {
		t.Fatal(err)
	}
	into := memory{files: map[string]*bytes.Buffer{}}
	if _, err := s.Close(system(t), scope.Platform(), 1, "r", into); err != nil {
		t.Fatal(err)
	}
	tables := list(t, run, `SELECT DISTINCT table_name::text FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
	  WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'municipality_id'`)
	if len(tables) < 15 {
		t.Fatalf("%d tables", len(tables))
	}
	for _, table := range tables {
		if into.files[table+".jsonl"] == nil {
			t.Errorf("%s is not exported", table)
		}
	}
}
