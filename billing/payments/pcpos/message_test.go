package pcpos_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/payments/pcpos"
)

const (
	firstIBAN  = "IR080170000000100200300400"
	secondIBAN = "IR430610000000700800900100"
)

func encoded(t testing.TB, frame pcpos.Frame, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return ok[[]byte](t)(frame.Encode())
}

// The requests are written byte for byte as the worked frames, and read back.
func TestRequests(t *testing.T) {
	t.Parallel()
	frames := worked(t)
	ibans := []pcpos.Account{{Type: pcpos.IBANRow, IBAN: firstIBAN, Amount: 3_500_000}, {Type: pcpos.IBANRow, IBAN: secondIBAN, Amount: 220_000}}
	private := []pcpos.Account{{Type: pcpos.PrivateRow, Row: 1, Amount: 3_500_000}, {Type: pcpos.PrivateRow, Row: 2, Amount: 220_000}}
	for name, sale := range map[string]pcpos.Sale{
		"W1":  {Amount: 3_720_000, OrderID: "14050829000123"},
		"W2":  {Amount: 3_720_000, OrderID: "14050829000124", Accounts: ibans},
		"W2b": {Amount: 3_720_000, OrderID: "14050829000124", Accounts: private},
	} {
		request := ok[pcpos.Request](t)(sale.Request())
		frame, err := request.Frame()
		wantBytes(t, name, encoded(t, frame, err), frames[name])
		back := ok[pcpos.Request](t)(pcpos.DecodeRequest(ok[pcpos.Frame](t)(pcpos.DecodeFrame(frames[name]))))
		want(t, name, back, request)
		if sale.Accounts != nil {
			accounts := ok[[]pcpos.Account](t)(pcpos.DecodeAccounts(back.Field(pcpos.FieldAccounts), back.Amount))
			if !slices.Equal(accounts, sale.Accounts) {
				t.Errorf("%s: %+v", name, accounts)
			}
		}
	}
	bill := ok[pcpos.Request](t)(pcpos.BillPayment(3_720_000, "2100012300966", "372050871", "14050829000125"))
	frame, err := bill.Frame()
	wantBytes(t, "W3", encoded(t, frame, err), frames["W3"])
}

func TestSalesRefuse(t *testing.T) {
	t.Parallel()
	for name, sale := range map[string]pcpos.Sale{
		"no order":            {Amount: 1_000},
		"letters":             {Amount: 1_000, OrderID: "12a"},
		"Persian digits":      {Amount: 1_000, OrderID: "۱۲"},
		"21 digits":           {Amount: 1_000, OrderID: strings.Repeat("1", 21)},
		"too little":          {Amount: 999, OrderID: "1"},
		"too much":            {Amount: 1_000_000_000_000, OrderID: "1"},
		"negative":            {Amount: -5_000, OrderID: "1"},
		"one rial short":      {Amount: 2_000, OrderID: "1", Accounts: []pcpos.Account{{Type: pcpos.IBANRow, IBAN: firstIBAN, Amount: 1_999}}},
		"one rial over":       {Amount: 2_000, OrderID: "1", Accounts: []pcpos.Account{{Type: pcpos.IBANRow, IBAN: firstIBAN, Amount: 2_001}}},
		"a negative part":     {Amount: 2_000, OrderID: "1", Accounts: []pcpos.Account{{Type: pcpos.IBANRow, IBAN: firstIBAN, Amount: 2_001}, {Type: pcpos.IBANRow, IBAN: secondIBAN, Amount: -1}}},
		"an unsound IBAN":     {Amount: 2_000, OrderID: "1", Accounts: []pcpos.Account{{Type: pcpos.IBANRow, IBAN: firstIBAN[:25] + "1", Amount: 2_000}}},
		"a lower-case IBAN":   {Amount: 2_000, OrderID: "1", Accounts: []pcpos.Account{{Type: pcpos.IBANRow, IBAN: strings.ToLower(firstIBAN), Amount: 2_000}}},
		"row 0":               {Amount: 2_000, OrderID: "1", Accounts: []pcpos.Account{{Type: pcpos.PrivateRow, Amount: 2_000}}},
		"row 10000":           {Amount: 2_000, OrderID: "1", Accounts: []pcpos.Account{{Type: pcpos.PublicRow, Row: 10_000, Amount: 2_000}}},
		"an unknown row type": {Amount: 2_000, OrderID: "1", Accounts: []pcpos.Account{{Type: 4, Row: 1, Amount: 2_000}}},
		"eleven accounts":     {Amount: 11_000, OrderID: "1", Accounts: slices.Repeat([]pcpos.Account{{Type: pcpos.PrivateRow, Row: 1, Amount: 1_000}}, 11)},
	} {
		if _, err := sale.Request(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := pcpos.BillPayment(3_720_000, "12,34", "5", "1"); !errors.Is(err, pcpos.ErrData) {
		t.Errorf("a bill id with a comma: %v", err)
	}
}

// Any division that sums up is written and read back with every rial in its place; one that does not is refused.
func TestAccountsAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var accounts []pcpos.Account
		var total money.Rial
		for i := range rapid.IntRange(1, pcpos.MaxAccounts).Draw(t, "rows") {
			a := pcpos.Account{Type: pcpos.IBANRow, IBAN: []string{firstIBAN, secondIBAN}[i%2], Amount: money.Rial(rapid.Int64Range(1, 99_999_999_999).Draw(t, "amount"))}
			if rapid.Bool().Draw(t, "row") {
				a = pcpos.Account{Type: pcpos.PublicRow, Row: rapid.IntRange(1, 9999).Draw(t, "number"), Amount: a.Amount}
			}
			accounts, total = append(accounts, a), total+a.Amount
		}
		text, err := pcpos.EncodeAccounts(accounts, total)
		if err != nil {
			t.Fatal(err)
		}
		back, err := pcpos.DecodeAccounts(text, total)
		if err != nil || !slices.Equal(back, accounts) {
			t.Fatalf("%+v becomes %+v, %v", accounts, back, err)
		}
		wrong := total + money.Rial(rapid.SampledFrom([]int64{-1, 1}).Draw(t, "off"))
		if _, err := pcpos.EncodeAccounts(accounts, wrong); err == nil {
			t.Fatal("a wrong sum is written")
		}
		if _, err := pcpos.DecodeAccounts(text, wrong); err == nil {
			t.Fatal("a wrong sum is read")
		}
	})
}

