package bankfiles_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/bankfiles"
	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

// all reads a whole file.
func all(t testing.TB, text string) (bankfiles.Header, []bankfiles.Line) {
	t.Helper()
	r, err := bankfiles.NewReader(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var lines []bankfiles.Line
	for {
		l, err := r.Next()
		if errors.Is(err, io.EOF) {
			return r.Header, lines
		}
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
}

func day(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func sample(t testing.TB, name string) string {
	t.Helper()
	body, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestSamples reads the same five payments out of both layouts.
func TestSamples(t *testing.T) {
	t.Parallel()
	for name, layout := range map[string]bankfiles.Layout{"MLI050829.txt": bankfiles.A, "MLI14050829.009": bankfiles.B} {
		h, lines := all(t, sample(t, name))
		if want := (bankfiles.Header{Layout: layout, Service: "6", Company: "009", Bank: "17", Sent: day(t, "1405/08/29"), Total: 40977, Lines: 5}); h != want {
			t.Errorf("%s: header %+v, want %+v", name, h, want)
		}
		want := []struct {
			branch, channel, day, bill, payment, trace string
			amount                                     money.Rial
		}{
			{"000001", "14", "1405/08/27", "2100012300966", "0000372050871", "101542", 3_720_000},
			{"000001", "59", "1405/08/27", "2100012400960", "0000897850819", "221905", 8_978_000},
			{"000123", "02", "1405/08/28", "2100450100961", "0000050050784", "000731", 500_000},
			{"000457", "03", "1405/08/28", "2112000900966", "0002620550861", "118220", 26_205_000},
			{"000001", "07", "1405/08/28", "2100077700961", "0000157450887", "004410", 1_574_000},
		}
		if len(lines) != len(want) {
			t.Fatalf("%s: %d lines", name, len(lines))
		}
		var sum money.Rial
		for i, w := range want {
			l := lines[i]
			sum += l.Amount()
			if l.Problem != "" || l.Number != i+2 || l.Branch != w.branch || l.Channel != w.channel || l.Paid != day(t, w.day) || l.Bill != w.bill || l.Payment != w.payment ||
				l.Trace != w.trace || l.Amount() != w.amount {
				t.Errorf("%s line %d: %+v, want %+v", name, i+2, l, w)
			}
		}
		if !h.Says(sum) || h.Says(sum+1000) {
			t.Errorf("%s: the total is not %d", name, sum)
		}
	}
}

func TestWhatIsNoFile(t *testing.T) {
	t.Parallel()
	for text, code := range map[string]string{
		"":                                   "bank_file_header",
		"\r\n\r\n":                           "bank_file_header",
		"bill,payment\r\n":                   "bank_file_header",
		"600917051329000004097700000005\r\n": "bank_file_header", // no month 13
		"100917050829000004097700000005\r\n": "bank_file_service",
	} {
		if _, err := bankfiles.NewReader(strings.NewReader(text)); fault.Of(err) == nil || fault.Of(err).Code != code {
			t.Errorf("%q: %v, want %s", text, err, code)
		}
	}
}

func TestABrokenLineDoesNotStopTheFile(t *testing.T) {
	t.Parallel()
	lines := strings.SplitAfter(sample(t, "MLI050829.txt"), "\n")
	lines[1] = lines[1][:23] + "\n"                                   // cut
	lines[2] = strings.Replace(lines[2], "050827", "05۰827", 1)       // no Latin digits
	lines[3] = strings.Replace(lines[3], "050828", "051328", 1)       // no such month
	lines[4] = strings.Repeat("7", 1<<18) + "\n"                      // no line at all
	lines[5] = strings.TrimRight(lines[5], "\r\n") + "\r\n\r\n\x1a\n" // as DOS ended files
	h, got := all(t, strings.Join(lines, ""))
	if h.Layout != bankfiles.A || len(got) != 5 {
		t.Fatalf("%+v, %d lines", h, len(got))
	}
	for i, want := range []bankfiles.Problem{bankfiles.Length, bankfiles.Length, bankfiles.Day, bankfiles.Length, ""} {
		if got[i].Problem != want || len(got[i].Raw) > 200 || strings.Trim(got[i].Raw, "0123456789?") != "" {
			t.Errorf("line %d: %q, want %q; raw %.60q", i+2, got[i].Problem, want, got[i].Raw)
		}
	}
	if got[0].Amount() != 0 || got[2].Amount() != 500_000 {
		t.Errorf("amounts %d and %d", got[0].Amount(), got[2].Amount())
	}
	letters := strings.Replace(sample(t, "MLI050829.txt"), "101542", "10I542", 1)
	if _, got := all(t, letters); got[0].Problem != bankfiles.Digits {
		t.Errorf("a letter: %q", got[0].Problem)
	}
}

// TestTheFirstWholeLineTellsTheLayout: the header of layout B is nobody's promise.
func TestTheFirstWholeLineTellsTheLayout(t *testing.T) {
	t.Parallel()
	a, b := sample(t, "MLI050829.txt"), sample(t, "MLI14050829.009")
	header, _, _ := strings.Cut(b, "\n")
	_, rest, _ := strings.Cut(a, "\n")
	if h, lines := all(t, header+"\n"+rest); h.Layout != bankfiles.A || lines[0].Problem != "" {
		t.Errorf("layout %s, %+v", h.Layout, lines[0])
	}
	header, _, _ = strings.Cut(a, "\n")
	_, rest, _ = strings.Cut(b, "\n")
	if h, lines := all(t, header+"\n0000\n"+rest); h.Layout != bankfiles.B || lines[0].Problem != bankfiles.Length || lines[1].Problem != "" {
		t.Errorf("layout %s, %+v", h.Layout, lines[:2])
	}
}

func TestTotals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		total     int64
		sum, rest money.Rial
		ok, says  bool
	}{
		{40977, 40_977_000, 0, true, true},
		{40_977_000, 40_977_000, 0, true, true}, // in rial
		{40977, 37_257_000, 3_720_000, true, false},
		{40_977_000, 37_257_000, 3_720_000, true, false},
		{40977, 40_978_000, -1000, false, false},
		{40977, 0, 40_977_000, true, false},
	} {
		h := bankfiles.Header{Total: c.total}
		if rest, ok := h.Rest(c.sum); rest != c.rest || ok != c.ok || h.Says(c.sum) != c.says {
			t.Errorf("total %d, sum %d: %d %v, says %v", c.total, c.sum, rest, ok, h.Says(c.sum))
		}
	}
}

// TestYears: two digits from 70 on are the fourteenth century.
func TestYears(t *testing.T) {
	t.Parallel()
	for digits, want := range map[string]int{"05": 1405, "69": 1469, "70": 1370, "99": 1399, "00": 1400} {
		h, _ := all(t, "600917"+digits+"0101000000000000000000\n")
		if h.Sent.Year != want {
			t.Errorf("%s is %d, want %d", digits, h.Sent.Year, want)
		}
	}
}

// TestWrittenLinesAreRead: whatever fits the layout comes back as it went.
func TestWrittenLinesAreRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string, width int) string {
			return rapid.StringMatching(fmt.Sprintf("[0-9]{%d}", width)).Draw(t, name)
		}
		year, month := rapid.IntRange(1370, 1469).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month")
		on, wide := calendar.Date{Year: year, Month: month, Day: rapid.IntRange(1, 29).Draw(t, "day")}, rapid.Bool().Draw(t, "wide")
		date := fmt.Sprintf("%04d%02d%02d", on.Year, on.Month, on.Day)
		if !wide {
			date = date[2:]
		}
		branch, channel, bill, payment, trace := number("branch", 6), number("channel", 2), number("bill", 13), number("payment", 13), number("trace", 6)
		r, err := bankfiles.NewReader(strings.NewReader("6009170508290000040977" + "00000001\n" + branch + channel + date + bill + payment + trace))
		if err != nil {
			t.Fatal(err)
		}
		l, err := r.Next()
		if err != nil || l.Problem != "" || l.Branch != branch || l.Channel != channel || l.Paid != on || l.Bill != bill || l.Payment != payment || l.Trace != trace {
			t.Fatalf("%+v, %v", l, err)
		}
	})
}

func FuzzReader(f *testing.F) {
	for _, name := range []string{"MLI050829.txt", "MLI14050829.009"} {
		f.Add([]byte(sample(f, name)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := bankfiles.NewReader(bytes.NewReader(body))
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("no clear refusal: %v", err)
			}
			return
		}
		for n := 2; ; n++ {
			l, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil || l.Number != n || l.Amount() < 0 || l.Problem == "" && (!l.Paid.Valid() || len(l.Bill) != 13) || len(l.Raw) > 200 {
				t.Fatalf("%+v, %v", l, err)
			}
		}
	})
}
