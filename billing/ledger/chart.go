package ledger

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Account names one account in one set of books, as its Kind's pattern has it.
type Account string

// Platform is the municipality under which the platform's own books stand.
const Platform = 0

// Books says whose books they are.
type Books string

// The two sets of books. A city's hold what was paid to it; the platform's hold other people's money that the platform keeps, and its own fees.
const (
	OfCity     Books = "municipality"
	OfPlatform Books = "platform"
)

// BooksOf tells whose books stand under a municipality.
func BooksOf(municipality int) Books {
	if municipality == Platform {
		return OfPlatform
	}
	return OfCity
}

// Side is the side on which an account grows.
type Side string

// The sides. A debit is positive in a posting and in a balance, a credit negative.
const (
	Debit  Side = "debit"
	Credit Side = "credit"
)

// Kind is a line of the chart of accounts. In its Pattern <…> is a detail: <charge> and <code> a word like "annual_duty", <office> an office's id, <city> a
// municipality's code, <bank> an IBAN or a word.
type Kind struct {
	Pattern string
	Books   Books
	Side    Side
	NameFA  string
	NameEN  string
	Meaning string
}

// Chart is the chart of accounts: every kind of account there is, and in whose books. An account of no kind is never posted on.
func Chart() []Kind { return slices.Clone(chart[:]) }

// chart only grows: entries are for ever.
var chart = [...]Kind{
	{"revenue:<charge>", OfCity, Credit, "درآمد", "Revenue", "earned under one charge"},
	{"receivable:<code>", OfCity, Debit, "دریافتنی", "Receivable", "a provider has confirmed it and owes it to the city; receivable:correction is owed by payers"},
	{"clearing:<code>", OfCity, Debit, "در راه بانک", "In clearing", "the provider says that it has sent it, and the bank has not shown it yet"},
	{"bank:<bank>", OfCity, Debit, "بانک", "Bank", "arrived on the city's own account, by its bank's word"},
	{"office_fee:<office>", OfCity, Debit, "کارمزد دفتر", "Office's fee", "what the city leaves to the office of what it collected"},
	{"platform_fee", OfCity, Debit, "کارمزد سامانه", "Platform's fee", "what the city leaves to the platform"},
	{"payable:<code>", OfCity, Credit, "پرداختنی", "Payable", "owed by the city; payable:correction to payers who paid too much"},
	{"refunds_payable", OfCity, Credit, "استرداد پرداختنی", "Refunds payable", "to be given back to payers, and not given yet"},
	{"suspense", OfCity, Credit, "وجوه معلق", "Suspense", "on the city's account, and fits nothing"},

	{"receivable:<code>", OfPlatform, Debit, "دریافتنی", "Receivable", "a provider has confirmed it and owes it to the platform"},
	{"clearing:<code>", OfPlatform, Debit, "در راه بانک", "In clearing", "the provider says that it has sent it, and the bank has not shown it yet"},
	{"bank:<bank>", OfPlatform, Debit, "بانک", "Bank", "on the platform's account, by its bank's word"},
	{"deposit:<office>", OfPlatform, Credit, "سپردهٔ دفتر", "Office's deposit", "paid in advance by the office and not used: owed to it"},
	{"payable:city:<city>", OfPlatform, Credit, "بدهی به شهرداری", "Payable to a city", "collected for the city from a deposit, and not settled yet"},
	{"payable:<code>", OfPlatform, Credit, "پرداختنی", "Payable", "owed by the platform to somebody else"},
	{"refunds_payable", OfPlatform, Credit, "استرداد پرداختنی", "Refunds payable", "to be given back to payers, and not given yet"},
	{"office_fee:<office>", OfPlatform, Credit, "کارمزد دفتر", "Office's fee", "the office's, and with the platform until it is paid out"},
	{"platform_fee", OfPlatform, Credit, "کارمزد سامانه", "Platform's fee", "earned by the platform"},
	{"suspense", OfPlatform, Credit, "وجوه معلق", "Suspense", "confirmed by a provider, and nobody's yet"},
}

// Revenue is what the city has earned under one charge.
func Revenue(charge string) Account { return Account("revenue:" + charge) }

// Receivable is what a provider has confirmed and owes.
func Receivable(provider string) Account { return Account("receivable:" + provider) }

// Clearing is what a provider says that it has sent and the bank has not shown yet: between Receivable, which the provider's word reduces, and Bank, which the
// bank's word increases, so that each can be held against the paper of whoever said it.
func Clearing(provider string) Account { return Account("clearing:" + provider) }

// Bank is what has arrived on a bank account, named by its IBAN or by a word.
func Bank(account string) Account { return Account("bank:" + account) }

// Payable is what is owed to somebody.
func Payable(to string) Account { return Account("payable:" + to) }

// CityPayable is, in the platform's books, what the platform has collected for a city and owes it.
func CityPayable(municipality int) Account {
	return Account("payable:city:" + strconv.Itoa(municipality))
}

// Deposit is, in the platform's books, what an office has paid in advance and not used yet.
func Deposit(office uuid.UUID) Account { return Account("deposit:" + office.String()) }

// OfficeFee is an office's fee: in a city's books what it leaves to the office, in the platform's what is owed to it.
func OfficeFee(office uuid.UUID) Account { return Account("office_fee:" + office.String()) }

// The accounts of which there is one in each set of books.
const (
	PlatformFee    Account = "platform_fee"
	RefundsPayable Account = "refunds_payable"
	Suspense       Account = "suspense" // money that belongs to nobody yet
)

// Correction names what a correction of a tariff leaves between a city and its payers: Payable(Correction) is what they paid too much, Receivable(Correction) what
// they paid too little, until a later bill sets it off.
const Correction = "correction"

// Kind finds the account's line of the chart of these books.
func (a Account) Kind(books Books) (Kind, bool) {
	for _, k := range chart {
		if _, ok := k.detail(a); ok && k.Books == books {
			return k, true
		}
	}
	return Kind{}, false
}

// Detail is what stands for <…> in the pattern of an account of this kind: "annual_duty" of "revenue:annual_duty".
func (k Kind) Detail(a Account) string {
	text, _ := k.detail(a)
	return text
}

func (k Kind) detail(a Account) (text string, ok bool) {
	prefix, form, detailed := strings.Cut(k.Pattern, "<")
	if !detailed {
		return "", string(a) == prefix
	}
	text, ok = strings.CutPrefix(string(a), prefix)
	return text, ok && fits(form, text)
}

// fits tells whether a detail has the form that a pattern names.
func fits(form, text string) bool {
	switch form {
	case "office>":
		id, err := uuid.Parse(text)
		return err == nil && id.String() == text && id != uuid.Nil
	case "city>":
		code, err := strconv.Atoi(text)
		return err == nil && code > 0 && code <= 999 && strconv.Itoa(code) == text
	case "bank>":
		digits, iban := strings.CutPrefix(text, "IR")
		return word(text) || iban && len(digits) == 24 && strings.Trim(digits, "0123456789") == ""
	}
	return word(text)
}

// word holds for at most forty small letters, digits, _ and -, a letter first.
func word(text string) bool {
	return text != "" && len(text) <= 40 && text[0] >= 'a' && text[0] <= 'z' && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}
