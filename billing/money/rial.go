// Package money keeps rial exact: whole rial for what is paid, 10^-18 rial for what is computed on the way, and named
// functions where rounding or sharing happens. Nothing in it is a float, and nothing in it is lost silently.
package money

import (
	"errors"
	"fmt"
	"math"
)

// Rial is a whole number of Iranian rial; negative amounts are credits and the far side of a posting.
type Rial int64

// PPM is a rate in parts per million: 1/1000 is 1000, 2 % is 20000, 100 % is One.
type PPM int64

// One is the rate of 100 %.
const One PPM = 1_000_000

// ErrOverflow says that a result does not fit its type. It is a defect or an absurd input, never a rounding.
var ErrOverflow = errors.New("money: overflow")

// ErrInexact says that a rate would leave a remainder below 10^-18 rial.
var ErrInexact = errors.New("money: inexact")

// Add gives r+other, or ErrOverflow.
func (r Rial) Add(other Rial) (Rial, error) {
	sum := r + other
	if (sum > r) != (other > 0) && other != 0 {
		return 0, ErrOverflow
	}
	return sum, nil
}

// Sub gives r-other, or ErrOverflow.
func (r Rial) Sub(other Rial) (Rial, error) {
	diff := r - other
	if (diff < r) != (other > 0) && other != 0 {
		return 0, ErrOverflow
	}
	return diff, nil
}

// Sum adds all amounts in order, or fails with ErrOverflow at the first partial sum that does not fit.
func Sum(amounts ...Rial) (Rial, error) {
	var total Rial
	for i, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return 0, fmt.Errorf("sum of %d amounts at %d: %w", len(amounts), i, err)
		}
	}
	return total, nil
}

// magnitude is |r|; unlike -r it is right for the smallest int64, too.
func (r Rial) magnitude() uint64 {
	if r < 0 {
		return -uint64(r)
	}
	return uint64(r)
}

// signed is the Rial of a sign and a magnitude, or ErrOverflow.
func signed(negative bool, magnitude uint64) (Rial, error) {
	if negative && magnitude <= 1<<63 {
		return Rial(-magnitude), nil
	}
	if magnitude > math.MaxInt64 {
		return 0, ErrOverflow
	}
	return Rial(magnitude), nil
}
