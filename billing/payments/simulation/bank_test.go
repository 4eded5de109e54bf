package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

// saleState is where a sale stands in the bank's own books.
type saleState string

const (
	isOpen      saleState = "open"
	isPaid      saleState = "paid"
	isVerified  saleState = "verified"
	isCancelled saleState = "cancelled"
	isLapsed    saleState = "lapsed"
	isReturned  saleState = "returned" // the card has its money back
)

// sale is one session in the bank's books.
type sale struct {
	token, reference, ours string
	amount, charged        money.Rial
	state                  saleState
	began, paid            time.Time
	callbacks              int // that the payer's browser still brings
}

// kept is what the bank holds for us of it.
func (s *sale) kept() money.Rial {
	if s.state == isVerified {
		return s.charged
	}
	return 0
}

// manners are what providers differ in.
type manners struct {
	forgets    bool // a receipt is told for an hour only
	bare       bool // a second claim is answered without details
	repeats    bool // … or with them, but as "repeated"
	strict     bool // … or, after the window, as "too late", though the first was in time
	late       bool // a smaller amount shows only in the claim's answer
	byMerchant bool // its callbacks name our number and no token
}

// bank is a provider with books of its own. Its calls lose what the seed says.
type bank struct {
	mu     sync.Mutex
	s      *sched
	rng    *rand.Rand
	now    func() time.Time
	ways   manners
	faults bool
	sales  []*sale
}

const (
	provider = "sim"
	terminal = "1"
	payFor   = 20 * time.Minute
	claimFor = 30 * time.Minute
)

func (b *bank) Provider() string { return provider }

func (b *bank) Terminal() string { return terminal }

func (b *bank) Limits() gateway.Limits { return gateway.Limits{MaxSplits: 2} }

var errLost = errors.New("connection reset")

// call stops its task before and after the effect, and loses the question or the answer where the seed says so. A task whose process dies has done what it has done.
func (b *bank) call(ctx context.Context, op gateway.Operation, effect func() (string, error)) error {
	t := taskOf(ctx)
	lost := &gateway.Uncertain{Op: op, Reason: "no answer", Err: errLost}
	if t != nil && !b.s.stop(t, "bank "+string(op)) {
		return lost
	}
	b.mu.Lock()
	way := 99
	if b.faults {
		way = b.rng.IntN(10)
	}
	var err error
	said := "is never asked"
	if way > 0 {
		said, err = effect()
	}
	b.s.say("    bank %s: %s", op, said)
	b.mu.Unlock()
	if t != nil && !b.s.stop(t, "bank answers "+string(op)) || way <= 1 {
		return lost
	}
	return err
}

func (b *bank) Start(ctx context.Context, r gateway.StartRequest) (session gateway.Session, err error) {
	err = b.call(ctx, gateway.OpStart, func() (string, error) {
		if b.faults && b.rng.IntN(20) == 0 {
			return "refused", &gateway.Refused{Op: gateway.OpStart, Code: "-1"}
		}
		s := &sale{token: fmt.Sprintf("%s-%d", r.MerchantReference, len(b.sales)), ours: r.MerchantReference, amount: r.Amount, charged: r.Amount, state: isOpen, began: b.now()}
		b.sales = append(b.sales, s)
		session = gateway.Session{Token: s.token, RedirectURL: "http://bank/" + s.token, ExpiresIn: payFor}
		return fmt.Sprintf("opened over %d", s.amount), nil
	})
	if err != nil {
		return gateway.Session{}, err
	}
	return session, nil
}

// find looks a sale up as it stands now.
func (b *bank) find(token string) *sale {
	for _, s := range b.sales {
		if s.token != token {
			continue
		}
		switch now := b.now(); {
		case s.state == isOpen && now.After(s.began.Add(payFor)):
			s.state = isLapsed
		case s.state == isPaid && now.After(s.paid.Add(claimFor)):
			s.state = isReturned
		}
		return s
	}
	return nil
}

