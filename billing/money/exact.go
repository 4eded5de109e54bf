package money

import "math/bits"

// scale is how many units of Exact make one rial.
const scale = 1_000_000_000_000_000_000

// Exact is a signed count of 10^-18 rial in 128 bits, up to ±1.7×10^20 rial: three chained PPM rates on a whole rial
// lose nothing. The zero value is zero; two equal amounts are ==. The lowest 128-bit number never occurs, so that every
// Exact has its negative.
type Exact struct {
	hi int64
	lo uint64
}

// Exact is r with room for fractions.
func (r Rial) Exact() Exact {
	hi, lo := bits.Mul64(r.magnitude(), scale)
	return compose(r < 0, hi, lo)
}

// Times applies a rate: e × rate / 1,000,000. ErrInexact where the result has a part below 10^-18 rial, ErrOverflow
// where it does not fit.
func (e Exact) Times(rate PPM) (Exact, error) {
	top, hi, lo := e.product(Rial(rate).magnitude())
	top, rem := bits.Div64(0, top, uint64(One))
	hi, rem = bits.Div64(rem, hi, uint64(One))
	lo, rem = bits.Div64(rem, lo, uint64(One))
	if top != 0 || hi>>63 != 0 {
		return Exact{}, ErrOverflow
	}
	if rem != 0 {
		return Exact{}, ErrInexact
	}
	return compose((e.hi < 0) != (rate < 0), hi, lo), nil
}

// TimesInt gives e × n, or ErrOverflow.
func (e Exact) TimesInt(n int64) (Exact, error) {
	top, hi, lo := e.product(Rial(n).magnitude())
	if top != 0 || hi>>63 != 0 {
		return Exact{}, ErrOverflow
	}
	return compose((e.hi < 0) != (n < 0), hi, lo), nil
}

// Add gives e+other, or ErrOverflow.
func (e Exact) Add(other Exact) (Exact, error) {
	lo, carry := bits.Add64(e.lo, other.lo, 0)
	hi, _ := bits.Add64(uint64(e.hi), uint64(other.hi), carry)
	sum := Exact{int64(hi), lo}
	if (e.hi < 0) == (other.hi < 0) && (e.hi < 0) != (sum.hi < 0) || sum == (Exact{-1 << 63, 0}) {
		return Exact{}, ErrOverflow
	}
	return sum, nil
}

// Sub gives e-other, or ErrOverflow.
func (e Exact) Sub(other Exact) (Exact, error) { return e.Add(other.neg()) }

// Cmp is -1, 0 or 1 as e is less than, equal to or more than other.
func (e Exact) Cmp(other Exact) int {
	switch {
	case e == other:
		return 0
	case e.hi < other.hi || e.hi == other.hi && e.lo < other.lo:
		return -1
	}
	return 1
}

// Sign is -1, 0 or 1 as e is negative, zero or positive.
func (e Exact) Sign() int { return e.Cmp(Exact{}) }

func (e Exact) neg() Exact {
	hi, lo := e.magnitude()
	return compose(e.hi >= 0, hi, lo)
}

// magnitude is |e| in two words.
func (e Exact) magnitude() (hi, lo uint64) {
	if e.hi >= 0 {
		return uint64(e.hi), e.lo
	}
	lo, borrow := bits.Sub64(0, e.lo, 0)
	hi, _ = bits.Sub64(0, uint64(e.hi), borrow)
	return hi, lo
}

// product is |e| × m in three words.
func (e Exact) product(m uint64) (top, hi, lo uint64) {
	eHi, eLo := e.magnitude()
	carry, lo := bits.Mul64(eLo, m)
	top, hi = bits.Mul64(eHi, m)
	hi, c := bits.Add64(hi, carry, 0)
	return top + c, hi, lo
}

// compose is the inverse of magnitude; the callers have checked that the sign bit of hi is free.
func compose(negative bool, hi, lo uint64) Exact {
	if !negative {
		return Exact{int64(hi), lo}
	}
	low, borrow := bits.Sub64(0, lo, 0)
	high, _ := bits.Sub64(0, hi, borrow)
	return Exact{int64(high), low}
}

// parts splits |e| into whole rial, whose bits above 64 are in wholeHi, and units of 10^-18 rial.
func (e Exact) parts() (wholeHi, whole, fraction uint64) {
	hi, lo := e.magnitude()
	whole, fraction = bits.Div64(hi%scale, lo, scale)
	return hi / scale, whole, fraction
}
