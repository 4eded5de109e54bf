package pcpos

import (
	"fmt"
	"strconv"
	"strings"

	"mofasa/billing/money"
	"mofasa/tenants/identifiers"
)

// MaxAccounts is how many accounts one sale can be divided among (PcPos 1.5, optional field 1).
const MaxAccounts = 10

// RowType says how an account is named.
type RowType int

// The row types of PcPos 1.5. A private or public row is a number in the terminal's own table of accounts.
const (
	PrivateRow RowType = 1
	PublicRow  RowType = 2
	IBANRow    RowType = 3
)

// Account is what one account receives of a sale: named by its IBAN ("IR" and 24 digits), or by a row of the terminal's table, 1 to 9999.
type Account struct {
	Type   RowType    `json:"type"`
	IBAN   string     `json:"iban,omitempty"`
	Row    int        `json:"row,omitempty"`
	Amount money.Rial `json:"amount_rial"`
}

const (
	byAmount   = '5' // the layout in use: amounts, not percents
	splitWidth = 12
	ibanWidth  = 26
	maxRow     = 9999
)

// EncodeAccounts lays out the optional field 1 by amounts (mode 5). ErrData: more than ten rows, an unsound IBAN or row, or amounts that do not sum to exactly the total;
// the terminal would answer code 30.
func EncodeAccounts(accounts []Account, total money.Rial) (string, error) {
	if err := checkAccounts(accounts, total); err != nil {
		return "", err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%c%02d", byAmount, len(accounts))
	for _, a := range accounts {
		name := a.IBAN
		if a.Type != IBANRow {
			name = fmt.Sprintf("%04d", a.Row)
		}
		fmt.Fprintf(&text, "%d%s%0*d", a.Type, name, splitWidth, a.Amount)
	}
	return text.String(), nil
}

func checkAccounts(accounts []Account, total money.Rial) error {
	if len(accounts) == 0 || len(accounts) > MaxAccounts {
		return fmt.Errorf("%w: %d accounts", ErrData, len(accounts))
	}
	rest := total
	for i, a := range accounts {
		if !a.named() || a.Amount <= 0 || a.Amount > rest {
			return fmt.Errorf("%w: account %d", ErrData, i+1)
		}
		rest -= a.Amount
	}
	if rest != 0 {
		return fmt.Errorf("%w: the accounts fall %d rial short", ErrData, rest)
	}
	return nil
}

func (a Account) named() bool {
	switch a.Type {
	case IBANRow:
		iban, err := identifiers.ParseIBAN(a.IBAN)
		return err == nil && iban.String() == a.IBAN && a.Row == 0
	case PrivateRow, PublicRow:
		return a.Row >= 1 && a.Row <= maxRow && a.IBAN == ""
	}
	return false
}

// DecodeAccounts reads what EncodeAccounts wrote for the same total, and refuses anything else with ErrData.
func DecodeAccounts(text string, total money.Rial) ([]Account, error) {
	if len(text) < 3 || text[0] != byAmount {
		return nil, fmt.Errorf("%w: accounts are not given by amount", ErrData)
	}
	count, ok := number(text[1:3])
	if !ok {
		return nil, fmt.Errorf("%w: count of accounts", ErrData)
	}
	rest := text[3:]
	accounts := make([]Account, count)
	for i := range accounts {
		if accounts[i], rest, ok = decodeAccount(rest); !ok {
			return nil, fmt.Errorf("%w: account %d", ErrData, i+1)
		}
	}
	if rest != "" {
		return nil, fmt.Errorf("%w: %d bytes after the accounts", ErrData, len(rest))
	}
	return accounts, checkAccounts(accounts, total)
}

func decodeAccount(text string) (Account, string, bool) {
	if text == "" {
		return Account{}, "", false
	}
	a := Account{Type: RowType(text[0] - '0')}
	width := 4
	if a.Type == IBANRow {
		width = ibanWidth
	}
	text = text[1:]
	if len(text) < width+splitWidth {
		return Account{}, "", false
	}
	name, digits := text[:width], text[width:width+splitWidth]
	amount, ok := number(digits)
	a.Amount = money.Rial(amount)
	if a.Type == IBANRow {
		a.IBAN = name
	} else if row, err := strconv.Atoi(name); err != nil || !isDigits(name) {
		ok = false
	} else {
		a.Row = row
	}
	return a, text[width+splitWidth:], ok
}
