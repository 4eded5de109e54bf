package impact

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
)

// What the fleet takes of memory on its way: batchesPerWorker batches for each goroutine that reckons, each a little above batchSize bytes.
const (
	batchSize        = 128 << 10
	batchesPerWorker = 4
)

// stream carries rows from one writer to the goroutines that reckon them. Batches go round between them, and none is made anew.
type stream struct {
	ctx       context.Context
	full      chan []byte
	free      chan []byte
	at        []byte // being filled
	vehicles  int64  // in it
	done      *atomic.Int64
	newReader func() *rows
}

// run tallies all that source writes, one vehicle a Write, on every core. done counts what was read. The first error ends it: ctx's cause, the source's, or a
// row's.
func run(ctx context.Context, p *Plan, newReader func() *rows, done *atomic.Int64, source func(io.Writer) error) (*Tally, error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	workers := runtime.GOMAXPROCS(0)
	s := &stream{ctx: ctx, full: make(chan []byte, workers*batchesPerWorker), free: make(chan []byte, workers*batchesPerWorker), done: done, newReader: newReader}
	for range workers * batchesPerWorker {
		s.free <- make([]byte, 0, batchSize+batchSize/8)
	}
	tallies := make([]*Tally, workers)
	var all sync.WaitGroup
	for i := range tallies {
		tallies[i] = NewTally(p)
		all.Go(func() {
			if err := s.reckon(tallies[i]); err != nil {
				fail(err)
			}
		})
	}
	err := source(s)
	if err == nil {
		err = s.flush()
	}
	close(s.full)
	all.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return nil, cause // of whatever followed from it
	}
	if err != nil {
		return nil, fmt.Errorf("read the fleet: %w", err)
	}
	return merged(tallies)
}

func merged(tallies []*Tally) (*Tally, error) {
	for _, t := range tallies[1:] {
		if err := tallies[0].Merge(t); err != nil {
			return nil, err
		}
	}
	return tallies[0], nil
}

// Write takes one row.
func (s *stream) Write(row []byte) (int, error) {
	if s.at == nil {
		select {
		case s.at = <-s.free:
		case <-s.ctx.Done():
			return 0, context.Cause(s.ctx)
		}
	}
	s.at = append(s.at, row...)
	s.vehicles++
	if len(s.at) < batchSize {
		return len(row), nil
	}
	return len(row), s.flush()
}

func (s *stream) flush() error {
	if s.at == nil {
		return nil
	}
	select {
	case s.full <- s.at:
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
	s.done.Add(s.vehicles)
	s.at, s.vehicles = nil, 0
	return nil
}

// reckon tallies batches until there are no more, and stops between two of them where the run ends early.
func (s *stream) reckon(t *Tally) error {
	r := s.newReader()
	for batch := range s.full {
		if s.ctx.Err() != nil {
			return nil
		}
		for line := range bytes.Lines(batch) {
			if err := r.read(bytes.TrimSuffix(line, newline)); err != nil {
				return err
			}
			if err := t.Add(r.id, &r.facts); err != nil {
				return err
			}
		}
		s.free <- batch[:0]
	}
	return nil
}

var newline = []byte{'\n'}
