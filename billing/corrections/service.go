package corrections

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/tariffs"
	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Service lists, shows, approves and withdraws corrections. The authority of a use case is that of the caller's scope: a municipality's staff correct its own
// versions, the platform's the nation's. Reading stays in the caller's scope; what is written is written in the platform's, after the authority was compared.
type Service struct {
	tx      *scope.Runner
	tariffs *tariffs.Catalogue
	once    *scope.Key
}

// NewService binds the service to its transactions and the published tariffs.
func NewService(tx *scope.Runner, catalogue *tariffs.Catalogue) *Service {
	return &Service{tx: tx, tariffs: catalogue}
}

// Once gives the service for one use case that happens once per Idempotency-Key: repeated, it answers as the first time and changes nothing.
func (s *Service) Once(key scope.Key) *Service {
	return &Service{tx: s.tx, tariffs: s.tariffs, once: &key}
}

// longestReason bounds what stands in every payer's letter, in characters.
const longestReason = 300

// List finds every paid due that stands under the wrong version and writes down those that the right one prices otherwise, page by page in one transaction.
// Errors: correction_reason (reason), correction_version_unknown and correction_pair (wrong, right), correction_authority, correction_not_in_force,
// correction_done, correction_exists, correction_person.
func (s *Service) List(ctx context.Context, own scope.Scope, wrong, right, reason string) (Run, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" || utf8.RuneCountInString(reason) > longestReason || !utf8.ValidString(reason) || strings.ContainsFunc(reason, unicode.IsControl) {
		return Run{}, errReason.On("reason")
	}
	book, err := s.tariffs.Book(ctx)
	if err != nil {
		return Run{}, err
	}
	pair, err := pairOf(book, wrong, right)
	if err != nil {
		return Run{}, err
	}
	if !owns(own, pair.municipality) {
		return Run{}, errAuthority
	}
	return s.act(ctx, own, func(tx *scope.Tx) (Run, error) {
		if calendar.DateOf(tx.Now).Before(pair.right.HoldsFrom()) {
			return Run{}, errNotYet.On("right")
		}
		run := Run{ID: tx.NewID(), MunicipalityID: pair.municipality, Wrong: wrong, Right: right, Reason: reason, State: Listed, ListedBy: tx.Actor.ID, ListedAt: tx.Now}
		err := list(tx, book, &run)
		return run, err
	})
}

// act is one transaction of a person in the platform's scope. The key of a repeated request counts for the caller's own scope alone.
func (s *Service) act(ctx context.Context, own scope.Scope, fn func(*scope.Tx) (Run, error)) (run Run, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		if tx.Actor.Kind != scope.ActorPerson {
			return errPerson
		}
		if s.once == nil {
			run, err = fn(tx)
			return err
		}
		key := *s.once
		key.Operation += " for " + own.String()
		run, err = scope.Once(tx, key, func() (Run, error) { return fn(tx) })
		return err
	})
	return run, err
}

// pair is a wrong version and the one that corrects it.
type pair struct {
	municipality int // 0: the nation
	right        *tariffs.Version
}

func pairOf(book tariffs.Book, wrong, right string) (pair, error) {
	w, found := book.Version(wrong)
	if !found {
		return pair{}, errVersion.On("wrong")
	}
	r, found := book.Version(right)
	if !found {
		return pair{}, errVersion.On("right")
	}
	if w.Authority != r.Authority || w.FiscalYear != r.FiscalYear || r.Number <= w.Number {
		return pair{}, errPair.On("right")
	}
	return pair{municipality: w.Municipality(), right: r}, nil
}

// owns says whether the versions of a municipality, 0 for the nation, are the scope's own.
func owns(own scope.Scope, municipality int) bool {
	switch own.Kind() {
	case scope.KindMunicipality:
		return municipality != 0 && own.MunicipalityID() == municipality
	case scope.KindPlatform:
		return municipality == 0
	}
	return false
}

func list(tx *scope.Tx, book tariffs.Book, run *Run) error {
	search, err := searchOf(tx, book, *run)
	if err != nil {
		return err
	}
	var found tally
	err = search.each(tx, func(a affected, f Finding) error {
		listed, err := found.add(f)
		if err != nil || !listed {
			return err
		}
		return insertItem(tx, *run, a, f)
	})
	if err != nil {
		return err
	}
	run.Bills, run.Problems, run.Unaffected, run.Credit, run.Extra = found.bills, found.problems, found.unaffected, found.credit, found.extra
	if err := insertRun(tx, *run); err != nil {
		return err
	}
	if err := askApproval(tx, *run); err != nil {
		return err
	}
	return audit.Write(tx, audit.Record{Action: "correction.listed", TargetKind: "correction", TargetID: run.ID.String(), Municipality: run.MunicipalityID, Details: map[string]any{"wrong": run.Wrong,
		"right": run.Right, "bills": run.Bills, "problems": run.Problems, "unaffected": run.Unaffected, "credit_rial": run.Credit, "extra_rial": run.Extra}})
}

