package gateway_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
)

const iban = "IR430610000000700800900100"

func request(amount money.Rial, parts ...money.Rial) gateway.StartRequest {
	r := gateway.StartRequest{MerchantReference: "1", Amount: amount, CallbackURL: "https://pay.example.ir/cb"}
	for _, part := range parts {
		r.Splits = append(r.Splits, gateway.Split{IBAN: iban, Amount: part})
	}
	return r
}

func TestValidate(t *testing.T) {
	t.Parallel()
	changed := func(change func(*gateway.StartRequest)) gateway.StartRequest {
		r := request(10, 4, 6)
		change(&r)
		return r
	}
	tests := map[string]struct {
		request gateway.StartRequest
		field   string // "" where it is valid
	}{
		"one account":         {request(10), ""},
		"two accounts":        {request(10, 4, 6), ""},
		"as many as may be":   {request(3, 1, 1, 1), ""},
		"one too many":        {request(4, 1, 1, 1, 1), "splits"},
		"short":               {request(12, 7, 4), "splits"},
		"over":                {request(10, 7, 4), "splits"},
		"zero row":            {request(10, 10, 0), "splits[1].amount"},
		"negative row":        {request(10, -1, 11), "splits[0].amount"},
		"wraps around":        {request(10, 1<<62, 1<<62, 1<<62), "splits"},
		"wraps to the amount": {request(10, 1<<63-1, 1<<63-1, 12), "splits"},
		"no amount":           {request(0), "amount"},
		"negative amount":     {request(-5), "amount"},
		"wrong check digit":   {changed(func(r *gateway.StartRequest) { r.Splits[1].IBAN = iban[:25] + "1" }), "splits[1].iban"},
		"lower-case IBAN":     {changed(func(r *gateway.StartRequest) { r.Splits[0].IBAN = "ir" + iban[2:] }), "splits[0].iban"},
		"spaced IBAN":         {changed(func(r *gateway.StartRequest) { r.Splits[0].IBAN = iban + " " }), "splits[0].iban"},
		"blank reference":     {changed(func(r *gateway.StartRequest) { r.MerchantReference = " " }), "merchant_reference"},
		"relative callback":   {changed(func(r *gateway.StartRequest) { r.CallbackURL = "/cb" }), "callback_url"},
		"script callback":     {changed(func(r *gateway.StartRequest) { r.CallbackURL = "javascript://x/y" }), "callback_url"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			field := ""
			var invalid *gateway.Invalid
			if err := test.request.Validate(3); errors.As(err, &invalid) {
				field = invalid.Field
			} else if err != nil {
				t.Fatalf("error %T, want *Invalid", err)
			}
			if field != test.field {
				t.Fatalf("blames %q, want %q", field, test.field)
			}
		})
	}
}

// The IBANs of persian-tools' tests are accepted; modulus 97 finds every single wrong digit in them.
func TestValidateIBANVectors(t *testing.T) {
	t.Parallel()
	for _, sound := range []string{
		"IR820540102680020817909002", "IR550570022080013447370101", "IR790610000000700796858044", "IR930150000001351800087201",
	} {
		r := request(1, 1)
		r.Splits[0].IBAN = sound
		if err := r.Validate(1); err != nil {
			t.Errorf("%s: %v", sound, err)
		}
		for i := 2; i < len(sound); i++ {
			for digit := byte('0'); digit <= '9'; digit++ {
				r.Splits[0].IBAN = sound[:i] + string(digit) + sound[i+1:]
				if digit != sound[i] && r.Validate(1) == nil {
					t.Errorf("%s is accepted in place of %s", r.Splits[0].IBAN, sound)
				}
			}
		}
	}
}

// Splits are accepted exactly when they are positive and sum to the amount; one rial more or less is refused.
func TestValidateSumProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.Int64Range(1, 1<<40), 1, 9).Draw(t, "parts")
		var amount money.Rial
		rows := make([]money.Rial, len(parts))
		for i, part := range parts {
			rows[i] = money.Rial(part)
			amount += rows[i]
		}
		if err := request(amount, rows...).Validate(9); err != nil {
			t.Fatalf("exact sum: %v", err)
		}
		if request(amount+1, rows...).Validate(9) == nil || request(max(amount-1, 1), rows...).Validate(9) == nil && amount > 1 {
			t.Fatal("a sum that is one rial off was accepted")
		}
	})
}

func TestMatches(t *testing.T) {
	t.Parallel()
	sale := gateway.Sale{Token: "t", MerchantReference: "m", Amount: 100}
	same := gateway.Answer{Reference: "r", Terminal: "7", Amount: 100, Affective: 100}
	changed := func(change func(*gateway.Answer)) gateway.Answer {
		a := same
		change(&a)
		return a
	}
	tests := map[string]struct {
		answer gateway.Answer
		fields []string
	}{
		"ours":                {same, nil},
		"repeats our number":  {changed(func(a *gateway.Answer) { a.MerchantReference = "m" }), nil},
		"other number":        {changed(func(a *gateway.Answer) { a.MerchantReference = "n" }), []string{"merchant_reference"}},
		"cheaper sale":        {changed(func(a *gateway.Answer) { a.Amount, a.Affective = 99, 99 }), []string{"amount", "affective_amount"}},
		"discounted":          {changed(func(a *gateway.Answer) { a.Affective = 90 }), []string{"affective_amount"}},
		"other merchant":      {changed(func(a *gateway.Answer) { a.Terminal = "8" }), []string{"terminal"}},
		"other sale":          {changed(func(a *gateway.Answer) { a.Reference = "s" }), []string{"reference"}},
		"silent":              {gateway.Answer{}, []string{"reference", "terminal", "amount", "affective_amount"}},
		"reference only case": {changed(func(a *gateway.Answer) { a.Reference = "R" }), []string{"reference"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var fields []string
			var mismatch *gateway.Mismatch
			if errors.As(test.answer.Matches("r", "7", sale), &mismatch) {
				fields = mismatch.Fields
			}
			if !reflect.DeepEqual(fields, test.fields) {
				t.Fatalf("differs in %q, want %q", fields, test.fields)
			}
		})
	}
}

func TestErrorsTellCodeNotText(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection reset")
	uncertain := &gateway.Uncertain{Op: gateway.OpVerify, Status: 502, Code: "7", Reason: "no answer", Err: cause}
	if !errors.Is(uncertain, cause) {
		t.Error("the cause is lost")
	}
	for err, parts := range map[error][]string{
		uncertain: {"verify", "502", "7", "no answer", "connection reset"},
		&gateway.Refused{Op: gateway.OpStart, Code: "21", Text: "secret words"}:         {"start", "21"},
		&gateway.Misconfigured{Op: gateway.OpStart, Code: "-106", Text: "secret words"}: {"start", "-106"},
	} {
		for _, part := range parts {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q does not tell %q", err, part)
			}
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q tells the provider's words", err)
		}
	}
}
