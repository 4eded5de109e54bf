package ledger

import (
	"fmt"

	"github.com/google/uuid"

	"mofasa/billing/money"
)

// Trial is a trial balance: every account that was ever posted on, by name.
type Trial struct {
	Accounts []Total `json:"accounts"`
}

// Total is what one account has received in debit and in credit, both never negative, in rial.
type Total struct {
	Account Account    `json:"account"`
	Debit   money.Rial `json:"debit"`
	Credit  money.Rial `json:"credit"`
	Balance money.Rial `json:"balance"` // debit less credit
}

// Source is what caused entries.
type Source struct {
	Kind string
	ID   uuid.UUID
}

// Of is the balance of one account, 0 where it was never posted on.
func (t Trial) Of(account Account) money.Rial {
	for _, total := range t.Accounts {
		if total.Account == account {
			return total.Balance
		}
	}
	return 0
}

// Sum is all debit and all credit; in books that hold I1 the two are equal.
func (t Trial) Sum() (debit, credit money.Rial, err error) {
	for _, total := range t.Accounts {
		if debit, err = debit.Add(total.Debit); err != nil {
			return 0, 0, err
		}
		if credit, err = credit.Add(total.Credit); err != nil {
			return 0, 0, err
		}
	}
	return debit, credit, nil
}

// Validate refuses books whose postings do not sum to zero (I1).
func (t Trial) Validate() error {
	debit, credit, err := t.Sum()
	if err != nil {
		return err
	}
	if debit != credit {
		return fmt.Errorf("%w: debit %d, credit %d", errUnbalanced, debit, credit)
	}
	return nil
}

// add takes one account's sums, unless nothing was posted on it.
func (t *Trial) add(account Account, debit, credit money.Rial) error {
	if debit == 0 && credit == 0 {
		return nil
	}
	balance, err := debit.Sub(credit)
	t.Accounts = append(t.Accounts, Total{Account: account, Debit: debit, Credit: credit, Balance: balance})
	return err
}
