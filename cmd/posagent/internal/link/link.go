// Package link is the agent's side of the wire to a card terminal (Sadad PcPos 1.5 over TCP): one connection per operation, every wait bounded, nothing repeated that
// could charge twice. It decides nothing: it says what was heard, and whether the request may have reached the terminal.
package link

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"mofasa/billing/payments/pcpos"
)

// Timers are the waits of the protocol. Standard gives those of the document.
type Timers struct {
	Connect  time.Duration // until the connection stands
	Control  time.Duration // for one ACK
	Attempts int           // of an INM, and of waits for an ACK
	Response time.Duration // for the answer to a sale: the customer looks for card and PIN
	Repeat   time.Duration // for an answer that was asked for again
	Late     time.Duration // for an answer that crosses a cancel
	Report   time.Duration // for the answer to a function
	Total    time.Duration // for one connection, whatever is said on it
}

// Standard are the waits of PcPos 1.5: 5 s three times for control frames, 180 s for the answer, then 5 s twice, 190 s in all.
func Standard() Timers {
	return Timers{Connect: 5 * time.Second, Control: 5 * time.Second, Attempts: 3, Response: 180 * time.Second, Repeat: 5 * time.Second, Late: 10 * time.Second, Report: 15 * time.Second, Total: 190 * time.Second}
}

// Terminal is one device at a TCP address.
type Terminal struct {
	Address string // host:port
	Timers  Timers
}

// What a terminal can be said to have done.
var (
	ErrUnreachable = errors.New("link: the terminal cannot be reached")                           // nothing was sent
	ErrBusy        = errors.New("link: the terminal is not ready")                                // NACK to INM; nothing was sent
	ErrRefused     = errors.New("link: the terminal refused the request")                         // NACK
	ErrCancelled   = errors.New("link: the customer cancelled at the terminal")                   // EOT
	ErrSilent      = errors.New("link: the terminal does not answer in time")                     // anything may have happened
	ErrNonsense    = errors.New("link: the terminal answers with something that is no answer")    // likewise
	ErrNotSent     = errors.New("link: the request was withheld, since it could not be recorded") // nothing was sent
)

// conversation is one connection.
type conversation struct {
	connection net.Conn
	reader     *bufio.Reader
	timers     Timers
	stop       func()
}

// dial connects and says hello until the terminal is ready. ErrUnreachable and ErrBusy: nothing was asked of it.
func (t Terminal) dial(ctx context.Context) (*conversation, error) {
	const keepAlive = 15 * time.Second
	dialer := net.Dialer{Timeout: t.Timers.Connect, KeepAlive: keepAlive}
	connection, err := dialer.DialContext(ctx, "tcp", t.Address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	c := &conversation{connection: connection, reader: bufio.NewReader(connection), timers: t.Timers}
	bounded, cancel := context.WithTimeout(ctx, t.Timers.Total)
	context.AfterFunc(bounded, func() { _ = connection.Close() })
	c.stop = cancel
	if err := c.greet(); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *conversation) close() {
	_ = c.connection.Close()
	c.stop()
}

func (c *conversation) greet() error {
	refused := false
	for range c.timers.Attempts {
		if err := c.send(pcpos.Control(pcpos.Sadad, pcpos.INM)); err != nil {
			return fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		answer, err := c.hear(c.timers.Control)
		switch {
		case err == nil && answer.Type == pcpos.ACK:
			return nil
		case err == nil && answer.Type == pcpos.NACK:
			refused = true
			time.Sleep(c.timers.Control / 10)
		case err != nil && !timedOut(err) && !errors.Is(err, pcpos.ErrDamaged):
			return fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
	}
	if refused {
		return ErrBusy
	}
	return fmt.Errorf("%w: no ACK", ErrUnreachable)
}

func (c *conversation) send(f pcpos.Frame) error {
	raw, err := f.Encode()
	if err != nil {
		return err
	}
	if err := c.connection.SetWriteDeadline(time.Now().Add(c.timers.Control)); err != nil {
		return err
	}
	_, err = c.connection.Write(raw)
	return err
}

// hear waits for one frame to begin, and then for all of it. Errors: a timeout or a closed connection where nothing was said, pcpos.ErrDamaged for a frame that can be asked
// for again, ErrNonsense for anything that leaves the connection useless.
func (c *conversation) hear(patience time.Duration) (pcpos.Frame, error) {
	const feed = '\n' // what a serial link adds after each message
	if err := c.connection.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return pcpos.Frame{}, err
	}
	for {
		first, err := c.reader.Peek(1)
		if err != nil {
			return pcpos.Frame{}, err
		}
		if first[0] != feed {
			break
		}
		_, _ = c.reader.Discard(1)
	}
	f, err := pcpos.ReadFrame(c.reader)
	if err != nil && !errors.Is(err, pcpos.ErrDamaged) {
		return pcpos.Frame{}, fmt.Errorf("%w: %w", ErrNonsense, err)
	}
	return f, err
}

// timedOut holds for a wait in which nothing was said.
func timedOut(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, ErrNonsense)
}

// unsure is what is left of any failure after the request has left.
func unsure(err error) error {
	if errors.Is(err, ErrNonsense) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrSilent, err)
}
