package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/payments"
	"mofasa/cmd/banksim/sim"
)

// cityBill is an order's bill of a city.
func cityBill(t *testing.T, o gen.Order, city int) gen.Bill {
	t.Helper()
	at := slices.IndexFunc(o.Bills, func(b gen.Bill) bool { return b.Municipality.Code == city })
	if at < 0 {
		t.Fatalf("the order has no bill of %d", city)
	}
	return o.Bills[at]
}

// TestABillThatMayNotBePaidAtABank shows no numbers to pay it by, neither when the order is made nor later, and says why; once paid otherwise, its numbers are there to be named.
func TestABillThatMayNotBePaidAtABank(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	cashier := d.SignIn(apitest.Cashier)
	agreed(t, d.Server, "1", map[string]any{"methods": []string{"gateway", "deposit"}})
	made := cashier.Order(apitest.Plate)
	for name, order := range map[string]gen.Order{"made": made, "read": cashier.GetOrder(made.Id)} {
		for _, b := range order.Bills {
			banned := b.Municipality.Code == apitest.Shiraz
			if numbers := b.BillId != nil && b.PaymentId != nil && b.Barcode != nil; numbers == banned || numbers != (b.BillId != nil || b.PaymentId != nil || b.Barcode != nil) {
				t.Errorf("%s, %d: %+v", name, b.Municipality.Code, b)
			}
			if (b.BankRefusal != nil) != banned {
				t.Errorf("%s, %d: %+v", name, b.Municipality.Code, b.BankRefusal)
			}
			if banned && (b.BankRefusal.Code != "bank_not_agreed" || !strings.Contains(b.BankRefusal.Text.Fa, "شناسهٔ قبض") || !strings.Contains(b.BankRefusal.Text.En, "bill ID")) {
				t.Errorf("%s: %+v", name, b.BankRefusal)
			}
		}
	}
	if strings.Contains(string(cashier.Do("GET", "/v1/orders/"+made.Id.String(), nil).Body), d.numberOf(cityBill(t, made, apitest.Shiraz).Id)) {
		t.Error("the bill ID is shown all the same")
	}
	cashier.Pay(made.Id)
	paid := cityBill(t, cashier.GetOrder(made.Id), apitest.Shiraz)
	if paid.State != gen.BillStatePaid || paid.BillId == nil || paid.BankRefusal != nil {
		t.Errorf("%+v", paid)
	}
}

// numberOf is a bill's bill ID in the registry.
func (d *desk) numberOf(bill uuid.UUID) string {
	return visit{Server: d.Server}.one(`SELECT bill_id FROM bills WHERE id = ?`, bill)
}

