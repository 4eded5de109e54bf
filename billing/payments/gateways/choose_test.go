package gateways

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
)

// Sound IBANs of nobody's.
const (
	iban1 = "IR080170000000100200300400"
	iban2 = "IR430610000000700800900100"
	iban3 = "IR490000000000000000000000"
)

// fake is a terminal with limits.
type fake struct {
	gateway.Gateway
	provider, terminal string
	limits             gateway.Limits
}

func (f *fake) Provider() string       { return f.provider }
func (f *fake) Terminal() string       { return f.terminal }
func (f *fake) Limits() gateway.Limits { return f.limits }

func sepLine(terminal string) line {
	return line{&fake{provider: SEP, terminal: terminal, limits: gateway.Limits{MaxSplits: 9}}, Settings{}}
}

func zarinpalLine(terminal, own string) line {
	return line{&fake{provider: Zarinpal, terminal: terminal, limits: gateway.Limits{MaxSplits: 6, MinSplit: 10_000, MaxAmount: 1_000_000_000, OwnAccount: own, OwnPercent: 1}}, Settings{OwnAccount: own}}
}

func mellatLine(terminal string, s Settings) line {
	most := 1
	if len(s.SubServices) > 0 {
		most = 10
	}
	return line{&fake{provider: Mellat, terminal: terminal, limits: gateway.Limits{MaxSplits: most}}, s}
}

func part(city int, iban string, amount money.Rial) payments.Part {
	return payments.Part{MunicipalityID: city, IBAN: iban, Amount: amount}
}

func TestChoice(t *testing.T) {
	t.Parallel()
	standard := sepLine("standard")
	m := market{platform: []line{standard}, cities: map[int]line{
		2: zarinpalLine("two", iban2), 3: mellatLine("three", Settings{OwnAccount: iban3}), 4: zarinpalLine("four", iban1),
		5: mellatLine("five", Settings{OwnAccount: iban1, SubServices: map[string]int64{iban1: 1, iban2: 2}}), 6: sepLine("six"),
	}}
	nine := make([]payments.Part, 9)
	for i := range nine {
		nine[i] = part(10+i, iban1, 1_000_000)
	}
	var many []payments.Part
	for range 10 {
		many = append(many, part(9, iban1, 1_000_000))
	}
	fee := &payments.Fee{IBAN: iban3, Amount: 120_000}
	for name, test := range map[string]struct {
		parts  []payments.Part
		fee    *payments.Fee
		want   string
		cities []int
	}{
		"cities without their own":                {[]payments.Part{part(1, iban1, 1_000_000), part(7, iban2, 2_000_000)}, nil, "standard", []int{1, 7}},
		"a city between others has its own":       {[]payments.Part{part(1, iban1, 1_000_000), part(2, iban2, 2_000_000), part(7, iban2, 2_000_000)}, nil, "standard", []int{1, 7}},
		"its turn comes first":                    {[]payments.Part{part(2, iban2, 2_000_000), part(7, iban2, 2_000_000)}, nil, "two", []int{2}},
		"its account has changed":                 {[]payments.Part{part(4, iban2, 2_000_000)}, nil, "standard", []int{4}},
		"more than its provider takes":            {[]payments.Part{part(2, iban2, 1_000_000_001)}, nil, "standard", []int{2}},
		"less than its provider takes":            {[]payments.Part{part(2, iban2, 2_000_000), part(2, iban1, 9_999)}, nil, "standard", []int{2}},
		"two accounts, a share for its own":       {[]payments.Part{part(2, iban2, 2_000_000), part(2, iban1, 2_000_000)}, nil, "two", []int{2}},
		"two accounts, too small a share":         {[]payments.Part{part(2, iban2, 10_000), part(2, iban1, 2_000_000)}, nil, "standard", []int{2}},
		"undivided to the terminal's own account": {[]payments.Part{part(3, iban3, 2_000_000)}, nil, "three", []int{3}},
		"undivided, but to another account":       {[]payments.Part{part(3, iban1, 2_000_000)}, nil, "standard", []int{3}},
		"undivided, but with a fee":               {[]payments.Part{part(3, iban3, 2_000_000)}, fee, "standard", []int{3}},
		"numbered accounts":                       {[]payments.Part{part(5, iban1, 2_000_000), part(5, iban2, 2_000_000)}, nil, "five", []int{5}},
		"an account without a number":             {[]payments.Part{part(5, iban1, 2_000_000), part(5, iban3, 2_000_000)}, nil, "standard", []int{5}},
		"a fee without a number":                  {[]payments.Part{part(5, iban1, 2_000_000)}, fee, "standard", []int{5}},
		"a fee beside a city's own":               {[]payments.Part{part(6, iban1, 2_000_000)}, fee, "six", []int{6}},
		"nine rows":                               {nine, nil, "standard", []int{10, 11, 12, 13, 14, 15, 16, 17, 18}},
		"nine rows and a fee":                     {nine, fee, "standard", []int{10, 11, 12, 13, 14, 15, 16, 17}},
		"a city that nobody takes":                {many, nil, "standard", nil},
		"a city that nobody takes before one":     {append(slices.Clone(many), part(11, iban1, 1_000_000)), nil, "standard", []int{11}},
	} {
		to, cities := m.choose(test.parts, test.fee)
		if to.Terminal() != test.want || !slices.Equal(cities, test.cities) {
			t.Errorf("%s: %s takes %v, want %s and %v", name, to.Terminal(), cities, test.want, test.cities)
		}
	}
}