// searchOf is the search for the dues of a run. What was paid under a version that an approved run has corrected stands under the version that took its place.
func searchOf(tx *scope.Tx, book tariffs.Book, run Run) (search, error) {
	replaced, err := approvedPairs(tx)
	if err != nil {
		return search{}, err
	}
	if _, done := replaced[run.Wrong]; done {
		return search{}, errReplaced.On("wrong")
	}
	version, found := book.Version(run.Wrong)
	if !found {
		return search{}, errVersion.On("wrong")
	}
	s := search{run: run.ID, municipality: run.MunicipalityID, year: version.FiscalYear, cited: replaced.Under(run.Wrong), book: book, replaced: replaced}
	s.replaced[run.Wrong] = run.Right
	return s, nil
}

// search walks the paid dues that stand under the wrong version of a run.
type search struct {
	run          uuid.UUID
	municipality int // whose bills; 0: every city's
	year         calendar.FiscalYear
	cited        []string // the versions that such dues cite
	book         tariffs.Book
	replaced     Replaced
}

// page bounds how many billed dues are in memory at once.
const page = 200

// each derives every due of the search under the right version, in the order of their keys.
func (s search) each(tx *scope.Tx, fn func(affected, Finding) error) error {
	var after Key
	for {
		rows, err := affectedAfter(tx, s, after)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, a := range rows {
			found, err := Derive(a.standing, s.replaced, s.book)
			if err != nil {
				return err
			}
			if err := fn(a, found); err != nil {
				return err
			}
			after = a.Key
		}
	}
}

// Run reads a run that the scope sees. Errors: ErrUnknown.
func (s *Service) Run(ctx context.Context, own scope.Scope, id uuid.UUID) (Run, error) {
	var run Run
	err := s.tx.InTx(ctx, own, func(tx *scope.Tx) (err error) {
		run, err = loadRun(tx, id)
		return err
	})
	return run, err
}

// Runs lists the runs that the scope sees, newest first: a city its own, the platform all of them.
func (s *Service) Runs(ctx context.Context, own scope.Scope) ([]Run, error) {
	var runs []Run
	err := s.tx.InTx(ctx, own, func(tx *scope.Tx) (err error) {
		runs, err = loadRuns(tx)
		return err
	})
	return runs, err
}

// Items reads at most limit items of a run, after a key, in order: to the platform all of them, to a city those of its own bills, of a national run, too.
// Errors: ErrUnknown where the scope sees neither the run nor an item of it.
func (s *Service) Items(ctx context.Context, own scope.Scope, run uuid.UUID, after Key, limit int) ([]Item, error) {
	var items []Item
	err := s.tx.InTx(ctx, own, func(tx *scope.Tx) (err error) {
		if items, err = loadItems(tx, run, after, limit); err != nil || len(items) > 0 {
			return err
		}
		return known(tx, run)
	})
	return items, err
}

// Withdraw gives a listed run up; the pair may then be listed anew. Errors: ErrUnknown, correction_closed, correction_person.
func (s *Service) Withdraw(ctx context.Context, own scope.Scope, id uuid.UUID) (Run, error) {
	return s.decide(ctx, own, id, func(tx *scope.Tx, run *Run) error {
		run.State, run.DecidedBy, run.DecidedAt = Withdrawn, tx.Actor.ID, tx.Now
		if err := saveDecision(tx, *run); err != nil {
			return err
		}
		if err := approvals.Close(tx, approvalOf(*run), ""); err != nil {
			return err
		}
		return audit.Write(tx, audit.Record{Action: "correction.withdrawn", TargetKind: "correction", TargetID: id.String(), Municipality: run.MunicipalityID})
	})
}

// decide holds a listed run of the scope's own authority while fn decides about it.
func (s *Service) decide(ctx context.Context, own scope.Scope, id uuid.UUID, fn func(*scope.Tx, *Run) error) (Run, error) {
	seen, err := s.Run(ctx, own, id)
	if err != nil {
		return Run{}, err
	}
	if !owns(own, seen.MunicipalityID) {
		return Run{}, errAuthority
	}
	return s.act(ctx, own, func(tx *scope.Tx) (Run, error) {
		run, err := lockRun(tx, seen)
		if err != nil {
			return Run{}, err
		}
		if run.State != Listed {
			return Run{}, errClosed
		}
		err = fn(tx, &run)
		return run, err
	})
}
