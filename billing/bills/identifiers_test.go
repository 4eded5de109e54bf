package bills_test

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/bills"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// code is the public code of an error, "" for none.
func code(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	f := fault.Of(err)
	if f == nil {
		t.Fatalf("no public meaning: %v", err)
	}
	return f.Code
}

// What exactly is wrong with the invalid vectors, by bill ID and payment ID.
var reasons = map[string]string{
	"9174639504124 1290819":       "payment_id_check",
	"1117753200140 1770165":       "bill_pair_check",
	"9100074409151 12908190":      "bill_id_check",
	"2234 1070189":                "bill_id_length",
	"2234322344617 1070169":       "payment_id_check",
	"100161 130139":               "bill_pair_check",
	"1234567800967 25030005":      "bill_pair_check",
	"1234567800968 25030004":      "bill_id_check",
	"8765432110163 1234541200":    "bill_pair_check",
	"9999999999964 9999999999964": "bill_pair_check",
	"9999999999965 9999999999963": "bill_id_check",
	"1000000012364 100000170":     "bill_id_check",
	"421304564 2620540392":        "bill_pair_check",
	"421304565 2620540391":        "bill_id_check",
}

var services = map[string]bills.ServiceType{
	"water": bills.Water, "electricity": bills.Electricity, "gas": bills.Gas,
	"landline": bills.Landline, "mobile": bills.Mobile, "municipality": bills.Municipality,
}

func TestPublishedVectors(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/bills.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 24 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		billID, paymentID, valid, kind, amount := row[0], row[1], row[2] == "true", strings.Fields(row[3])[0], row[4]
		switch {
		case paymentID == "":
			if bill, err := bills.ParseBillID(billID); err != nil || bill.Kind() != services[kind] {
				t.Errorf("%v: %v, kind %d", row, err, bill.Kind())
			}
		case valid:
			checkValid(t, billID, paymentID, kind, amount)
		default:
			pair, err := bills.ParsePair(billID, paymentID)
			if got := code(t, err); got != reasons[billID+" "+paymentID] || got == "" || pair != (bills.Pair{}) {
				t.Errorf("%v: %q, %v", row, got, pair)
			}
		}
	}
}

func checkValid(t *testing.T, billID, paymentID, kind, amount string) {
	t.Helper()
	pair, err := bills.ParsePair(billID, paymentID)
	if err != nil || strconv.FormatInt(int64(pair.Amount()), 10) != amount || pair.Bill.Kind() != services[kind] {
		t.Errorf("%s %s: %v, amount %d, kind %d", billID, paymentID, err, pair.Amount(), pair.Bill.Kind())
		return
	}
	if string(pair.Bill) != strings.TrimLeft(billID, "0") || string(pair.Payment) != strings.TrimLeft(paymentID, "0") {
		t.Errorf("%s %s became %v", billID, paymentID, pair)
	}
	rebuild(t, pair)
	_, err = bills.ParseMunicipalPair(billID, paymentID)
	want := "bill_not_municipal"
	if kind == "municipality" {
		want = ""
	}
	if got := code(t, err); got != want {
		t.Errorf("municipal %s: %q, want %q", billID, got, want)
	}
}

// rebuild makes both IDs again from their parts.
func rebuild(t interface{ Errorf(string, ...any) }, p bills.Pair) {
	bill, err := bills.NewBillID(p.Bill.File(), p.Bill.Company(), p.Bill.Kind())
	if err != nil || bill != p.Bill {
		t.Errorf("rebuilt bill ID %s, %v; want %s", bill, err, p.Bill)
	}
	payment, err := bills.NewPaymentID(p.Bill, p.Amount(), p.Payment.Year(), p.Payment.Period())
	if err != nil || payment != p.Payment {
		t.Errorf("rebuilt payment ID %s, %v; want %s", payment, err, p.Payment)
	}
}

