package bills

import "mofasa/billing/money"

// Numbering says how a municipality's bills are numbered.
type Numbering struct {
	Company int   // its three-digit informatics code
	Prefix  int   // the two digits before its serials
	Serial  int64 // from 1
}

// The serial fills the six digits after the prefix; what overflows goes into the three free digits of the payment ID, so a
// municipality has a thousand million bills per prefix before a pair repeats.
const (
	serialsInFile   = 1_000_000
	serialsInPeriod = 100
	serialsInYear   = 10
)

// Number makes the bill ID and payment ID of a municipal demand (service type 6).
// Source: «مستندات طرح هماهنگ پرداخت الکترونیکی قبوض», informatics commission of the banks, 1385.
func (n Numbering) Number(amount money.Rial) (Pair, error) {
	file := n.Prefix*serialsInFile + int(n.Serial%serialsInFile)
	overflow := int(n.Serial / serialsInFile)
	bill, err := NewBillID(file, n.Company, Municipality)
	if err != nil {
		return Pair{}, err
	}
	payment, err := NewPaymentID(bill, amount, overflow/serialsInPeriod%serialsInYear, overflow%serialsInPeriod)
	if err != nil {
		return Pair{}, err
	}
	return Pair{Bill: bill, Payment: payment}, nil
}
