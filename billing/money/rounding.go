package money

import (
	"fmt"
	"math"

	"mofasa/tenants/fault"
)

// Rounding names how a fraction of a unit goes away. Every mode treats a negative amount as the mirror of the positive one,
// so that a reversal has the size of what it reverses.
type Rounding string

// The modes. Up is the practice of most revenue offices; halves are for those that round to the nearest unit.
const (
	Up       Rounding = "up"        // away from zero
	Down     Rounding = "down"      // towards zero
	HalfUp   Rounding = "half_up"   // to the nearest unit, ties away from zero
	HalfEven Rounding = "half_even" // to the nearest unit, ties to the even multiple
)

var errRounding = fault.Define(fault.Invalid, "money_rounding",
	"شیوهٔ گرد کردن شناخته‌شده نیست؛ یکی از up، down، half_up یا half_even را بنویسید.",
	"Unknown rounding mode; use up, down, half_up or half_even.")

// Valid says whether m is one of the modes.
func (m Rounding) Valid() bool {
	return m == Up || m == Down || m == HalfUp || m == HalfEven
}

// UnmarshalText refuses an unknown mode with money_rounding.
func (m *Rounding) UnmarshalText(text []byte) error {
	if !Rounding(text).Valid() {
		return errRounding
	}
	*m = Rounding(text)
	return nil
}

// Round gives the multiple of unit (in rial, at least 1) that mode chooses for e. ErrOverflow where the whole rial of e or
// the result do not fit; money_rounding for an unknown mode.
func (e Exact) Round(unit Rial, mode Rounding) (Rial, error) {
	if unit < 1 {
		return 0, fmt.Errorf("money: rounding unit %d", unit)
	}
	if !mode.Valid() {
		return 0, errRounding
	}
	wholeHi, whole, fraction := e.parts()
	if wholeHi != 0 || whole > math.MaxInt64 {
		return 0, ErrOverflow
	}
	rest := whole % uint64(unit)
	rounded := whole - rest
	odd := rounded/uint64(unit)%2 == 1
	if (rest != 0 || fraction != 0) && mode.away(half(rest, fraction, uint64(unit)), odd) {
		rounded += uint64(unit)
	}
	return signed(e.hi < 0, rounded)
}

// away says whether the mode leaves zero behind, for a remainder that compares with half a unit as half says.
func (m Rounding) away(half int, odd bool) bool {
	switch m {
	case Up:
		return true
	case HalfUp:
		return half >= 0
	case HalfEven:
		return half > 0 || half == 0 && odd
	}
	return false
}

// half compares rest + fraction/scale with unit/2; rest is below unit and unit below 2^63, so doubling is safe.
func half(rest, fraction, unit uint64) int {
	doubled := 2 * rest
	switch {
	case doubled > unit || doubled == unit && fraction > 0:
		return 1
	case doubled == unit:
		return 0
	case unit-doubled > 1 || 2*fraction < scale:
		return -1
	case 2*fraction == scale:
		return 0
	}
	return 1
}
