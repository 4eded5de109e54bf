package gateways

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/payments/gateway"
	"mofasa/tenants/approvals"
	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// Service changes the registry. Every change is asked for by one person and carried out when another one approves it.
type Service struct {
	tx       *scope.Runner
	ring     *privacy.Keyring
	hosts    Hosts
	standard name
}

// NewService binds the use cases. Standard is the platform's terminal by configuration, which no home gets.
func NewService(tx *scope.Runner, ring *privacy.Keyring, hosts Hosts, standard gateway.Gateway) *Service {
	s := &Service{tx: tx, ring: ring, hosts: hosts}
	if standard != nil {
		s.standard = name{standard.Provider(), standard.Terminal()}
	}
	return s
}

// Application asks for a terminal in the place of what is open for a home.
type Application struct {
	MunicipalityID int // 0: the platform
	Provider       string
	Number         string
	Settings       Settings
	Secrets        Secrets
	Reason         string
	Key            scope.Key
}

// changeLife is how long a second person has.
const changeLife = 14 * 24 * time.Hour

// change is what a request holds: no secret, and no copy of what the terminal's row says.
type change struct {
	Gateway      uuid.UUID `json:"gateway"`
	Municipality int       `json:"municipality_code"`
	Provider     string    `json:"provider"`
	Terminal     string    `json:"terminal"`
	Settings     Settings  `json:"settings"`
	To           State     `json:"to"`
}

// List reads the registry by home, newest first. in must be the platform.
func (s *Service) List(ctx context.Context, in scope.Scope) (list []Terminal, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		found, err := every(tx)
		list = make([]Terminal, len(found))
		for i, f := range found {
			list[i] = f.Terminal
		}
		return err
	})
	return list, err
}

// Ask leaves a terminal to a second person. It happens once per key. Errors: gateway_settings, gateway_city, gateway_own_share, gateway_terminal_taken, approval_reason.
func (s *Service) Ask(ctx context.Context, in scope.Scope, a Application) (t Terminal, err error) {
	if err := a.Secrets.suit(a.Provider); err != nil {
		return Terminal{}, err
	}
	if (name{a.Provider, a.Number}) == s.standard {
		return Terminal{}, ErrTaken.On("terminal")
	}
	g, err := s.hosts.build(Terminal{Provider: a.Provider, Number: a.Number, Settings: a.Settings}, a.Secrets)
	if err != nil {
		return Terminal{}, err
	}
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		t, err = scope.Once(tx, a.Key, func() (Terminal, error) { return s.ask(tx, a, line{g, a.Settings}) })
		return err
	})
	return t, err
}

func (s *Service) ask(tx *scope.Tx, a Application, l line) (Terminal, error) {
	t := Terminal{MunicipalityID: a.MunicipalityID, ID: tx.NewID(), Provider: a.Provider, Number: a.Number, Settings: a.Settings, State: Asked, AskedBy: tx.Actor.ID, AskedAt: tx.Now}
	if err := fits(tx, t, l); err != nil {
		return t, err
	}
	envelope, err := a.Secrets.seal(s.ring, t.ID)
	if err != nil {
		return t, err
	}
	if err := insert(tx, t, envelope); err != nil {
		return t, err
	}
	return request(tx, t, Open, a.Reason)
}

// fits holds a terminal against its home: it is nobody else's, and its money reaches the home's accounts.
func fits(tx *scope.Tx, t Terminal, l line) error {
	var ibans []string
	if t.MunicipalityID != 0 {
		var err error
		if ibans, err = accounts(tx, t.MunicipalityID); err != nil {
			return fault.OnField(err, "municipality_code")
		}
	}
	if !l.serves(t.MunicipalityID, ibans) {
		return ErrOwnShare.On("settings")
	}
	taken, err := busy(tx, t)
	if err == nil && taken {
		return ErrTaken.On("terminal")
	}
	return err
}

