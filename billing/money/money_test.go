package money_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

var scale = new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil)

// limit is 2^127: no Exact reaches it.
var limit = new(big.Int).Lsh(big.NewInt(1), 127)

func fits(n *big.Int) bool { return new(big.Int).Abs(n).Cmp(limit) < 0 }

// unscaled reads an exact decimal back as a count of 10^-18 rial.
func unscaled(t interface{ Fatalf(string, ...any) }, e money.Exact) *big.Int {
	r, ok := new(big.Rat).SetString(e.String())
	if !ok {
		t.Fatalf("not a decimal: %q", e.String())
	}
	r.Mul(r, new(big.Rat).SetInt(scale))
	if !r.IsInt() {
		t.Fatalf("finer than 10^-18: %q", e.String())
	}
	return r.Num()
}

// fromUnits makes the Exact of a count of 10^-18 rial below 2^127.
func fromUnits(n *big.Int) money.Exact {
	whole, units := new(big.Int).QuoRem(n, scale, new(big.Int))
	twentieth, rest := new(big.Int).QuoRem(whole, big.NewInt(20), new(big.Int))
	wide, _ := money.Rial(twentieth.Int64()).Exact().TimesInt(20)
	wide, _ = wide.Add(money.Rial(rest.Int64()).Exact())
	grains := money.Rial(units.Int64()).Exact()
	for range 3 {
		grains, _ = grains.Times(1)
	}
	sum, err := wide.Add(grains)
	if err != nil {
		panic(err)
	}
	return sum
}

// anyExact draws a value over the whole range: whole rial, a few decimals, or any 128 bits.
func anyExact(t *rapid.T, label string) money.Exact {
	switch rapid.IntRange(0, 2).Draw(t, label+" kind") {
	case 0:
		return money.Rial(rapid.Int64().Draw(t, label)).Exact()
	case 1:
		e := money.Rial(rapid.Int64().Draw(t, label)).Exact()
		for range rapid.IntRange(1, 3).Draw(t, label+" rates") {
			if finer, err := e.Times(money.PPM(rapid.Int64Range(-3_000_000, 3_000_000).Draw(t, label+" rate"))); err == nil {
				e = finer
			}
		}
		return e
	}
	n := new(big.Int).SetUint64(rapid.Uint64Range(0, 1<<63-1).Draw(t, label+" hi"))
	n.Add(n.Lsh(n, 64), new(big.Int).SetUint64(rapid.Uint64().Draw(t, label+" lo")))
	if rapid.Bool().Draw(t, label+" negative") {
		n.Neg(n)
	}
	return fromUnits(n)
}

// agree checks a checked operation against the true result: equal where it fits, ErrOverflow where it does not.
func agree(t *rapid.T, what string, got money.Exact, err error, want *big.Int) {
	t.Helper()
	switch {
	case !fits(want):
		if !errors.Is(err, money.ErrOverflow) {
			t.Fatalf("%s = %v, %v; want overflow of %v", what, got, err, want)
		}
	case err != nil:
		t.Fatalf("%s failed with %v; want %v", what, err, want)
	case unscaled(t, got).Cmp(want) != 0:
		t.Fatalf("%s = %v; want %v × 10^-18", what, got, want)
	}
}

func TestExactAgreesWithBigIntegers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyExact(t, "a"), anyExact(t, "b")
		n := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1000, 1000)).Draw(t, "n")
		x, y := unscaled(t, a), unscaled(t, b)

		sum, err := a.Add(b)
		agree(t, "a+b", sum, err, new(big.Int).Add(x, y))
		diff, err := a.Sub(b)
		agree(t, "a-b", diff, err, new(big.Int).Sub(x, y))
		product, err := a.TimesInt(n)
		agree(t, "a×n", product, err, new(big.Int).Mul(x, big.NewInt(n)))
		if a.Cmp(b) != x.Cmp(y) || a.Sign() != x.Sign() || (a == b) != (x.Cmp(y) == 0) {
			t.Fatalf("Cmp %d Sign %d of %v and %v", a.Cmp(b), a.Sign(), a, b)
		}
	})
}

