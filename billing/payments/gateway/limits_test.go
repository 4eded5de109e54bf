package gateway_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	const own = "IR080170000000100200300400"
	limits := gateway.Limits{MaxSplits: 3, MinAmount: 1_000, MaxAmount: 1 << 62, MinSplit: 100, OwnAccount: own, OwnPercent: 1}
	with := func(mine, theirs money.Rial) gateway.StartRequest {
		r := request(mine+theirs, theirs)
		r.Splits = append(r.Splits, gateway.Split{IBAN: own, Amount: mine})
		return r
	}
	for name, test := range map[string]struct {
		request gateway.StartRequest
		field   string
	}{
		"undivided":                 {request(1_000), ""},
		"too small":                 {request(999), "amount"},
		"too large":                 {request(1<<62 + 1), "amount"},
		"one percent":               {with(100, 9_900), ""},
		"a rial less":               {with(99, 9_901), "splits"},
		"none of it ours":           {request(1_000, 400, 600), "splits"},
		"small row":                 {with(9_901, 99), "splits[0].amount"},
		"our own may be small":      {with(99, 9_801), ""},
		"no overflow in percentage": {with(1<<61, 1<<61), ""},
		"the port's rules as well":  {request(1_000, 999), "splits"},
	} {
		field := ""
		var invalid *gateway.Invalid
		if err := limits.Check(test.request); errors.As(err, &invalid) {
			field = invalid.Field
		}
		if field != test.field {
			t.Errorf("%s: blames %q, want %q", name, field, test.field)
		}
	}
}

// Exactly those splits pass of which the own account keeps its percentage, compared without division.
func TestOwnPercentProperty(t *testing.T) {
	t.Parallel()
	const own = "IR080170000000100200300400"
	rapid.Check(t, func(t *rapid.T) {
		mine, theirs := rapid.Int64Range(1, 1<<40).Draw(t, "mine"), rapid.Int64Range(1, 1<<40).Draw(t, "theirs")
		percent := rapid.Int64Range(0, 100).Draw(t, "percent")
		r := request(money.Rial(mine+theirs), money.Rial(theirs))
		r.Splits = append(r.Splits, gateway.Split{IBAN: own, Amount: money.Rial(mine)})
		err := gateway.Limits{MaxSplits: 2, OwnAccount: own, OwnPercent: percent}.Check(r)
		if enough := mine*100 >= (mine+theirs)*percent; enough != (err == nil) {
			t.Fatalf("%d of %d at %d %%: %v", mine, mine+theirs, percent, err)
		}
	})
}

func TestSecretsHide(t *testing.T) {
	t.Parallel()
	type config struct{ Password gateway.Secret }
	secret := config{"hunter2"}
	encoded, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "config", secret, "password", secret.Password)
	printed := fmt.Sprintf("%v %+v %#v %s %q %x %s %s", secret, secret, secret, secret.Password, secret.Password, secret.Password, encoded, logged.String())
	if strings.Contains(printed, "hunter2") || strings.Contains(printed, fmt.Sprintf("%x", "hunter2")) {
		t.Errorf("printed: %s", printed)
	}
	if secret.Password.Reveal() != "hunter2" {
		t.Error("the wire does not get it")
	}
}

func TestMeaning(t *testing.T) {
	t.Parallel()
	codes := []gateway.Code{{Value: "1", Means: map[gateway.Operation]gateway.Outcome{gateway.OpVerify: gateway.IsRefused}}}
	for _, c := range []struct {
		op    gateway.Operation
		value string
		want  gateway.Outcome
	}{{gateway.OpVerify, "1", gateway.IsRefused}, {gateway.OpStart, "1", gateway.IsUncertain}, {gateway.OpVerify, "2", gateway.IsUncertain}, {gateway.OpVerify, "", gateway.IsUncertain}} {
		if got := gateway.Meaning(codes, c.op, c.value); got != c.want {
			t.Errorf("%s %s: %s", c.op, c.value, got)
		}
	}
}