// TestChoiceProperty: whatever is owed, payment after payment takes every city exactly once, and each fits into the terminal that takes it.
func TestChoiceProperty(t *testing.T) {
	t.Parallel()
	ibans := []string{iban1, iban2, iban3}
	rapid.Check(t, func(t *rapid.T) {
		m := market{platform: []line{sepLine("standard")}, cities: map[int]line{}}
		if rapid.Bool().Draw(t, "registered") {
			m.platform = append([]line{mellatLine("registered", Settings{OwnAccount: iban1, SubServices: map[string]int64{iban1: 1, iban2: 2}})}, m.platform...)
		}
		var parts []payments.Part
		total := map[int]bool{}
		for city := range rapid.IntRange(1, 25).Draw(t, "cities") {
			own := rapid.SampledFrom(ibans).Draw(t, "own")
			switch rapid.IntRange(0, 3).Draw(t, "provider") {
			case 1:
				m.cities[city] = zarinpalLine(fmt.Sprint("z", city), own)
			case 2:
				m.cities[city] = mellatLine(fmt.Sprint("m", city), Settings{OwnAccount: own})
			}
			for range rapid.IntRange(1, 3).Draw(t, "accounts") {
				parts = append(parts, part(city, rapid.SampledFrom(ibans).Draw(t, "iban"), money.Rial(rapid.Int64Range(1, 2_000_000).Draw(t, "thousands")*1000)))
			}
			total[city] = true
		}
		var fee *payments.Fee
		if rapid.Bool().Draw(t, "charged") {
			fee = &payments.Fee{IBAN: iban2, Amount: 120_000}
		}
		for len(parts) > 0 {
			to, cities := m.choose(parts, fee)
			var taken, left []payments.Part
			for _, p := range parts {
				if slices.Contains(cities, p.MunicipalityID) {
					taken = append(taken, p)
				} else {
					left = append(left, p)
				}
			}
			if len(taken) == 0 || !to.takes(taken, fee) {
				t.Fatalf("%s cannot take %v with %v", to.Terminal(), taken, fee)
			}
			for _, city := range cities {
				if !total[city] {
					t.Fatalf("city %d twice", city)
				}
				delete(total, city)
				if own, has := m.cities[city]; has && to.Gateway != own.Gateway && own.takes(slices.DeleteFunc(slices.Clone(taken), func(p payments.Part) bool { return p.MunicipalityID != city }), fee) {
					t.Fatalf("city %d has a terminal that takes its bill, and %s does", city, to.Terminal())
				}
			}
			parts, fee = left, nil
		}
	})
}