func TestTimesIsExactOrRefuses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := anyExact(t, "e")
		rate := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-5_000_000, 5_000_000)).Draw(t, "rate")
		want, rest := new(big.Int).QuoRem(new(big.Int).Mul(unscaled(t, e), big.NewInt(rate)), big.NewInt(1_000_000), new(big.Int))
		got, err := e.Times(money.PPM(rate))
		if fits(want) && rest.Sign() != 0 {
			if !errors.Is(err, money.ErrInexact) {
				t.Fatalf("%v × %d ppm = %v, %v; want inexact", e, rate, got, err)
			}
			return
		}
		agree(t, "e×rate", got, err, want)
	})
}

func TestThreeRatesOnAWholeRialAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := money.Rial(rapid.Int64().Draw(t, "rial")).Exact()
		for range 3 {
			var err error
			rate := rapid.Int64Range(-1_000_000, 1_000_000).Draw(t, "rate")
			if e, err = e.Times(money.PPM(rate)); err != nil {
				t.Fatalf("rate %d: %v", rate, err)
			}
		}
	})
}

// roundBig is the definition of the modes on rationals.
func roundBig(x *big.Rat, unit int64, mode money.Rounding) *big.Int {
	units := new(big.Rat).Quo(new(big.Rat).Abs(x), new(big.Rat).SetInt64(unit))
	whole, rest := new(big.Int).QuoRem(units.Num(), units.Denom(), new(big.Int))
	half := new(big.Int).Lsh(rest, 1).Cmp(units.Denom())
	if mode == money.Up && rest.Sign() > 0 || mode == money.HalfUp && half >= 0 ||
		mode == money.HalfEven && (half > 0 || half == 0 && whole.Bit(0) == 1) {
		whole.Add(whole, big.NewInt(1))
	}
	whole.Mul(whole, big.NewInt(unit))
	if x.Sign() < 0 {
		whole.Neg(whole)
	}
	return whole
}

var modes = []money.Rounding{money.Up, money.Down, money.HalfUp, money.HalfEven}

func TestRoundAgreesWithItsDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// Small values on small units meet ties and neighbours of ties often.
		e := rapid.OneOf(
			rapid.Custom(func(t *rapid.T) money.Exact { return anyExact(t, "e") }),
			rapid.Custom(func(t *rapid.T) money.Exact {
				half, _ := money.Rial(rapid.Int64Range(-3000, 3000).Draw(t, "halves")).Exact().Times(500_000)
				grain, _ := money.Rial(rapid.Int64Range(-1, 1).Draw(t, "grain")).Exact().Times(1)
				sum, _ := half.Add(grain)
				return sum
			})).Draw(t, "value")
		unit := rapid.OneOf(rapid.SampledFrom([]int64{1, 2, 3, 5, 10, 100, 1000}), rapid.Int64Range(1, math.MaxInt64)).Draw(t, "unit")
		mode := rapid.SampledFrom(modes).Draw(t, "mode")
		exact := new(big.Rat).SetFrac(unscaled(t, e), scale)
		want := roundBig(exact, unit, mode)
		got, err := e.Round(money.Rial(unit), mode)
		whole := new(big.Int).Quo(exact.Num(), exact.Denom())
		if !want.IsInt64() || whole.CmpAbs(big.NewInt(math.MaxInt64)) > 0 {
			if !errors.Is(err, money.ErrOverflow) {
				t.Fatalf("%v to %d %s = %d, %v; want overflow", e, unit, mode, got, err)
			}
			return
		}
		if err != nil || int64(got) != want.Int64() {
			t.Fatalf("%v to %d %s = %d, %v; want %v", e, unit, mode, got, err, want)
		}
	})
}

func TestRoundByHand(t *testing.T) {
	t.Parallel()
	// In tenths of a rial, so that "15" is 1.5 rial.
	for _, c := range []struct{ tenths, up, down, halfUp, halfEven int64 }{
		{0, 0, 0, 0, 0}, {1, 1, 0, 0, 0}, {5, 1, 0, 1, 0}, {6, 1, 0, 1, 1}, {10, 1, 1, 1, 1}, {15, 2, 1, 2, 2}, {25, 3, 2, 3, 2},
		{-1, -1, 0, 0, 0}, {-5, -1, 0, -1, 0}, {-15, -2, -1, -2, -2}, {-25, -3, -2, -3, -2},
	} {
		e, err := money.Rial(c.tenths).Exact().Times(100_000)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []int64{c.up, c.down, c.halfUp, c.halfEven} {
			if got, err := e.Round(1, modes[i]); err != nil || int64(got) != want {
				t.Errorf("%v %s = %d, %v; want %d", e, modes[i], got, err, want)
			}
		}
	}
}

