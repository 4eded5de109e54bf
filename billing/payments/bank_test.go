package payments_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"mofasa/billing/bills"
	"mofasa/billing/calendar"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

func TestABankFilePaysBills(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	if len(o.Bills) != 2 {
		t.Fatalf("%d bills", len(o.Bills))
	}
	f := c.read("MLI050829.txt", file(100, o.Bills...))
	if f.Captured != 2 || f.Done != 2 || f.CapturedRial != o.Total || f.FinishedAt.IsZero() {
		t.Fatalf("%+v", f)
	}
	if got := c.orderState(o); got != "paid" {
		t.Errorf("order is %s", got)
	}
	list, err := c.payments.OfOrder(c.as(cashierA), counterA, o.ID)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d payments, %v", len(list), err)
	}
	for _, p := range list {
		if p.State != payments.Captured || p.Method != payments.ByBank || p.Provider != "bank-17" || p.Terminal != "59" || p.Receipt == nil || p.RRN == "" || p.PersonID != [16]byte{} {
			t.Errorf("%+v", p)
		}
	}
	for _, city := range []string{"520", "218"} {
		if c.one(`SELECT count(*) FROM ledger_postings WHERE municipality_id = CAST(? AS integer) AND account = 'receivable:bank-17' AND amount_rial > 0`, city) != "1" {
			t.Errorf("nothing in the books of %s", city)
		}
	}
	c.verified()
}

func (c *counter) orderState(o bills.Order) string {
	c.Helper()
	order, err := c.bills.Order(c.as(cashierA), o.OfficeID, o.ID)
	if err != nil {
		c.Fatal(err)
	}
	return string(order.State)
}

// asking is a bill with the same file code that asks for another amount, or of a file code that nobody issued.
func asking(t *testing.T, file, company int, amount money.Rial) bills.Bill {
	t.Helper()
	id, err := bills.NewBillID(file, company, bills.Municipality)
	if err != nil {
		t.Fatal(err)
	}
	return numbered(t, id, amount)
}

func numbered(t *testing.T, id bills.BillID, amount money.Rial) bills.Bill {
	t.Helper()
	payment, err := bills.NewPaymentID(id, amount, 5, 1)
	if err != nil {
		t.Fatal(err)
	}
	return bills.Bill{Pair: bills.Pair{Bill: id, Payment: payment}, Amount: amount}
}

// outcomes are the outcomes and reasons of a file's lines, in order.
func (c *counter) outcomes(f payments.BankFile) string {
	c.Helper()
	return c.one(`SELECT string_agg(outcome || coalesce(' ' || nullif(reason, ''), '') || ' ' || amount_rial, ', ' ORDER BY line) FROM bank_lines WHERE file_id = ?`, f.ID)
}

