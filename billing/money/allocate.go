package money

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// ErrWeights says that nothing can be shared by the given weights: one is negative, or all are zero and the total is not.
var ErrWeights = errors.New("money: weights")

// Allocate shares total in proportion to weights by the largest remainder. The shares always sum to total, a zero weight
// gets zero, ties go to the earlier position, and a negative total is shared like its mirror. ErrWeights, or ErrOverflow
// where the weights do not sum up.
func Allocate(total Rial, weights []Rial) ([]Rial, error) {
	sum, err := weigh(weights)
	if err != nil {
		return nil, err
	}
	if sum == 0 {
		if total != 0 {
			return nil, fmt.Errorf("%w: all are zero", ErrWeights)
		}
		return make([]Rial, len(weights)), nil
	}
	magnitudes, left := floors(total.magnitude(), weights, uint64(sum))
	for _, m := range left {
		magnitudes[m]++
	}
	shares := make([]Rial, len(weights))
	for i, m := range magnitudes {
		if shares[i], err = signed(total < 0, m); err != nil {
			return nil, err
		}
	}
	return shares, nil
}

// floors gives each weight its whole share of total, and the positions that the units still left over go to.
func floors(total uint64, weights []Rial, sum uint64) (shares []uint64, left []int) {
	shares = make([]uint64, len(weights))
	remainders := make([]uint64, len(weights))
	left = make([]int, len(weights))
	rest := total
	for i, w := range weights {
		left[i] = i
		hi, lo := bits.Mul64(total, uint64(w))
		shares[i], remainders[i] = bits.Div64(hi, lo, sum)
		rest -= shares[i]
	}
	slices.SortStableFunc(left, func(a, b int) int { return cmp.Compare(remainders[b], remainders[a]) })
	return shares, left[:rest]
}

func weigh(weights []Rial) (Rial, error) {
	for i, w := range weights {
		if w < 0 {
			return 0, fmt.Errorf("%w: %d at %d", ErrWeights, w, i)
		}
	}
	return Sum(weights...)
}