func TestRoundRefuses(t *testing.T) {
	t.Parallel()
	for _, unit := range []money.Rial{0, -1000} {
		if _, err := money.Rial(1).Exact().Round(unit, money.Up); err == nil {
			t.Errorf("unit %d passed", unit)
		}
	}
	if _, err := money.Rial(1).Exact().Round(1, "nearest"); fault.Of(err) == nil || fault.Of(err).Code != "money_rounding" {
		t.Errorf("unknown mode: %v", err)
	}
	if _, err := money.Rial(math.MaxInt64).Exact().Round(1000, money.Up); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("up from the largest rial: %v", err)
	}
	if got, err := money.Rial(math.MinInt64).Exact().Round(1, money.Up); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("the smallest rial has no mirror, so its whole part does not fit: %d, %v", got, err)
	}
}

func TestRoundingInJSON(t *testing.T) {
	t.Parallel()
	for _, mode := range modes {
		text, err := json.Marshal(mode)
		if err != nil {
			t.Fatal(err)
		}
		var back money.Rounding
		if err := json.Unmarshal(text, &back); err != nil || back != mode {
			t.Errorf("%s came back as %q, %v", mode, back, err)
		}
	}
	for _, bad := range []string{`""`, `"UP"`, `"nearest"`} {
		var mode money.Rounding
		if err := json.Unmarshal([]byte(bad), &mode); err == nil || mode != "" {
			t.Errorf("%s passed as %q", bad, mode)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		base                    money.Rial
		rates                   []money.PPM
		factor                  int64
		decimal, english, farsi string
	}{
		{0, nil, 1, "0", "0", "۰"},
		{1573456789, []money.PPM{1000}, 1, "1573456.789", "1,573,456.789", "۱٬۵۷۳٬۴۵۶٫۷۸۹"},
		{-1, []money.PPM{500_000}, 1, "-0.5", "-0.5", "-۰٫۵"},
		{1, []money.PPM{1, 1, 1}, 1, "0.000000000000000001", "0.000000000000000001", "۰٫۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۰۱"},
		{-1000, nil, 1, "-1000", "-1,000", "-۱٬۰۰۰"},
		{999, nil, 1, "999", "999", "۹۹۹"},
		{math.MaxInt64, nil, 18, "166020696663385964526", "166,020,696,663,385,964,526", "۱۶۶٬۰۲۰٬۶۹۶٬۶۶۳٬۳۸۵٬۹۶۴٬۵۲۶"},
		{math.MinInt64, nil, 1, "-9223372036854775808", "-9,223,372,036,854,775,808", "-۹٬۲۲۳٬۳۷۲٬۰۳۶٬۸۵۴٬۷۷۵٬۸۰۸"},
		{1_000_000_000_000_000_000, nil, 100, "100000000000000000000", "100,000,000,000,000,000,000", "۱۰۰٬۰۰۰٬۰۰۰٬۰۰۰٬۰۰۰٬۰۰۰٬۰۰۰"},
	} {
		e, err := c.base.Exact().TimesInt(c.factor)
		for _, rate := range c.rates {
			if err == nil {
				e, err = e.Times(rate)
			}
		}
		if err != nil || e.String() != c.decimal || e.English() != c.english || e.Persian() != c.farsi {
			t.Errorf("%v, %v: %q %q %q", e, err, e.String(), e.English(), e.Persian())
		}
	}
	if got := money.Rial(-1574000).Persian() + " " + money.Rial(1574000).English(); got != "-۱٬۵۷۴٬۰۰۰ 1,574,000" {
		t.Error(got)
	}
	if got := money.PersianDigits("plate 12 / ۳٬۴"); got != "plate ۱۲ / ۳٬۴" {
		t.Error(got)
	}
}

func TestRatePerWhole(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate  money.PPM
		whole int64
		want  string
	}{{1500, 1000, "1.5"}, {1000, 1000, "1"}, {20000, 100, "2"}, {1, 100, "0.0001"}, {money.One, 100, "100"}, {math.MaxInt64, 1_000_000, "9223372036854775807"}} {
		if got := c.rate.Per(c.whole).String(); got != c.want {
			t.Errorf("%d ppm per %d = %s, want %s", c.rate, c.whole, got, c.want)
		}
	}
}

