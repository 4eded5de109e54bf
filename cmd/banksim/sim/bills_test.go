package sim_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"mofasa/cmd/banksim/sim"
)

// The bill payments of a made-up return file: branch, channel, date, bill id, payment id, amount, reference.
func samplePayments() [][7]string {
	return [][7]string{
		{"000001", "14", "1405/08/27", "2100012300966", "372050871", "3720000", "101542"},
		{"000001", "59", "1405/08/27", "2100012400960", "897850819", "8978000", "221905"},
		{"000123", "02", "1405/08/28", "2100450100961", "50050784", "500000", "000731"},
		{"000457", "03", "1405/08/28", "2112000900966", "2620550861", "26205000", "118220"},
		{"000001", "07", "1405/08/28", "2100077700961", "157450887", "1574000", "004410"},
	}
}

func billBody(row [7]string, more string) string {
	return fmt.Sprintf(`{"branch":"%s","channel":"%s","date":"%s","bill_id":"%s","payment_id":"%s","amount":%s,"reference":"%s","sent":"1405/08/29"%s}`,
		row[0], row[1], row[2], row[3], row[4], row[5], row[6], more)
}

const layoutA = "600917050829000004097700000005\r\n" +
	"0000011405082721000123009660000372050871101542\r\n" +
	"0000015905082721000124009600000897850819221905\r\n" +
	"0001230205082821004501009610000050050784000731\r\n" +
	"0004570305082821120009009660002620550861118220\r\n" +
	"0000010705082821000777009610000157450887004410\r\n"

// Both layouts to the byte, and over a restart.
func TestReturnFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bank.jsonl")
	b := newBank(t, sim.Options{Journal: path})
	for _, row := range samplePayments() {
		status, text := b.post(t, "/_sim/bills/pay", billBody(row, ""))
		if status != http.StatusCreated {
			t.Fatalf("%s: HTTP %d %s", row[3], status, text)
		}
	}
	b = newBank(t, sim.Options{Journal: path})
	response, err := browser().Get(b.url + "/_sim/files/a/14050829")
	want(t, "error", err, nil)
	want(t, "layout A", body(t, response), layoutA)
	want(t, "name", response.Header.Get("Content-Disposition"), `attachment; filename="MLI050829.txt"`)
	response, err = browser().Get(b.url + "/_sim/files/b/14050829?company=009&bank=17")
	want(t, "error", err, nil)
	layoutB := strings.NewReplacer("6009170508", "600917140508", "14050827", "1414050827", "59050827", "5914050827", "02050828", "0214050828",
		"03050828", "0314050828", "07050828", "0714050828").Replace(layoutA)
	want(t, "layout B", body(t, response), layoutB)
	want(t, "name", response.Header.Get("Content-Disposition"), `attachment; filename="MLI14050829.009"`)
	for i, line := range strings.Split(strings.TrimSuffix(layoutB, "\r\n"), "\r\n") {
		want(t, "width", len(line), map[bool]int{true: 32, false: 48}[i == 0])
	}
}

func TestReturnFilesThatAreNot(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	b.post(t, "/_sim/bills/pay", billBody(samplePayments()[0], ""))
	for _, path := range []string{"c/14050829", "a/14050830", "a/14051301", "a/2026112", "a/14050829?bank=12", "a/14050829?company=010", "a/14050829?fault=eaten"} {
		status, _ := get(t, b.url+"/_sim/files/"+path)
		want(t, path, status, http.StatusNotFound)
	}
}

// A cut line keeps its place, and the header still counts it.
func TestTruncatedLines(t *testing.T) {
	t.Parallel()
	lines := strings.Split(layoutA, "\r\n")
	b := newBank(t, sim.Options{})
	for i, row := range samplePayments() {
		b.post(t, "/_sim/bills/pay", billBody(row, map[bool]string{true: `,"fault":"truncated_line"`}[i == 1]))
	}
	_, text := get(t, b.url+"/_sim/files/a/14050829")
	want(t, "by payment", text, strings.Replace(layoutA, lines[2], lines[2][:23], 1))
	_, text = get(t, b.url+"/_sim/files/a/14050829?fault=truncated_line")
	want(t, "by file as well", text, strings.Replace(strings.Replace(layoutA, lines[2], lines[2][:23], 1), lines[5], lines[5][:23], 1))
	_, text = get(t, b.url+"/_sim/files/a/14050829")
	want(t, "the file's fault is not kept", strings.Contains(text, lines[5]), true)
}

func TestTruncatedLineByAmount(t *testing.T) {
	t.Parallel()
	const magic = `{"bill_id":"2100012300966","payment_id":"%s","amount":%d,"date":"1405/08/29"}`
	b := newBank(t, sim.Options{Magic: true})
	paymentID := payable("2100012300966", 911_000)
	status, text := b.post(t, "/_sim/bills/pay", fmt.Sprintf(magic, paymentID, 911_000))
	want(t, text, status, http.StatusCreated)
	_, file := get(t, b.url+"/_sim/files/a/14050829")
	want(t, "cut", len(strings.Split(file, "\r\n")[1]), 23)
}

// payable is a payment id over an amount for a bill, with its two check digits.
func payable(bill string, amount int64) string {
	check := func(text string) string {
		weights, sum := []int{2, 3, 4, 5, 6, 7}, 0
		for i := range len(text) {
			sum += int(text[len(text)-1-i]-'0') * weights[i%len(weights)]
		}
		if r := sum % 11; r > 1 {
			return fmt.Sprint(11 - r)
		}
		return "0"
	}
	payment := fmt.Sprintf("%d%s", amount/1000, "508")
	payment += check(payment)
	return payment + check(bill+payment)
}

func TestBillsAreChecked(t *testing.T) {
	t.Parallel()
	b := newBank(t, sim.Options{})
	row := samplePayments()[0]
	with := func(i int, value string) string {
		changed := row
		changed[i] = value
		return billBody(changed, "")
	}
	for name, body := range map[string]string{
		"bill digit":      with(3, "2100012300967"),
		"bill letters":    with(3, "21000x2300966"),
		"short bill":      with(3, "0000000000012"),
		"payment digit":   with(4, "372050872"),
		"payment check 1": with(4, "372050971"),
		"another's":       with(4, "897850819"),
		"amount":          with(5, "3719000"),
		"amount in toman": with(5, "372000"),
		"branch":          with(0, "1"),
		"channel":         with(1, "internet"),
		"reference":       with(6, "1"),
		"fault":           billBody(row, `,"fault":"eaten"`),
	} {
		status, text := b.post(t, "/_sim/bills/pay", body)
		want(t, name+": "+text, status, http.StatusUnprocessableEntity)
	}
	status, _ := b.post(t, "/_sim/bills/pay", billBody(row, `,"more":1`))
	want(t, "unknown field", status, http.StatusBadRequest)
	status, _ = b.post(t, "/_sim/bills/pay", with(2, "1405/13/01"))
	want(t, "month 13", status, http.StatusBadRequest)
	for i, wanted := range []int{http.StatusCreated, http.StatusConflict} {
		status, _ = b.post(t, "/_sim/bills/pay", billBody(row, ""))
		want(t, fmt.Sprint("time ", i+1), status, wanted)
	}
	status, _ = b.post(t, "/_sim/bills/pay", billBody(row, `,"again":true`))
	want(t, "at two banks at once", status, http.StatusCreated)
	_, text := get(t, b.url+"/_sim/bills")
	want(t, "books", strings.Count(text, `"bill_id":"2100012300966"`), 2)
}
