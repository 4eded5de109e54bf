package impact

import (
	"bytes"
	"cmp"
	"container/heap"
	"slices"

	"mofasa/billing/money"
)

// largest keeps the LargestKept largest changes that it is offered, the smallest of them first (container/heap).
type largest []Change

// offer keeps the change if it is among the largest. What the order of offers is does not matter: no two changes are equal in rank.
func (l *largest) offer(c Change) {
	if len(*l) < LargestKept {
		*l = append(*l, c)
		heap.Fix(l, len(*l)-1)
		return
	}
	if rank(&c, &(*l)[0]) < 0 {
		(*l)[0] = c
		heap.Fix(l, 0)
	}
}

// admits says whether a change of this size may be among the largest, before anybody makes one of it.
func (l largest) admits(difference money.Rial) bool {
	return len(l) < LargestKept || difference >= l[0].size()
}

// sorted lists the changes, the largest first.
func (l largest) sorted() []Change {
	list := slices.Clone(l)
	slices.SortFunc(list, func(a, b Change) int { return rank(&a, &b) })
	if list == nil {
		list = largest{}
	}
	return list
}

// rank orders by the size of the difference, the largest first, then by vehicle, year and municipality.
func rank(a, b *Change) int {
	return cmp.Or(cmp.Compare(b.size(), a.size()), bytes.Compare(a.VehicleID[:], b.VehicleID[:]), cmp.Compare(a.Year, b.Year), cmp.Compare(a.MunicipalityID, b.MunicipalityID))
}

func (c *Change) size() money.Rial { return size(c.Before, c.After) }

// size is the absolute difference; it cannot overflow, since neither side is negative.
func size(before, after money.Rial) money.Rial { return max(after-before, before-after) }

// Len, Less, Swap, Push and Pop are for container/heap.
func (l largest) Len() int           { return len(l) }
func (l largest) Less(i, j int) bool { return rank(&l[i], &l[j]) > 0 }
func (l largest) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }

// Push adds at the end.
func (l *largest) Push(c any) { *l = append(*l, c.(Change)) }

// Pop takes from the end.
func (l *largest) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