func TestEdgeOf128Bits(t *testing.T) {
	t.Parallel()
	grain, wide := fromUnits(big.NewInt(1)), fromUnits(new(big.Int).Mul(scale, big.NewInt(18*math.MaxInt32)))
	wide, err := wide.TimesInt(math.MaxInt32 * 2)
	if err != nil {
		t.Fatal(err)
	}
	largest := fromUnits(new(big.Int).Sub(limit, big.NewInt(1)))
	if largest.String() != "170141183460469231731.687303715884105727" {
		t.Fatal(largest)
	}
	third := new(big.Int).SetBytes([]byte("UUUUUUUU\xff\xff\xff\xff\xff\xff\xff\xff")) // its triple carries into the third word
	smallest, err := money.Exact{}.Sub(largest)
	if err != nil || smallest.String() != "-"+largest.String() || smallest.Cmp(largest) != -1 {
		t.Fatalf("%v, %v", smallest, err)
	}
	for name, do := range map[string]func() (money.Exact, error){
		"largest + grain":    func() (money.Exact, error) { return largest.Add(grain) },
		"smallest - grain":   func() (money.Exact, error) { return smallest.Sub(grain) },
		"smallest - largest": func() (money.Exact, error) { return smallest.Sub(largest) },
		"wide × 1.1":         func() (money.Exact, error) { return wide.Times(1_100_000) },
		"wide × 2":           func() (money.Exact, error) { return wide.TimesInt(2) },
		"wide × 3":           func() (money.Exact, error) { return wide.TimesInt(-3) },
		"third × 3":          func() (money.Exact, error) { return fromUnits(third).TimesInt(3) },
		"largest × largest":  func() (money.Exact, error) { return largest.TimesInt(math.MaxInt64) },
	} {
		if got, err := do(); !errors.Is(err, money.ErrOverflow) {
			t.Errorf("%s = %v, %v", name, got, err)
		}
	}
}

func TestRialArithmeticIsChecked(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		for _, op := range []struct {
			name string
			do   func(money.Rial) (money.Rial, error)
			want *big.Int
		}{
			{"add", money.Rial(a).Add, new(big.Int).Add(big.NewInt(a), big.NewInt(b))},
			{"sub", money.Rial(a).Sub, new(big.Int).Sub(big.NewInt(a), big.NewInt(b))},
		} {
			got, err := op.do(money.Rial(b))
			if op.want.IsInt64() != (err == nil) || err == nil && int64(got) != op.want.Int64() {
				t.Fatalf("%s(%d, %d) = %d, %v; want %v", op.name, a, b, got, err, op.want)
			}
		}
	})
}

func TestSum(t *testing.T) {
	t.Parallel()
	if got, err := money.Sum(); got != 0 || err != nil {
		t.Errorf("empty: %d, %v", got, err)
	}
	if got, err := money.Sum(5, -7, 10); got != 8 || err != nil {
		t.Errorf("5-7+10: %d, %v", got, err)
	}
	if _, err := money.Sum(math.MaxInt64, 1, -1); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("overflow: %v", err)
	}
}

// Not parallel: AllocsPerRun counts the whole process.
func TestArithmeticDoesNotAllocate(t *testing.T) {
	base := money.Rial(1573456789)
	allocations := testing.AllocsPerRun(100, func() {
		e, _ := base.Exact().Times(1000)
		e, _ = e.TimesInt(12)
		e, _ = e.Add(base.Exact())
		if _, err := e.Round(1000, money.Up); err != nil {
			t.Fatal(err)
		}
	})
	if allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func FuzzTimes(f *testing.F) {
	f.Add(int64(1573456789), int64(1000), int64(100_000))
	f.Add(int64(math.MinInt64), int64(-1), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, rial, first, second int64) {
		e, err := money.Rial(rial).Exact().Times(money.PPM(first))
		want := new(big.Int).Mul(big.NewInt(rial), big.NewInt(first))
		want.Mul(want, big.NewInt(1_000_000_000_000))
		if fits(want) != (err == nil) || err == nil && unscaled(t, e).Cmp(want) != 0 {
			t.Fatalf("%d × %d ppm = %v, %v; want %v", rial, first, e, err, want)
		}
		if err != nil {
			return
		}
		want.Mul(want, big.NewInt(second)).Quo(want, big.NewInt(1_000_000))
		e, err = e.Times(money.PPM(second))
		if fits(want) != (err == nil) || err == nil && unscaled(t, e).Cmp(want) != 0 {
			t.Fatalf("… × %d ppm = %v, %v; want %v", second, e, err, want)
		}
	})
}