func paidAt(hour, minute, second int) time.Time {
	year, month, day := calendar.Date{Year: 1405, Month: 8, Day: 29}.Gregorian()
	return time.Date(year, month, day, hour, minute, second, 0, calendar.Tehran()).UTC()
}

// The responses are written byte for byte; read, they keep everything but the card.
func TestResponses(t *testing.T) {
	t.Parallel()
	paid := pcpos.Response{Code: "00", Amount: 3_720_000, MaskedPAN: "6037990000000014", Processing: pcpos.SaleCode, TransactionNo: "001201", At: paidAt(10, 15, 42),
		RRN: "432109876543", Approval: "0014", Terminal: "C0000301", Merchant: "000000000000152"}
	poor := paid
	poor.Code, poor.RRN, poor.Approval, poor.TransactionNo, poor.At = "51", "", "", "001202", paidAt(10, 17, 3)
	for name, response := range map[string]pcpos.Response{"W4": paid, "W5": poor} {
		raw := worked(t)[name]
		frame, err := response.Frame()
		wantBytes(t, name, encoded(t, frame, err), raw)
		back := ok[pcpos.Response](t)(pcpos.DecodeResponse(ok[pcpos.Frame](t)(pcpos.DecodeFrame(raw))))
		response.MaskedPAN = "603799******0014"
		want(t, name, back, response)
	}
	poor.Text = "موجودی کافی نیست"
	frame := ok[pcpos.Frame](t)(poor.Frame())
	want(t, "Persian text", ok[pcpos.Response](t)(pcpos.DecodeResponse(frame)).Text, poor.Text)
	poor.Text = strings.Repeat("م", 31)
	if _, err := poor.Frame(); !errors.Is(err, pcpos.ErrData) {
		t.Errorf("a long text: %v", err)
	}
}