func TestNewIDsByHand(t *testing.T) {
	t.Parallel()
	bill, err := bills.NewBillID(87654321, 101, bills.Municipality)
	if err != nil || bill != "8765432110163" {
		t.Fatalf("%s, %v", bill, err)
	}
	payment, err := bills.NewPaymentID(bill, 12_345_000, 4, 12)
	if err != nil || payment != "1234541209" {
		t.Fatalf("%s, %v", payment, err)
	}
	pair := bills.Pair{Bill: bill, Payment: payment}
	if got := pair.Barcode(); got != "8765432110163"+"0001234541209" {
		t.Errorf("barcode %s", got)
	}
	if back, err := bills.ParseBarcode(pair.Barcode()); err != nil || back != pair {
		t.Errorf("%v, %v", back, err)
	}
}

// Remainders 0 and 1 both give the check digit 0; a tenth of all files has the second.
func TestCheckDigitOfRemainderOne(t *testing.T) {
	t.Parallel()
	seen := [11]int{}
	for file := 1; file <= 2000; file++ {
		bill, err := bills.NewBillID(file, 100, bills.Municipality)
		if err != nil {
			t.Fatal(err)
		}
		remainder := weighted(string(bill[:len(bill)-1])) % 11
		want := byte('0')
		if remainder > 1 {
			want = byte('0' + 11 - remainder)
		}
		if got := bill[len(bill)-1]; got != want {
			t.Fatalf("file %d, remainder %d: check digit %c, want %c", file, remainder, got, want)
		}
		if _, err := bills.ParseMunicipalBillID(string(bill)); err != nil {
			t.Fatalf("file %d, remainder %d: %v", file, remainder, err)
		}
		seen[remainder]++
	}
	if seen[0] == 0 || seen[1] == 0 || seen[10] == 0 {
		t.Errorf("remainders %v", seen)
	}
}

// weighted is the sum of the standard, written digit by digit from the right.
func weighted(body string) int {
	sum, weight := 0, 2
	for i := len(body) - 1; i >= 0; i-- {
		sum += weight * int(body[i]-'0')
		if weight++; weight > 7 {
			weight = 2
		}
	}
	return sum
}

func TestParseBillID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, code string
		position   int
	}{
		{"8765432110163", "", -1}, {"421304564", "", -1}, {"0000421304564", "", -1}, {"100161", "", -1}, {"0000000100161", "", -1},
		{"", "bill_id_length", -1}, {"00161", "bill_id_length", -1}, {"0000000000000", "bill_id_length", -1},
		{"00000000100161", "bill_id_length", -1}, {"12345678901234", "bill_id_length", -1},
		{"42130456a", "bill_id_digit", 8}, {" 421304564", "bill_id_digit", 0}, {"421304564\n", "bill_id_digit", 9},
		{"4213-04564", "bill_id_digit", 4}, {"42۱304564", "bill_id_digit", 2}, {"۴۲۱۳", "bill_id_digit", 0}, {"42\xff", "bill_id_digit", 2},
		{"421304565", "bill_id_check", -1}, {"241304564", "bill_id_check", -1},
		{"1101000" + tail("1101000"), "bill_type", -1},
	} {
		bill, err := bills.ParseBillID(c.text)
		if code(t, err) != c.code || err != nil && (fault.Of(err).Position() != c.position || bill != "") {
			t.Errorf("%q: %q, %v; want %q at %d", c.text, bill, err, c.code, c.position)
		}
		if err == nil && string(bill) != strings.TrimLeft(c.text, "0") {
			t.Errorf("%q became %q", c.text, bill)
		}
	}
}

func tail(body string) string {
	if r := weighted(body) % 11; r > 1 {
		return strconv.Itoa(11 - r)
	}
	return "0"
}

