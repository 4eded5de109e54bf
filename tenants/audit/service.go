package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mofasa/tenants/scope"
)

// Service seals, verifies and reads the log.
type Service struct {
	tx  *scope.Runner
	log *slog.Logger
}

// NewService binds the service to its transactions; the sealer tells the head of the chain to log.
func NewService(tx *scope.Runner, log *slog.Logger) *Service { return &Service{tx: tx, log: log} }

// sealAtOnce bounds one transaction of the sealer.
const sealAtOnce = 1000

var errOtherCluster = errors.New("audit: the newest seal is of a transaction that this server has not begun: the database was restored into another cluster (see the package's README)")

// RunSealer seals rows as they become final, until ctx ends. It runs in as many processes as wanted.
func (s *Service) RunSealer(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		if _, err := s.Seal(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "audit sealer", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Seal links every row that is final now to the chain, and counts them. A row is final once no transaction that is as old as the one that wrote it still runs:
// then no row can ever appear before it. Where another process seals, it leaves the rows to that one.
func (s *Service) Seal(ctx context.Context) (sealed int, err error) {
	for {
		var n int
		var head Head
		err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
			n, head, err = sealNext(tx, sealAtOnce)
			return err
		})
		if err != nil || n == 0 {
			return sealed, err
		}
		sealed += n
		if n < sealAtOnce {
			s.log.InfoContext(ctx, "audit sealed", "sequence", head.Sequence, "chain", head.Chain.String())
			return sealed, nil
		}
	}
}

// State is how far the chain is.
type State struct {
	Head    Head
	Waiting int64 // rows that are not sealed yet
}

// State reads how far the chain is.
func (s *Service) State(ctx context.Context) (state State, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		state, err = loadState(tx)
		return err
	})
	return state, err
}

// Verify derives the whole chain again from the rows, all of one moment, and names the rule and the first row that was changed, removed, or inserted where
// everything was sealed; "" where every row is as it was sealed. With a kept head the chain must also be the one that the head is of.
func (s *Service) Verify(ctx context.Context, kept Head) (rule, where string, err error) {
	err = s.tx.InSnapshot(ctx, scope.Platform(), func(tx *scope.SnapshotTx) (err error) {
		rule, where, err = verify(tx.Tx, kept)
		return err
	})
	return rule, where, err
}

func verify(tx *scope.Tx, kept Head) (rule, where string, err error) {
	var head Head
	for rule == "" {
		links, err := linksAfter(tx, head.Sequence, sealAtOnce)
		if err != nil {
			return "", "", err
		}
		if len(links) == 0 {
			break
		}
		for _, l := range links {
			if rule, where, head = head.judge(l); rule != "" {
				break
			}
			if head.Sequence == kept.Sequence && head != kept {
				rule, where = ruleHead, kept.String()
				break
			}
		}
	}
	if rule == "" && head.Sequence < kept.Sequence {
		rule, where = ruleCut, fmt.Sprintf("seal %d and all after it, up to the head %d", head.Sequence+1, kept.Sequence)
	}
	foreign, after, kind, err := firstUnsealed(tx)
	if err != nil {
		return "", "", err
	}
	if kind != "" && (rule == "" || after < head.Sequence) {
		return kind, foreign, nil
	}
	return rule, where, nil
}
