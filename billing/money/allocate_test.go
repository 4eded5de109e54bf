package money_test

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/money"
)

func TestAllocateByHand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		total         money.Rial
		weights, want []money.Rial
	}{
		{10, []money.Rial{1, 1, 1}, []money.Rial{4, 3, 3}},
		{11, []money.Rial{1, 1, 1}, []money.Rial{4, 4, 3}},
		{-10, []money.Rial{1, 1, 1}, []money.Rial{-4, -3, -3}},
		{100, []money.Rial{0, 1, 0, 2}, []money.Rial{0, 33, 0, 67}},
		{1, []money.Rial{0, 5, 5}, []money.Rial{0, 1, 0}},
		{0, []money.Rial{3, 4}, []money.Rial{0, 0}},
		{0, []money.Rial{0, 0}, []money.Rial{0, 0}},
		{0, nil, []money.Rial{}},
		{math.MaxInt64, []money.Rial{math.MaxInt64}, []money.Rial{math.MaxInt64}},
		{math.MinInt64, []money.Rial{math.MaxInt64}, []money.Rial{math.MinInt64}},
	} {
		got, err := money.Allocate(c.total, c.weights)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("Allocate(%d, %v) = %v, %v; want %v", c.total, c.weights, got, err, c.want)
		}
	}
}

func TestAllocateRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		total   money.Rial
		weights []money.Rial
		want    error
	}{
		{10, []money.Rial{5, -1}, money.ErrWeights},
		{0, []money.Rial{-1}, money.ErrWeights},
		{10, []money.Rial{0, 0}, money.ErrWeights},
		{10, nil, money.ErrWeights},
		{10, []money.Rial{math.MaxInt64, 1}, money.ErrOverflow},
	} {
		if got, err := money.Allocate(c.total, c.weights); !errors.Is(err, c.want) || got != nil {
			t.Errorf("Allocate(%d, %v) = %v, %v; want %v", c.total, c.weights, got, err, c.want)
		}
	}
}

// A share is the exact quotient, cut or raised to a whole rial; a raised one never has a smaller remainder than a cut one.
func TestAllocateConservesAndIsFair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		total := money.Rial(rapid.OneOf(rapid.Int64(), rapid.Int64Range(-100, 100)).Draw(t, "total"))
		weight := rapid.Custom(func(t *rapid.T) money.Rial {
			return money.Rial(rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(0, math.MaxInt64/50)).Draw(t, "w"))
		})
		weights := append(rapid.SliceOfN(weight, 0, 20).Draw(t, "weights"), 1)
		shares, err := money.Allocate(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := money.Sum(shares...); err != nil || sum != total {
			t.Fatalf("shares %v sum to %d, %v; want %d", shares, sum, err, total)
		}
		sum, _ := money.Sum(weights...)
		raised, cut := -1, -1 // positions of the smallest remainder raised, of the largest one cut
		rests := make([]*big.Int, len(weights))
		for i, w := range weights {
			product := new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(int64(w)))
			floor, rest := new(big.Int).QuoRem(product.Abs(product), big.NewInt(int64(sum)), new(big.Int))
			rests[i] = rest
			over := new(big.Int).Sub(new(big.Int).Abs(big.NewInt(int64(shares[i]))), floor)
			switch {
			case over.Sign() == 0 && (cut < 0 || rest.Cmp(rests[cut]) > 0):
				cut = i
			case over.Cmp(big.NewInt(1)) == 0 && (raised < 0 || rest.Cmp(rests[raised]) <= 0):
				raised = i
			case over.Sign() != 0 && over.Cmp(big.NewInt(1)) != 0:
				t.Fatalf("share %d is %d, quotient %v", i, shares[i], floor)
			}
			if w == 0 && shares[i] != 0 {
				t.Fatalf("weight 0 got %d", shares[i])
			}
		}
		if raised >= 0 && cut >= 0 && (rests[raised].Cmp(rests[cut]) < 0 || rests[raised].Cmp(rests[cut]) == 0 && raised > cut) {
			t.Fatalf("position %d was raised before %d: %v", raised, cut, shares)
		}
	})
}

func TestAllocateAgainIsEqual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) money.Rial {
			return money.Rial(rapid.Int64Range(1, 3).Draw(t, "w"))
		}), 1, 30).Draw(t, "weights")
		before := slices.Clone(weights)
		first, err := money.Allocate(1000, weights)
		second, again := money.Allocate(1000, weights)
		if err != nil || again != nil || !slices.Equal(first, second) || !slices.Equal(weights, before) {
			t.Fatalf("%v, %v: %v then %v", err, again, first, second)
		}
	})
}

func FuzzAllocate(f *testing.F) {
	f.Add(int64(1000), int64(1), int64(2), int64(3))
	f.Add(int64(-7), int64(0), int64(1), int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, total, a, b, c int64) {
		shares, err := money.Allocate(money.Rial(total), []money.Rial{money.Rial(a), money.Rial(b), money.Rial(c)})
		if err != nil {
			return
		}
		if sum, err := money.Sum(shares...); err != nil || int64(sum) != total {
			t.Fatalf("%v sum to %d, %v", shares, sum, err)
		}
	})
}
