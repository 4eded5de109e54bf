package link

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mofasa/billing/payments/pcpos"
)

// Steps are told as a sale goes on. Sending must have recorded the sale before it returns nil; Answered must have recorded the answer before the terminal hears that we have it.
type Steps struct {
	Connected func()
	Sending   func() error
	Waiting   func()
	Answered  func(pcpos.Response) error
}

// Sell asks the terminal to take one sale, once. A nil error means that Answered has been told. ErrUnreachable, ErrBusy and ErrNotSent: the request never left. ErrRefused and
// ErrCancelled: the terminal says itself that it took nothing. Everything else: nobody can tell.
func (t Terminal) Sell(ctx context.Context, request pcpos.Frame, steps Steps) error {
	c, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	steps.Connected()
	if err := steps.Sending(); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	if err := c.send(request); err != nil {
		return unsure(err)
	}
	response, err := c.sold(steps.Waiting)
	if err != nil {
		return err
	}
	if err := steps.Answered(response); err != nil {
		return unsure(err)
	}
	_ = c.send(pcpos.Control(pcpos.Sadad, pcpos.ACK)) // the money has moved, whether or not the terminal hears this
	return nil
}

// sold waits for ACK and answer. An answer without ACK before it is an answer.
func (c *conversation) sold(waiting func()) (pcpos.Response, error) {
	repeats, acknowledged := 0, false
	patience := c.timers.Control * time.Duration(c.timers.Attempts) // the request itself is not repeated: a lost ACK could mean a second charge
	for {
		frame, err := c.hear(patience)
		switch {
		case errors.Is(err, pcpos.ErrDamaged):
		case err != nil:
			return pcpos.Response{}, unsure(err)
		case frame.Type == pcpos.RESPONSE:
			if response, err := pcpos.DecodeResponse(frame); err == nil {
				return response, nil
			}
		case frame.Type == pcpos.ACK && !acknowledged:
			acknowledged, patience = true, c.timers.Response
			waiting()
			continue
		case frame.Type == pcpos.EOT:
			return c.late(ErrCancelled)
		case frame.Type == pcpos.NACK && !acknowledged:
			return c.late(ErrRefused)
		default:
			continue // a repeated ACK, or a word that means nothing here
		}
		if repeats++; repeats >= c.timers.Attempts {
			return pcpos.Response{}, fmt.Errorf("%w: damaged %d times", ErrNonsense, repeats)
		}
		if err := c.send(pcpos.Control(pcpos.Sadad, pcpos.NACK)); err != nil {
			return pcpos.Response{}, unsure(err)
		}
		patience = c.timers.Repeat
	}
}

// late listens once more after the terminal gave up: an answer may have crossed its word.
func (c *conversation) late(refusal error) (pcpos.Response, error) {
	for {
		frame, err := c.hear(c.timers.Late)
		if errors.Is(err, pcpos.ErrDamaged) || errors.Is(err, ErrNonsense) {
			return pcpos.Response{}, unsure(err) // something was said that nobody can read
		}
		if err != nil {
			return pcpos.Response{}, refusal
		}
		if frame.Type == pcpos.RESPONSE {
			response, err := pcpos.DecodeResponse(frame)
			if err != nil {
				return pcpos.Response{}, unsure(err)
			}
			return response, nil
		}
	}
}

// Ask calls a function of version 002 and gives its answer. ErrRefused where the terminal does not know the function.
func (t Terminal) Ask(ctx context.Context, call pcpos.Call) (pcpos.Call, error) {
	request, err := call.Frame(pcpos.REQUEST)
	if err != nil {
		return pcpos.Call{}, err
	}
	c, err := t.dial(ctx)
	if err != nil {
		return pcpos.Call{}, err
	}
	defer c.close()
	if err := c.send(request); err != nil {
		return pcpos.Call{}, unsure(err)
	}
	patience := c.timers.Control
	for damaged := 0; damaged < c.timers.Attempts; {
		frame, err := c.hear(patience)
		switch {
		case errors.Is(err, pcpos.ErrDamaged):
			damaged++
			_ = c.send(pcpos.Control(pcpos.Sadad, pcpos.NACK))
		case err != nil:
			return pcpos.Call{}, unsure(err)
		case frame.Type == pcpos.ACK:
			patience = c.timers.Report
		case frame.Type == pcpos.NACK, frame.Type == pcpos.EOT:
			return pcpos.Call{}, ErrRefused
		case frame.Type == pcpos.RESPONSE:
			answer, err := pcpos.DecodeCall(frame)
			if err != nil || answer.Function != call.Function.Answer() {
				return pcpos.Call{}, fmt.Errorf("%w: answer %04d to %04d, %w", ErrNonsense, answer.Function, call.Function, errors.Join(err, pcpos.ErrData))
			}
			_ = c.send(pcpos.Control(pcpos.Sadad, pcpos.ACK))
			return answer, nil
		}
	}
	return pcpos.Call{}, ErrNonsense
}