// TestEveryLineComesToAnEnd: one file with everything that can go wrong.
func TestEveryLineComesToAnEnd(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o, paid := c.order(cashierA, 0), c.order(cashierA, 1)
	c.start(cashierA, paid.ID, payments.ByDeposit)
	good, other := o.Bills[0], asking(t, 99_999_999, 218, 7_000)
	broken := good
	broken.Pair.Payment = good.Pair.Payment[:len(good.Pair.Payment)-1] + bills.PaymentID(rune('0'+(good.Pair.Payment[len(good.Pair.Payment)-1]-'0'+1)%10))
	more := numbered(t, good.Pair.Bill, good.Amount+1000)
	lines := strings.SplitAfter(file(100, good, other, broken, more, good, paid.Bills[0]), "\n")
	again, cut, letters := lines[1], o.Bills[1], "x"+lines[1][1:]
	total := 3*good.Amount + other.Amount + more.Amount + paid.Bills[0].Amount + good.Amount + cut.Amount
	body := header(total, 9) + strings.Join(lines[1:7], "") + again + lines[1][:23] + "\r\n" + letters
	f := c.read("MLI050829.txt", body)
	want := fmt.Sprintf("captured %d, suspended unknown_bill 7000, suspended bad_numbers %d, suspended wrong_amount %d, suspended paid_twice %d, suspended paid_elsewhere %d, "+
		"suspended paid_twice %d, malformed line_length %d, malformed line_digits 0", good.Amount, good.Amount, more.Amount, good.Amount, paid.Bills[0].Amount, good.Amount, cut.Amount)
	if got := c.outcomes(f); got != want {
		t.Errorf("lines\n%s\nwant\n%s", got, want)
	}
	if f.Captured != 1 || f.Suspended != 6 || f.Malformed != 2 || f.CapturedRial+f.SuspendedRial != total || f.Total != total || f.Lost != cut.Amount {
		t.Errorf("%+v", f)
	}
	if raw := c.one(`SELECT raw FROM bank_lines WHERE outcome = 'malformed' ORDER BY line LIMIT 1`); raw != lines[1][:23] {
		t.Errorf("kept %q", raw)
	}
	c.verified()

	again2, err := c.payments.ImportBankFile(c.as(asks), "another-name.txt", strings.NewReader(body))
	if err != nil || again2 != f {
		t.Errorf("the same content: %+v, %v", again2, err)
	}
	_, err = c.payments.ImportBankFile(c.as(asks), "mli050829.TXT", strings.NewReader(file(900, o.Bills[1])))
	refused(t, err, "bank_file_name_taken")
	c.verified()
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	if fault.Of(err) == nil || fault.Of(err).Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

// TestAFileThatContradictsItselfPostsNothing: its own number and sum of lines come first.
func TestAFileThatContradictsItselfPostsNothing(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	line := strings.SplitAfter(file(1, o.Bills[0]), "\n")[1]
	for name, body := range map[string]string{
		"sum.txt":    header(o.Bills[0].Amount+1000, 1) + line,
		"count.txt":  header(o.Bills[0].Amount, 2) + line,
		"broken.txt": header(o.Bills[0].Amount-1000, 2) + line + "12345\n",
	} {
		_, err := c.payments.ImportBankFile(c.as(asks), name, strings.NewReader(body))
		refused(t, err, "bank_file_totals")
	}
	_, err := c.payments.ImportBankFile(c.as(asks), "else.txt", strings.NewReader("699917050829000000000000000000\n"))
	refused(t, err, "bank_file_company")
	if n := c.one(`SELECT count(*) FROM bank_files`) + c.one(`SELECT count(*) FROM bank_lines`); n != "00" {
		t.Errorf("stored: %s", n)
	}
	if f := c.read("quiet.txt", header(0, 0)); f.FinishedAt.IsZero() {
		t.Errorf("a day without payments is not done: %+v", f)
	}
	c.verified()
}

// tearing is a file whose second reading breaks off, as a process that dies does.
type tearing struct {
	*strings.Reader
	seeks, after int
}

func (r *tearing) Seek(offset int64, whence int) (int64, error) {
	r.seeks++
	return r.Reader.Seek(offset, whence)
}

func (r *tearing) Read(p []byte) (int, error) {
	if r.seeks > 0 && int(r.Size())-r.Len() >= r.after {
		return 0, io.ErrUnexpectedEOF
	}
	return r.Reader.Read(p[:min(len(p), 100)])
}

func manyUnknown(t *testing.T, n int) []bills.Bill {
	list := make([]bills.Bill, n)
	for i := range list {
		list[i] = asking(t, 90_000_000+i, 218, 1000)
	}
	return list
}

// TestAnImportThatBrokeOffGoesOn: what was posted stays, and the second import posts the rest, each line once.
func TestAnImportThatBrokeOffGoesOn(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	body := file(1, append(manyUnknown(t, 250), o.Bills...)...)
	_, err := c.payments.ImportBankFile(c.as(asks), "long.txt", &tearing{Reader: strings.NewReader(body), after: len(body) * 9 / 10})
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("the import did not break off: %v", err)
	}
	if done := c.one(`SELECT done_lines FROM bank_files WHERE finished_at IS NULL`); done != "200" {
		t.Errorf("%s lines are done", done)
	}
	c.verified()
	f := c.read("long.txt", body)
	if f.Done != 252 || f.Captured != 2 || f.Suspended != 250 || f.FinishedAt.IsZero() {
		t.Errorf("%+v", f)
	}
	if n := c.one(`SELECT count(*) || ' ' || count(DISTINCT line) FROM bank_lines`); n != "252 252" {
		t.Errorf("%s lines", n)
	}
	c.verified()
}

