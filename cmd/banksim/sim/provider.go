package sim

import "time"

// Provider is whose wire a session speaks.
type Provider string

// The providers.
const (
	SEP      Provider = "sep"
	Zarinpal Provider = "zarinpal"
	Mellat   Provider = "mellat"
)

// verifyWindow is how long a paid session waits for its verification, from the payment. Zarinpal publishes none: our choice.
func (p Provider) verifyWindow() time.Duration {
	switch p {
	case Zarinpal:
		return 15 * time.Minute
	case Mellat:
		return 20 * time.Minute
	default:
		return 30 * time.Minute
	}
}

// open keeps a new session under a scenario: the one that was arranged, or what its amount chooses. The bend says how the call is to be
// answered; unless it was done, no session exists. Under CallbackEarly it is paid and the merchant called back before open returns.
func (s *Server) open(t *Transaction, life time.Duration, token func() string) Bend {
	bend := s.create(t, life, token)
	if bend.done() && t.Scenario.Callback == CallbackEarly {
		s.callBack(*t)
	}
	return bend
}

func (s *Server) create(t *Transaction, life time.Duration, token func() string) Bend {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byOrder[t.Terminal+"/"+t.ResNum] != "" && t.Provider == Mellat {
		return Bend{Way: WayCode, Code: mellatDuplicate}
	}
	if len(s.next) > 0 {
		t.Scenario, s.next = s.next[0], s.next[1:]
	} else if s.options.Magic {
		t.Scenario = magicScenario(t.Amount)
	}
	bend := t.bend(CallToken)
	if !bend.done() {
		return bend
	}
	t.State, t.Token, t.CreatedAt = StateToken, token(), s.now()
	t.ExpiresAt = t.CreatedAt.Add(life)
	if t.Scenario.Callback == CallbackEarly {
		s.charge(t, t.CreatedAt)
	}
	kept := *t
	s.save(&kept)
	return bend
}
