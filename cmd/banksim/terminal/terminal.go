// Package terminal is a card terminal on an office's desk as Sadad PcPos 1.5 describes it, over TCP, with faults on demand. It shares no code with the agent that it is
// tried against, so that both read the protocol for themselves. Where the document is silent the choice is marked "our choice".
package terminal

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Options is what a terminal needs. The zero value works for a test.
type Options struct {
	TerminalID string           // eight characters; empty: C0000301
	MerchantID string           // fifteen characters; empty: 000000000000152
	Card       string           // sixteen digits of the card that every customer holds; empty: 6037990000000014
	Customer   time.Duration    // how long a customer takes with card and PIN where no scenario says otherwise
	Magic      bool             // amounts choose faults, see Magic
	Clock      func() time.Time // nil: the system's
}

// Terminal is one simulated device with its books. It is safe for concurrent use.
type Terminal struct {
	options Options

	mu       sync.Mutex
	busy     bool // somebody is connected, or a customer stands before it
	refusals int  // how many calls are still to be told that it is not ready
	arranged map[string]Scenario
	next     []Scenario
	books    []Transaction // oldest first, failed ones too
	number   int           // of the last transaction
}

// New makes a terminal with empty books.
func New(o Options) *Terminal {
	for option, standard := range map[*string]string{&o.TerminalID: "C0000301", &o.MerchantID: "000000000000152", &o.Card: "6037990000000014"} {
		if *option == "" {
			*option = standard
		}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Terminal{options: o, arranged: map[string]Scenario{}, number: 1200}
}

// Serve answers connections until ctx ends or the listener breaks, and waits for those under way.
func (t *Terminal) Serve(ctx context.Context, listener net.Listener) error {
	var calls sync.WaitGroup
	defer calls.Wait()
	closing := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer closing()
	for {
		connection, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		calls.Go(func() {
			defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
			defer connection.Close()
			(&call{Terminal: t, link: connection, ctx: ctx}).run()
		})
	}
}

// now is the terminal's clock, at Tehran without summer time, as it prints it.
func (t *Terminal) now() time.Time {
	const offset = 3*60*60 + 30*60
	return t.options.Clock().In(time.FixedZone("Tehran", offset)).Truncate(time.Second)
}

// occupy takes the device for one call, unless it is busy or has been told to say so.
func (t *Terminal) occupy() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refusals > 0 {
		t.refusals--
		return false
	}
	taken := !t.busy
	t.busy = true
	return taken
}

func (t *Terminal) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.busy = false
}

// Busy says whether a call or a customer occupies the device.
func (t *Terminal) Busy() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.busy
}
