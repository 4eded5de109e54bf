package terminal

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// call is one connection: WAIT_INM, WAIT_REQUEST, BUSY, WAIT_ACK, closed.
type call struct {
	*Terminal
	link net.Conn
	ctx  context.Context
}

// idle is how long the device waits for the next word of the PC: our choice.
const idle = 30 * time.Second

func (c *call) run() {
	if !c.greeted() {
		return
	}
	defer c.leave()
	request, err := c.hear(idle)
	for errors.Is(err, errSpoilt) || err == nil && request.kind == hello { // a repeated INM is answered again
		answer := byte(no)
		if err == nil {
			answer = yes
		}
		c.say("000", answer, nil)
		request, err = c.hear(idle)
	}
	if err != nil || request.kind != asked {
		return
	}
	switch request.version {
	case "000":
		c.sell(request.data)
	case "002":
		c.report(request.data)
	default:
		c.say(request.version, no, nil)
	}
}

// greeted waits for an INM that finds the device free. A caller that is refused may ask again on the same connection.
func (c *call) greeted() bool {
	for {
		first, err := c.hear(idle)
		switch {
		case errors.Is(err, errSpoilt):
			c.say("000", no, nil)
		case err != nil || first.kind != hello:
			return false
		case c.occupy():
			c.say("000", yes, nil)
			return true
		default:
			c.say("000", no, nil)
		}
	}
}

func (c *call) hear(patience time.Duration) (packet, error) {
	_ = c.link.SetReadDeadline(time.Now().Add(patience))
	return unpack(c.link)
}

// say writes one packet. A PC that has gone does not stop the device.
func (c *call) say(version string, kind byte, data []byte) { c.put(pack(version, kind, data)) }

func (c *call) put(raw []byte) { _, _ = c.link.Write(raw) }

// silence keeps the connection open without a word until the PC gives up.
func (c *call) silence() {
	_ = c.link.SetReadDeadline(time.Time{})
	_, _ = io.Copy(io.Discard, c.link)
}

// customer waits while somebody finds the card and the PIN. It says whether the PC has cancelled meanwhile; a PC that only hung up changes nothing for the customer.
func (c *call) customer(takes time.Duration) (cancelled bool) {
	until := time.Now().Add(takes)
	word, err := c.hear(takes)
	switch {
	case err == nil && word.kind == stop:
		return true
	case errors.Is(err, os.ErrDeadlineExceeded):
		return false
	}
	select {
	case <-time.After(time.Until(until)):
	case <-c.ctx.Done():
	}
	return false
}

// delivered sends the final answer as often as it is asked for with NACK, and says whether it was acknowledged. Without an ACK the payment stands: our choice.
func (c *call) delivered(send func()) bool {
	const attempts, patience = 3, 5 * time.Second
	for range attempts {
		send()
		word, err := c.hear(patience)
		if err == nil && word.kind == yes {
			return true
		}
		if err != nil && !errors.Is(err, errSpoilt) {
			return false
		}
	}
	return false
}