// atBank pays a bill at the simulated bank's counter, by its two numbers.
func (d *desk) atBank(b gen.Bill) sim.BillPayment {
	d.t.Helper()
	text, err := json.Marshal(map[string]any{"bill_id": b.BillId, "payment_id": b.PaymentId, "amount": b.AmountRial, "date": "1405/08/28", "sent": "1405/08/29"})
	if err != nil {
		d.t.Fatal(err)
	}
	response, err := http.Post(d.Bank.URL+"/_sim/bills/pay", "application/json", bytes.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	var paid sim.BillPayment
	if err := json.NewDecoder(response.Body).Decode(&paid); err != nil || response.StatusCode != 201 {
		d.t.Fatalf("%d, %v", response.StatusCode, err)
	}
	return paid
}

// returned fetches the bank's return file of a city from its server.
func (d *desk) returned(layout string, city int, query string) (name string, body []byte) {
	d.t.Helper()
	response, err := http.Get(fmt.Sprintf("%s/_sim/files/%s/14050829?company=%03d%s", d.Bank.URL, layout, city, query))
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil || response.StatusCode != 200 {
		d.t.Fatalf("%d %s, %v", response.StatusCode, body, err)
	}
	_, name, _ = strings.Cut(response.Header.Get("Content-Disposition"), `filename="`)
	return strings.TrimSuffix(name, `"`), body
}

func (d *desk) read(name string, body []byte) payments.BankFile {
	d.t.Helper()
	f, err := d.Program.Payments.ImportBankFile(d.System(), name, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	return f
}

// noticeOfPaid is the bank's own notification of what was paid at its counter.
func noticeOfPaid(p sim.BillPayment, number string) map[string]any {
	return map[string]any{"bank": p.Bank, "branch": p.Branch, "channel": p.Channel, "number": number, "trace": p.Reference, "bill_id": p.BillID, "payment_id": p.PaymentID,
		"amount_rial": p.Amount, "paid_on": p.Date.String()}
}

func (d *desk) verified() {
	d.t.Helper()
	if rule, row, err := d.Program.Payments.Verify(d.System()); err != nil || rule != "" {
		d.t.Errorf("%s: %s, %v", rule, row, err)
	}
}

// TestTheSimulatedBanksFilesPayBills: what was paid at the bank's counter comes in its own file of either layout, once with a line that was cut, and in its notifications.
func TestTheSimulatedBanksFilesPayBills(t *testing.T) {
	t.Parallel()
	for _, layout := range []string{"a", "b"} {
		t.Run(layout, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			cashier, bank := d.SignIn(apitest.Cashier), program(t, d.Server, d.first, "بانک ملی", "bank_payments.report")
			var orders []gen.Order
			var told []sim.BillPayment
			for i := range 3 {
				o := cashier.Order(apitest.FleetPlate(i))
				orders, told = append(orders, o), append(told, d.atBank(cityBill(t, o, apitest.Tehran)))
			}
			name, cut := d.returned(layout, apitest.Tehran, "&fault=truncated_line")
			f := d.read(name, cut)
			if f.Captured != 2 || f.Malformed != 1 || f.SuspendedRial != f.Lost || int64(f.Lost) != told[2].Amount || string(f.Layout) != layout {
				t.Fatalf("the file with a cut line: %+v", f)
			}
			d.verified()
			for i, want := range []gen.BankOutcome{gen.BankOutcomeRepeated, gen.BankOutcomeRepeated, gen.BankOutcomeCaptured} { // the third stood in the line that was cut
				var line gen.BankLine
				bank.Must(bank.Once("POST", "/v1/bank-payments", noticeOfPaid(told[i], fmt.Sprint("N-", i))), 200, &line)
				if line.Outcome != want {
					t.Errorf("notification %d is %s", i, line.Outcome)
				}
			}
			whole, good := d.returned(layout, apitest.Tehran, "")
			if whole != name {
				t.Errorf("%s, then %s", name, whole)
			}
			if f := d.read("again-"+whole, good); f.Repeated != 3 || f.Captured+f.Suspended+f.Malformed != 0 {
				t.Errorf("the whole file: %+v", f)
			}
			for _, o := range orders {
				if now := cashier.GetOrder(o.Id); cityBill(t, now, apitest.Tehran).State != gen.BillStatePaid || len(now.Payments) != 1 {
					t.Errorf("%+v", now)
				}
			}
			wantBooks(t, d.Server, 3)
			d.verified()
		})
	}
}

// TestABankAndACounterTakeADueOnce lets a due be paid at a bank while a counter holds it: of the two certain moneys the first settles it, and the other waits at the desk (I2).
func TestABankAndACounterTakeADueOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ours, theirs := d.SignIn(apitest.Cashier), d.SignIn(apitest.OtherCashier)
	bank := program(t, d.Server, d.first, "بانک ملی", "bank_payments.report")
	report := func(notice map[string]any) (line gen.BankLine) {
		t.Helper()
		bank.Must(bank.Once("POST", "/v1/bank-payments", notice), 200, &line)
		return line
	}

	// The bank is first: the counter's own attempt is under way, and its money comes after.
	first := ours.Order(apitest.FleetPlate(0))
	pending := ours.Start(first.Id)
	if line := report(noticeOfPaid(d.atBank(cityBill(t, first, apitest.Tehran)), "N-1")); line.Outcome != gen.BankOutcomeCaptured {
		t.Fatalf("%+v", line)
	}
	ours.Must(ours.Return(d.Bank.Decide(t, pending, "pay")), 200, nil)
	if late := ours.GetOrder(first.Id).Payments[0]; late.Id != pending.Id && late.State != gen.PaymentStateSuspense {
		t.Errorf("%+v", late)
	}

	// Another counter is first: the order lapsed, somebody else claimed its dues, and the bank took the money for the old bill.
	lapsed := ours.Order(apitest.OtherPlate)
	d.Clock.Advance(31 * time.Minute)
	ours, theirs = d.SignIn(apitest.Cashier), d.SignIn(apitest.OtherCashier)
	bank = program(t, d.Server, d.SignIn(apitest.PlatformOperator), "بانک ملت", "bank_payments.report")
	taken := theirs.Order(apitest.OtherPlate)
	ours.Refused(ours.Once("POST", "/v1/orders/"+lapsed.Id.String()+"/payments", map[string]string{"method": "gateway"}), 409, "order_not_open")
	if line := report(noticeOfPaid(d.atBank(cityBill(t, lapsed, apitest.Tehran)), "N-2")); line.Outcome != gen.BankOutcomeSuspended || line.Reason == nil || *line.Reason != "due_held" {
		t.Fatalf("%+v", line)
	}
	if p := theirs.Pay(taken.Id); p.State != gen.PaymentStateCaptured {
		t.Errorf("%+v", p)
	}

	// The bank is first again: whoever holds nothing any more cannot pay, and nobody can claim.
	third := ours.Order(apitest.FleetPlate(1))
	if line := report(noticeOfPaid(d.atBank(cityBill(t, third, apitest.Tehran)), "N-3")); line.Outcome != gen.BankOutcomeCaptured {
		t.Fatalf("%+v", line)
	}
	ours.Refused(ours.Once("POST", "/v1/orders/"+third.Id.String()+"/payments", map[string]string{"method": "gateway"}), 409, "nothing_to_pay")
	elsewhere := noticeOf(cityBill(t, third, apitest.Tehran), "N-4", "000777")
	elsewhere["bank"] = "12"
	if line := report(elsewhere); line.Outcome != gen.BankOutcomeSuspended || *line.Reason != "paid_twice" {
		t.Errorf("%+v", line)
	}
	if twice := (visit{Server: d.Server}).one(`SELECT count(*) FROM (SELECT 1 FROM payments p JOIN payment_bills x ON x.payment_id = p.id JOIN bill_dues b ON b.municipality_id = x.municipality_id
	  AND b.bill_id = x.bill_id WHERE p.state = 'captured' GROUP BY b.municipality_id, b.vehicle_id, b.fiscal_year HAVING count(DISTINCT p.id) > 1) x`); twice != "0" {
		t.Errorf("%s dues were paid twice", twice)
	}
	d.verified()
}