// Whatever a terminal puts where the card goes, no more than six and four of its digits come out.
func TestNoWholeCardComesOut(t *testing.T) {
	t.Parallel()
	for card, wanted := range map[string]string{
		"6037990000000014": "603799******0014", "603799******0014": "603799******0014", "60379900000000145": "603799*******0145",
		"603799": "", "6037 9900 0000 014": "", "کارت": "", "": "",
	} {
		r := pcpos.Response{Code: "00", MaskedPAN: card}
		frame, err := r.Frame()
		if err != nil {
			continue
		}
		want(t, card, ok[pcpos.Response](t)(pcpos.DecodeResponse(frame)).MaskedPAN, wanted)
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	frames := worked(t)
	first, second := ok[pcpos.Call](t)(pcpos.Search(pcpos.SearchFirst, "14050829000123")), ok[pcpos.Call](t)(pcpos.Search(pcpos.SearchSecond, "14050829000123"))
	for name, call := range map[string]pcpos.Call{
		"W6": {Function: pcpos.LastTransactions, Payload: "022"}, "W8": first, "W11": second, "W13": {Function: pcpos.DeviceInfo}, "W15": {Function: pcpos.ListAccounts},
	} {
		frame, err := call.Frame(pcpos.REQUEST)
		wantBytes(t, name, encoded(t, frame, err), frames[name])
	}
	want(t, "last", ok[pcpos.Call](t)(pcpos.Last(pcpos.LastTransactionsByID, 12)), pcpos.Call{Function: 13, Payload: "122"})
	for name, err := range map[string]error{
		"13 transactions": second1(pcpos.Last(pcpos.LastTransactions, 13)), "a search that is none": second1(pcpos.Search(pcpos.DeviceInfo, "1")),
		"a list that is none": second1(pcpos.Last(pcpos.SearchFirst, 1)), "a search for a name": second1(pcpos.Search(pcpos.SearchFirst, "x")),
	} {
		if !errors.Is(err, pcpos.ErrData) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second1[T any](_ T, err error) error { return err }

func TestRecords(t *testing.T) {
	t.Parallel()
	frames := worked(t)
	paid := pcpos.Record{Type: pcpos.SaleRecord, Amount: 3_720_000, TransactionNo: "001201", At: paidAt(10, 15, 42), MaskedPAN: "603799**0014", RRN: "432109876543", Code: "00"}
	poor := paid
	poor.TransactionNo, poor.At, poor.RRN, poor.Code = "001202", paidAt(10, 17, 3), "000000000000", "51"
	named := paid
	named.OrderID = "14050829000123"
	for name, tt := range map[string]struct {
		function pcpos.Function
		records  []pcpos.Record
	}{
		"W7": {pcpos.LastTransactions, []pcpos.Record{poor, paid}}, "W9": {pcpos.SearchFirst, []pcpos.Record{named}},
		"W10": {pcpos.SearchFirst, nil}, "W12": {pcpos.SearchSecond, []pcpos.Record{named}},
	} {
		call := ok[pcpos.Call](t)(pcpos.EncodeRecords(tt.function, tt.records))
		frame, err := call.Frame(pcpos.RESPONSE)
		wantBytes(t, name, encoded(t, frame, err), frames[name])
		back := ok[[]pcpos.Record](t)(pcpos.DecodeRecords(ok[pcpos.Call](t)(pcpos.DecodeCall(ok[pcpos.Frame](t)(pcpos.DecodeFrame(frames[name]))))))
		if !slices.Equal(back, tt.records) {
			t.Errorf("%s: %+v", name, back)
		}
	}
	want(t, "paid", paid.Paid(), true)
	want(t, "poor", poor.Paid(), false)
	paid.RRN = "000000000000"
	want(t, "00 without a reference", paid.Paid(), false)
}

func TestDeviceAndAccounts(t *testing.T) {
	t.Parallel()
	frames := worked(t)
	payload := func(name string) string {
		return ok[pcpos.Call](t)(pcpos.DecodeCall(ok[pcpos.Frame](t)(pcpos.DecodeFrame(frames[name])))).Payload
	}
	wanted := pcpos.Device{Name: "دفتر نمونه", IP: "192.168.10.21", Port: "8888", Terminal: "C0000301", Merchant: "000000000000152"}
	want(t, "0006", ok[pcpos.Device](t)(pcpos.DecodeDevice(payload("W14"))), wanted)
	want(t, "beacon", ok[pcpos.Device](t)(pcpos.DecodeDevice(string(frames["Beacon"]))), wanted)
	want(t, "a colon in the name", ok[pcpos.Device](t)(pcpos.DecodeDevice("SADAD PC POS:a:b:1.2.3.4:8888:T:M")).Name, "a:b")
	table := ok[[]pcpos.TableRow](t)(pcpos.DecodeTable(payload("W16")))
	if !slices.Equal(table, []pcpos.TableRow{{Row: 1, IBAN: firstIBAN}, {Row: 2, IBAN: secondIBAN}}) {
		t.Errorf("%+v", table)
	}
	for _, text := range []string{"SADAD:x:1:2:3:4", "SADAD PCPOS:1:2:3"} {
		if _, err := pcpos.DecodeDevice(text); !errors.Is(err, pcpos.ErrData) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := pcpos.DecodeTable("1:IR00"); !errors.Is(err, pcpos.ErrData) {
		t.Errorf("a broken table: %v", err)
	}
}

// Every code has both texts; only those that the issuer or the request itself refuses are final, and what nobody lists is not.
func TestCodes(t *testing.T) {
	t.Parallel()
	final := strings.Fields("05 12 13 14 20 30 31 33 38 41 43 51 54 55 56 57 58 61 62 65 66 75 78 79 81 86 205 206 348 349 350 351 352")
	for _, c := range pcpos.Codes() {
		if c.Text.FA == "" || c.Text.EN == "" || strings.ContainsAny(c.Text.FA, "يك") {
			t.Errorf("%s: %+v", c.Code, c.Text)
		}
		verdict := pcpos.Unsure
		if c.Code == pcpos.Paid {
			verdict = pcpos.Charged
		} else if slices.Contains(final, c.Code) {
			verdict = pcpos.Declined
		}
		want(t, c.Code, c.Verdict, verdict)
		want(t, c.Code, pcpos.Lookup(c.Code), c)
	}
	if n := len(pcpos.Codes()); n != 122 {
		t.Errorf("%d codes", n)
	}
	for _, code := range []string{"99", "", "0", "5", "999"} {
		if got := pcpos.Lookup(code); got.Verdict != pcpos.Unsure || got.Text.FA == "" {
			t.Errorf("%q: %+v", code, got)
		}
	}
}