// TestTheSameFileInSeveralPlacesAtOnce: every line is posted once, and all get the same answer.
func TestTheSameFileInSeveralPlacesAtOnce(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	body := file(1, append(manyUnknown(t, 230), o.Bills...)...)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			f, err := c.payments.ImportBankFile(c.as(asks), "same.txt", strings.NewReader(body))
			if err != nil || f.Captured != 2 || f.Suspended != 230 || f.FinishedAt.IsZero() {
				t.Errorf("%+v, %v", f, err)
			}
		})
	}
	all.Wait()
	if n := c.one(`SELECT count(*) FROM bank_lines`); n != "232" {
		t.Errorf("%s lines", n)
	}
	c.verified()
}

// TestTheSameMoneyToldTwiceCountsOnce: in another file that overlaps, in two at once, and by a notification before or after.
func TestTheSameMoneyToldTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o, unknown := c.order(cashierA, 0), manyUnknown(t, 20)
	first := file(1, append([]bills.Bill{o.Bills[0]}, unknown...)...)
	lines := strings.SplitAfter(first, "\n")
	var total money.Rial
	for _, b := range unknown {
		total += b.Amount
	}
	second := header(total, len(unknown)) + strings.Join(lines[2:], "")
	var all sync.WaitGroup
	for name, body := range map[string]string{"one.txt": first, "two.txt": second} {
		all.Go(func() {
			if _, err := c.payments.ImportBankFile(c.as(asks), name, strings.NewReader(body)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := c.one(`SELECT count(*) FILTER (WHERE outcome = 'suspended') || ' ' || count(*) FILTER (WHERE outcome = 'repeated') FROM bank_lines`); n != "20 20" {
		t.Errorf("suspended and repeated: %s", n)
	}
	c.verified()

	notice := c.notice(o.Bills[1], 777)
	line, err := c.payments.ReportBank(c.system(), notice, key("report"))
	if err != nil || line.Outcome != payments.BankCaptured || line.PaymentID == [16]byte{} {
		t.Fatalf("%+v, %v", line, err)
	}
	if f := c.read("three.txt", file(777, o.Bills[1])); f.Repeated != 1 || f.Captured != 0 {
		t.Errorf("%+v", f)
	}
	told, err := c.payments.ReportBank(c.system(), c.notice(o.Bills[0], 1), key("report"))
	if err != nil || told.Outcome != payments.BankRepeated {
		t.Errorf("%+v, %v", told, err)
	}
	c.verified()
}

func (c *counter) notice(b bills.Bill, trace int) payments.BankLine {
	return payments.BankLine{Bank: "17", Branch: "000001", Channel: "59", Number: fmt.Sprintf("N-%d", trace), Trace: fmt.Sprintf("%06d", trace), Bill: string(b.Pair.Bill),
		Payment: string(b.Pair.Payment), Amount: b.Amount, Paid: calendar.Date{Year: 1405, Month: 8, Day: 28}}
}

func TestANotificationIsTakenOnce(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	o := c.order(cashierA, 0)
	k, notice := key("report"), c.notice(o.Bills[0], 5)
	first, err := c.payments.ReportBank(c.system(), notice, k)
	if err != nil || first.Outcome != payments.BankCaptured {
		t.Fatalf("%+v, %v", first, err)
	}
	for name, with := range map[string]scope.Key{"the same key": k, "another key": key("report")} {
		if again, err := c.payments.ReportBank(c.system(), notice, with); err != nil || again.ID != first.ID || again.Outcome != first.Outcome {
			t.Errorf("%s: %+v, %v", name, again, err)
		}
	}
	forged := notice
	forged.Amount += 1000
	_, err = c.payments.ReportBank(c.system(), forged, key("report"))
	refused(t, err, "bank_number_reused")
	less := c.notice(o.Bills[1], 6)
	less.Amount -= 1000
	if line, err := c.payments.ReportBank(c.system(), less, key("report")); err != nil || line.Outcome != payments.BankSuspended || line.Reason != payments.WrongAmount {
		t.Errorf("%+v, %v", line, err)
	}
	for field, spoil := range map[string]func(*payments.BankLine){
		"bank": func(l *payments.BankLine) { l.Bank = "MLI" }, "trace": func(l *payments.BankLine) { l.Trace = "1" }, "number": func(l *payments.BankLine) { l.Number = "" },
		"amount_rial": func(l *payments.BankLine) { l.Amount = 0 }, "bill_id": func(l *payments.BankLine) { l.Bill = "x" }, "paid_on": func(l *payments.BankLine) { l.Paid.Month = 13 },
	} {
		wrong := notice
		spoil(&wrong)
		_, err := c.payments.ReportBank(c.system(), wrong, key("report"))
		refused(t, err, "bank_notice")
		if f := fault.Of(err); f != nil && f.Fields[0].Name != field {
			t.Errorf("field %+v, want %q", f.Fields, field)
		}
	}
	c.verified()
}

// TestFirstCertainMoneyWins: a bank and a gateway over the same bills, in both orders.
func TestFirstCertainMoneyWins(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	bankFirst, gatewayFirst := c.order(cashierA, 0), c.order(cashierA, 1)

	late := c.start(cashierA, bankFirst.ID, payments.ByGateway)
	if f := c.read("one.txt", file(1, bankFirst.Bills...)); f.Captured != 2 {
		t.Fatalf("%+v", f)
	}
	c.bank.paid = true
	p, err := c.payments.Resolve(c.system(), late.ID)
	if err != nil || p.State != payments.Suspense || p.Reason != "bill_already_settled" {
		t.Fatalf("the gateway's late money: %+v, %v", p, err)
	}
	c.verified()

	p = c.start(cashierA, gatewayFirst.ID, payments.ByGateway)
	if p, err = c.payments.Resolve(c.system(), p.ID); err != nil || p.State != payments.Captured {
		t.Fatalf("%+v, %v", p, err)
	}
	if f := c.read("two.txt", file(50, gatewayFirst.Bills...)); f.Suspended != 2 {
		t.Errorf("%+v", f)
	}
	if n := c.one(`SELECT count(*) FROM suspense_items WHERE closed_at IS NULL AND reason IN ('paid_elsewhere', 'bill_already_settled') AND amount_rial > 0`); n != "3" {
		t.Errorf("%s items", n)
	}
	c.verified()
}

// TestOrdersThatEndedMeanwhile: a lapsed or cancelled order is paid while nobody else has its dues; else the money waits.
func TestOrdersThatEndedMeanwhile(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	cancelled, lapsed, taken, held := c.order(cashierA, 0), c.order(cashierA, 1), c.order(cashierA, 2), c.order(cashierA, 3)
	if _, err := c.bills.CancelOrder(c.as(cashierA), counterA, cancelled.ID, key("cancel")); err != nil {
		t.Fatal(err)
	}
	c.wait(48 * time.Hour)
	elsewhere := c.order(cashierB, 2)
	c.start(cashierB, elsewhere.ID, payments.ByDeposit)
	holding := c.order(cashierB, 3)
	f := c.read("late.txt", file(1, append(append(append(append([]bills.Bill{}, cancelled.Bills...), lapsed.Bills...), taken.Bills...), held.Bills...)...))
	if f.Captured != 4 || f.Suspended != 4 {
		t.Errorf("%+v: %s", f, c.outcomes(f))
	}
	if n := c.one(`SELECT count(*) FROM suspense_items WHERE reason = 'due_held'`); n != "4" {
		t.Errorf("%s items", n)
	}
	for name, o := range map[string]bills.Order{"cancelled": cancelled, "lapsed": lapsed} {
		if got := c.orderState(o); got != "paid" {
			t.Errorf("the %s order is %s", name, got)
		}
	}
	if p := c.start(cashierB, holding.ID, payments.ByDeposit); p.State != payments.Captured { // whoever holds the dues is not disturbed
		t.Errorf("%+v", p)
	}
	c.verified()
}

// TestBanksCountersAndGatewaysRace: whatever comes first, no due is paid twice and no rial is lost.
func TestBanksCountersAndGatewaysRace(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	c.bank.paid = true
	var all sync.WaitGroup
	var paid []bills.Bill
	for car := range 12 {
		o := c.order(cashierA, car)
		paid = append(paid, o.Bills...)
		p := c.start(cashierA, o.ID, payments.ByGateway)
		all.Go(func() {
			if _, err := c.payments.Resolve(c.system(), p.ID); err != nil {
				t.Error(err)
			}
		})
	}
	for i, body := range []string{file(1, paid...), file(500, paid...)} {
		all.Go(func() {
			if _, err := c.payments.ImportBankFile(c.as(asks), fmt.Sprintf("race-%d.txt", i), strings.NewReader(body)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := c.one(`SELECT count(*) FROM bills WHERE state = 'paid'`); n != fmt.Sprint(len(paid)) {
		t.Errorf("%s of %d bills are paid", n, len(paid))
	}
	c.verified()
}