func TestPairNamesTheWrongField(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ bill, payment, field, code string }{
		{"42130456x", "2620540391", "bill_id", "bill_id_digit"},
		{"421304564", "26205403x1", "payment_id", "payment_id_digit"},
		{"421304564", "12345", "payment_id", "payment_id_length"},
		{"421304564", "", "payment_id", "payment_id_length"},
		{"421304564", "0000000012345", "payment_id", "payment_id_length"}, // no amount is left
		{"421304564", "02620540391000", "payment_id", "payment_id_length"},
		{"421304564", "2620540491", "payment_id", "payment_id_check"},
		{"8765432110163", "2620540391", "payment_id", "bill_pair_check"},
		{"9174639504124", "12908190", "bill_id", "bill_not_municipal"},
	} {
		_, err := bills.ParseMunicipalPair(c.bill, c.payment)
		f := fault.Of(err)
		if f == nil || f.Code != c.code || len(f.Fields) != 1 || f.Fields[0].Name != c.field || f.Fields[0].Code != c.code {
			t.Errorf("%q %q: %+v", c.bill, c.payment, f)
		}
	}
	if pair, err := bills.ParseMunicipalPair("0421304564", "0002620540391"); err != nil || pair != (bills.Pair{Bill: "421304564", Payment: "2620540391"}) {
		t.Errorf("padded: %v, %v", pair, err)
	}
}

func TestParseBarcode(t *testing.T) {
	t.Parallel()
	pair, err := bills.ParseBarcode("10643481031150000097570237")
	if err != nil || pair.Bill != "1064348103115" || pair.Payment != "97570237" || pair.Amount() != 975_000 {
		t.Errorf("%v, %v", pair, err)
	}
	for _, c := range []struct {
		text, code string
		position   int
	}{
		{"", "bill_barcode_length", -1}, {"1064348103115000009757023", "bill_barcode_length", -1},
		{"106434810311500000975702370", "bill_barcode_length", -1},
		{"1064348103115000009757023x", "bill_barcode_digit", 25}, {"106434810311۵۵000009757023", "bill_barcode_digit", 12},
		{"10643481031150000097570236", "bill_pair_check", -1}, {"10643481031160000097570237", "bill_id_check", -1},
	} {
		_, err := bills.ParseBarcode(c.text)
		if code(t, err) != c.code || fault.Of(err).Position() != c.position {
			t.Errorf("%q: %v at %d", c.text, err, fault.Of(err).Position())
		}
	}
}