// AskToClose leaves the closing of an open terminal to a second person. Its home's bills then go over the platform's; payments that are under way are brought to their
// end. It happens once per key. Errors: gateway_unknown, gateway_state, approval_pending, approval_reason.
func (s *Service) AskToClose(ctx context.Context, in scope.Scope, id uuid.UUID, reason string, key scope.Key) (t Terminal, err error) {
	err = s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		t, err = scope.Once(tx, key, func() (Terminal, error) {
			found, err := lock(tx, id)
			if err != nil {
				return Terminal{}, err
			}
			if found.State != Open {
				return Terminal{}, ErrState
			}
			return request(tx, found.Terminal, Closed, reason)
		})
		return err
	})
	return t, err
}

// request opens the approval of a change.
func request(tx *scope.Tx, t Terminal, to State, reason string) (Terminal, error) {
	home, summary := "the platform", fault.Text{FA: "سکو", EN: "the platform"}
	if t.MunicipalityID != 0 {
		home = strconv.Itoa(t.MunicipalityID)
		summary = fault.Text{FA: "شهرداری " + home, EN: "municipality " + home}
	}
	verb := fault.Text{FA: "باز", EN: "Open"}
	if to == Closed {
		verb = fault.Text{FA: "بسته", EN: "Close"}
	}
	waiting, err := approvals.Open(tx, approvals.Request{Target: approvals.Target{Kind: approvals.GatewayChange, ID: t.ID.String()},
		Summary: fault.Text{FA: fmt.Sprintf("پایانهٔ %s در %s برای %s %s می‌شود.", t.Number, t.Provider, summary.FA, verb.FA),
			EN: fmt.Sprintf("%s terminal %s at %s for %s.", verb.EN, t.Number, t.Provider, summary.EN)},
		Payload: change{Gateway: t.ID, Municipality: t.MunicipalityID, Provider: t.Provider, Terminal: t.Number, Settings: t.Settings, To: to}, Reason: reason, Life: changeLife})
	if err != nil {
		return t, err
	}
	t.Approval = waiting.ID
	return t, audit.Write(tx, audit.Record{Action: "gateway.asked", TargetKind: "gateway", TargetID: t.ID.String(), Municipality: t.MunicipalityID,
		Details: map[string]any{"approval": waiting.ID, "to": to, "provider": t.Provider, "terminal": t.Number, "home": home}})
}

// Carry does what a second person has approved. It is the approvals.Execute of approvals.GatewayChange. Errors: gateway_unknown, gateway_state, gateway_city,
// gateway_own_share, gateway_terminal_taken.
func Carry(tx *scope.Tx, approved approvals.Approval) error {
	var c change
	if err := json.Unmarshal(approved.Payload, &c); err != nil {
		return fmt.Errorf("decode request for a gateway: %w", err)
	}
	found, err := lock(tx, c.Gateway)
	if err != nil {
		return err
	}
	from := map[State]State{Open: Asked, Closed: Open}[c.To]
	if found.State != from {
		return ErrState
	}
	if c.To == Open {
		if err := open(tx, found.Terminal); err != nil {
			return err
		}
	}
	if err := move(tx, found.Terminal, c.To); err != nil {
		return err
	}
	return audit.Write(tx, audit.Record{Action: "gateway." + string(c.To), TargetKind: "gateway", TargetID: c.Gateway.String(), Municipality: found.MunicipalityID,
		Details: map[string]any{"approval": approved.ID, "provider": found.Provider, "terminal": found.Number}})
}

// open holds a terminal against its home once more, whose accounts may be others by now, and takes the place of what is open there.
func open(tx *scope.Tx, t Terminal) error {
	const nowhere = "https://nowhere.invalid" // nobody is called: only limits are asked for
	hosts := Hosts{SEP: nowhere, Zarinpal: nowhere, Mellat: nowhere, Now: func() time.Time { return tx.Now }}
	g, err := hosts.build(t, Secrets{MerchantID: "00000000-0000-0000-0000-000000000000", UserName: "x", Password: "x"})
	if err != nil {
		return err
	}
	if err := fits(tx, t, line{g, t.Settings}); err != nil {
		return err
	}
	return closeHome(tx, t.MunicipalityID)
}
