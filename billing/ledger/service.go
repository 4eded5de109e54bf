package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// Service reads the books, and keeps them behind whoever posts: it rolls entries up and seals them.
type Service struct {
	tx  *scope.Runner
	log *slog.Logger
}

// NewService binds the service to its transactions.
func NewService(tx *scope.Runner, log *slog.Logger) *Service { return &Service{tx: tx, log: log} }

// rollAtOnce and sealAtOnce bound one transaction of the roller and of the sealer, verifyAtOnce what a verification holds in memory.
const (
	rollAtOnce   = 5000
	sealAtOnce   = 1000
	verifyAtOnce = 2000
)

var (
	errNoBooks = fault.Define(fault.Forbidden, "ledger_books", "تنها شهرداری و سامانه دفتر دارند.", "Only a municipality and the platform have books.")
	errAccount = fault.Define(fault.Invalid, "ledger_account", "چنین سرفصلی در دفتر نیست.", "The books have no such account.")
)

// RunRoller rolls entries up as they become final, until ctx ends. It runs in as many processes as wanted.
func (s *Service) RunRoller(ctx context.Context, every time.Duration) {
	s.repeat(ctx, every, "ledger roller", s.Roll)
}

// RunSealer seals entries as they become final, until ctx ends. It runs in as many processes as wanted.
func (s *Service) RunSealer(ctx context.Context, every time.Duration) {
	s.repeat(ctx, every, "ledger sealer", s.Seal)
}

func (s *Service) repeat(ctx context.Context, every time.Duration, name string, work func(context.Context) (int, error)) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if _, err := work(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, name, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Roll adds every entry that is final now to the roll-ups of its books, and counts them. Books that another process rolls up are left to it.
func (s *Service) Roll(ctx context.Context) (rolled int, err error) {
	return s.follow(ctx, rolledTo, rollAtOnce, rollNext)
}

// Seal links every entry that is final now to the chain of its books, and counts them. A chain that another process seals is left to it.
func (s *Service) Seal(ctx context.Context) (sealed int, err error) {
	return s.follow(ctx, sealedTo, sealAtOnce, func(tx *scope.Tx, municipality, most int) (int, error) {
		n, _, err := sealNext(tx, municipality, most)
		return n, err
	})
}

// follow works through the books that have final entries behind a mark, a bounded number in each transaction.
func (s *Service) follow(ctx context.Context, mark string, most int, work func(tx *scope.Tx, municipality, most int) (int, error)) (done int, err error) {
	var waiting []int
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		waiting, err = pending(tx, mark)
		return err
	})
	for _, municipality := range waiting {
		for n := most; n == most; done += n {
			err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
				n, err = work(tx, municipality, most)
				return err
			})
			if err != nil {
				return done, err
			}
		}
	}
	return done, err
}

// State is how far one chain is.
type State struct {
	Head
	Waiting int64 // entries that are not sealed yet
}

// Heads reads how far every chain is, by municipality; the platform's own comes first, as 0.
func (s *Service) Heads(ctx context.Context) (list []State, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		list, err = loadStates(tx)
		return err
	})
	return list, err
}

// Verification is what Verify has found.
type Verification struct {
	Rule    string // that does not hold; "" where every one does
	Where   string // the municipality and the first row
	Chains  int
	Entries int64 // that were hashed again
}

// Verify derives every chain and every roll-up again from the entries, all of one moment and with bounded memory, and names the first entry of the first municipality that was
// changed, removed, or inserted where everything was sealed. Chains must also continue the heads that were kept.
func (s *Service) Verify(ctx context.Context, kept []Head) (v Verification, err error) {
	err = s.tx.InSnapshot(ctx, scope.Platform(), func(tx *scope.SnapshotTx) error {
		codes, err := everyChain(tx.Tx)
		if err != nil {
			return err
		}
		for _, municipality := range withKept(codes, kept) {
			entries, found, err := verifyBooks(tx.Tx, municipality, keptOf(kept, municipality))
			if err != nil {
				return err
			}
			v.Chains, v.Entries = v.Chains+1, v.Entries+entries
			if found.rule != "" {
				v.Rule, v.Where = found.rule, fmt.Sprintf("municipality %d: %s", municipality, found.where)
				return nil
			}
		}
		return nil
	})
	return v, err
}

func verifyBooks(tx *scope.Tx, municipality int, kept []Head) (entries int64, found breach, err error) {
	entries, found, err = verifyChain(tx, municipality, kept)
	for _, check := range []func(*scope.Tx, int) (breach, error){verifyRollups, verifyChart} {
		if err == nil && found.rule == "" {
			found, err = check(tx, municipality)
		}
	}
	return entries, found, err
}

// TrialBalance sums the caller's own books by all entries before an instant; an absent instant is the present. Error: ledger_books.
func (s *Service) TrialBalance(ctx context.Context, own scope.Scope, at time.Time) (trial Trial, head Head, err error) {
	books, err := booksOf(own)
	if err != nil {
		return Trial{}, Head{}, err
	}
	err = s.tx.InTx(ctx, own, func(tx *scope.Tx) (err error) {
		if trial, err = TrialBalanceAt(tx, books, at); err != nil {
			return err
		}
		head, _, err = loadHead(tx, books)
		return err
	})
	return trial, head, err
}

// Statement lists postings on one account of the caller's own books. Errors: ledger_books, ledger_account (account).
func (s *Service) Statement(ctx context.Context, own scope.Scope, q Query) (page Page, err error) {
	books, err := booksOf(own)
	if err != nil {
		return Page{}, err
	}
	if _, ok := q.Account.Kind(BooksOf(books)); !ok {
		return Page{}, errAccount.On("account")
	}
	err = s.tx.InTx(ctx, own, func(tx *scope.Tx) (err error) {
		page, err = Statement(tx, books, q)
		return err
	})
	return page, err
}

// booksOf is the municipality whose books a scope may read, Platform for the platform's own.
func booksOf(own scope.Scope) (int, error) {
	switch own.Kind() {
	case scope.KindMunicipality:
		return own.MunicipalityID(), nil
	case scope.KindPlatform:
		return Platform, nil
	}
	return 0, errNoBooks
}