func TestNewIDsRefuse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file, company int
		kind          bills.ServiceType
		code          string
	}{
		{0, 100, 6, "bill_file"}, {-1, 100, 6, "bill_file"}, {100_000_000, 100, 6, "bill_file"},
		{1, -1, 6, "bill_company"}, {1, 1000, 6, "bill_company"}, {1, 100, 0, "bill_type"}, {1, 100, 10, "bill_type"},
		{1, 0, 1, ""}, {99_999_999, 999, 9, ""},
	} {
		if _, err := bills.NewBillID(c.file, c.company, c.kind); code(t, err) != c.code {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, c := range []struct {
		bill         bills.BillID
		amount       money.Rial
		year, period int
		code         string
	}{
		{"421304564", 1000, 0, 0, ""}, {"421304564", bills.MaxAmount, 9, 99, ""}, {"0421304564", 1000, 0, 0, ""},
		{"421304564", 0, 0, 0, "bill_amount"}, {"421304564", -1000, 0, 0, "bill_amount"}, {"421304564", 1001, 0, 0, "bill_amount"},
		{"421304564", bills.MaxAmount + 1000, 0, 0, "bill_amount"}, {"421304564", math.MaxInt64, 0, 0, "bill_amount"},
		{"421304564", 1000, -1, 0, "bill_period"}, {"421304564", 1000, 10, 0, "bill_period"},
		{"421304564", 1000, 0, -1, "bill_period"}, {"421304564", 1000, 0, 100, "bill_period"},
		{"421304565", 1000, 0, 0, "bill_id_check"}, {"", 1000, 0, 0, "bill_id_length"},
	} {
		if _, err := bills.NewPaymentID(c.bill, c.amount, c.year, c.period); code(t, err) != c.code {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestPartsAreTotal(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "1", "x", "۴۲۱۳۰۴۵۶۴", "not a bill", "99999999999999999999", "-1-1-1-1"} {
		bill, payment := bills.BillID(text), bills.PaymentID(text)
		for _, n := range []int{bill.File(), bill.Company(), int(bill.Kind()), int(payment.Amount()), payment.Year(), payment.Period()} {
			if n < 0 {
				t.Errorf("%q has a part %d", text, n)
			}
		}
	}
	if got := bills.BillID("not a bill").File(); got != 0 {
		t.Errorf("file %d of no bill", got)
	}
}

func anyPair(t *rapid.T) bills.Pair {
	bill, err := bills.NewBillID(rapid.IntRange(1, 99_999_999).Draw(t, "file"), rapid.IntRange(0, 999).Draw(t, "company"),
		bills.ServiceType(rapid.IntRange(1, 9).Draw(t, "kind")))
	if err != nil {
		t.Fatal(err)
	}
	amount := money.Rial(rapid.Int64Range(1, 99_999_999).Draw(t, "thousands")) * 1000
	payment, err := bills.NewPaymentID(bill, amount, rapid.IntRange(0, 9).Draw(t, "year"), rapid.IntRange(0, 99).Draw(t, "period"))
	if err != nil {
		t.Fatal(err)
	}
	return bills.Pair{Bill: bill, Payment: payment}
}

func TestMadePairsParse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pair := anyPair(t)
		back, err := bills.ParsePair(string(pair.Bill), string(pair.Payment))
		scanned, scanErr := bills.ParseBarcode(pair.Barcode())
		if err != nil || scanErr != nil || back != pair || scanned != pair {
			t.Fatalf("%v: %v %v, %v %v", pair, back, err, scanned, scanErr)
		}
		rebuild(t, pair)
	})
}

// The weights 2–7 are coprime to 11, so one wrong digit changes the remainder; only 0 and 1 share a check digit.
func TestOneWrongDigitIsNearlyAlwaysSeen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pair := anyPair(t)
		digits := []byte(pair.Payment)
		at := rapid.IntRange(0, len(digits)-3).Draw(t, "at")
		before := weighted(string(digits[:len(digits)-2])) % 11
		digits[at] = '0' + (digits[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		after := weighted(string(digits[:len(digits)-2])) % 11
		_, err := bills.ParsePair(string(pair.Bill), string(digits))
		if err == nil && (before > 1 || after > 1) {
			t.Fatalf("%s passed for %s", digits, pair.Payment)
		}
	})
}

func FuzzParsePair(f *testing.F) {
	f.Add("421304564", "2620540391")
	f.Add("0421304564", "0002620540391")
	f.Add("۴۲۱۳۰۴۵۶۴", "")
	f.Fuzz(func(t *testing.T, billID, paymentID string) {
		pair, err := bills.ParsePair(billID, paymentID)
		if err != nil {
			if fault.Of(err) == nil || len(fault.Of(err).Fields) != 1 || pair != (bills.Pair{}) {
				t.Fatalf("%q %q: %v, %v", billID, paymentID, pair, err)
			}
			return
		}
		if again, err := bills.ParsePair(string(pair.Bill), string(pair.Payment)); err != nil || again != pair {
			t.Fatalf("%v became %v, %v", pair, again, err)
		}
		if scanned, err := bills.ParseBarcode(pair.Barcode()); err != nil || scanned != pair {
			t.Fatalf("%v scanned as %v, %v", pair, scanned, err)
		}
		rebuild(t, pair)
	})
}

func FuzzParseBarcode(f *testing.F) {
	f.Add("10643481031150000097570237")
	f.Fuzz(func(t *testing.T, text string) {
		if pair, err := bills.ParseBarcode(text); err == nil && pair.Barcode() != text {
			t.Fatalf("%q became %q", text, pair.Barcode())
		}
	})
}