func (b *bank) answer(s *sale, state gateway.State) gateway.Answer {
	a := gateway.Answer{State: state, Reference: s.reference, MerchantReference: s.ours, Terminal: terminal, Amount: s.amount, Affective: s.charged, RRN: "rrn-" + s.reference}
	if b.ways.late && state == gateway.Paid {
		a.Affective = s.amount
	}
	return a
}

func (b *bank) Inquire(ctx context.Context, _ string, asked gateway.Sale) (a gateway.Answer, err error) {
	err = b.call(ctx, gateway.OpInquire, func() (string, error) {
		s := b.find(asked.Token)
		if s == nil || b.ways.forgets && b.now().After(s.began.Add(time.Hour)) {
			a = gateway.Answer{State: gateway.NotFound}
			return "not found", nil
		}
		a = b.answer(s, map[saleState]gateway.State{isOpen: gateway.Pending, isPaid: gateway.Paid, isVerified: gateway.Verified, isCancelled: gateway.Cancelled,
			isLapsed: gateway.Failed, isReturned: gateway.Reversed}[s.state])
		return string(s.state), nil
	})
	if err != nil {
		return gateway.Answer{}, err
	}
	return a, nil
}

func (b *bank) Verify(ctx context.Context, reference string, asked gateway.Sale) (a gateway.Answer, err error) {
	err = b.call(ctx, gateway.OpVerify, func() (string, error) {
		s := b.find(asked.Token)
		switch {
		case s == nil || s.reference != reference:
			a = gateway.Answer{State: gateway.NotFound}
			return "not found", nil
		case s.state == isPaid:
			s.state = isVerified
			a = b.answer(s, gateway.Verified)
		case s.state == isVerified:
			a = b.again(s)
		case s.state == isReturned:
			a = b.answer(s, gateway.Expired)
		default:
			a = gateway.Answer{State: gateway.NotFound}
		}
		return fmt.Sprintf("%s, answers %s", s.state, a.State), nil
	})
	if err != nil {
		return gateway.Answer{}, err
	}
	return a, nil
}

func (b *bank) again(s *sale) gateway.Answer {
	switch {
	case b.ways.strict && b.now().After(s.paid.Add(claimFor)):
		return b.answer(s, gateway.Expired)
	case b.ways.bare:
		return gateway.Answer{State: gateway.Repeated}
	case b.ways.repeats:
		return b.answer(s, gateway.Repeated)
	}
	return b.answer(s, gateway.Verified)
}

func (b *bank) Reverse(ctx context.Context, reference string, asked gateway.Sale) (a gateway.Answer, err error) {
	err = b.call(ctx, gateway.OpReverse, func() (string, error) {
		s := b.find(asked.Token)
		if s == nil || s.reference != reference || s.state != isVerified && s.state != isReturned {
			a = gateway.Answer{State: gateway.NotFound}
			return "not found", nil
		}
		s.state = isReturned
		a = b.answer(s, gateway.Reversed)
		return "returned", nil
	})
	return a, err
}

// pay presses a button on the page of a session: mostly the card is charged in whole, sometimes in part, and once in a while under the number of another sale.
func (b *bank) pay(token string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.find(token)
	if s.state != isOpen {
		return "finds the page " + string(s.state)
	}
	s.callbacks = b.rng.IntN(4)
	way := b.rng.IntN(24)
	if way < 3 {
		s.state = isCancelled
		return "cancels"
	}
	s.state, s.paid, s.reference = isPaid, b.now(), fmt.Sprintf("ref-%s", s.token)
	switch {
	case way < 6:
		s.charged -= 1000
		return "is charged 1,000 less"
	case way == 6 && len(b.sales) > 1 && b.sales[0] != s && b.sales[0].reference != "":
		s.reference = b.sales[0].reference
		return "pays under another sale's number"
	}
	return "pays"
}
