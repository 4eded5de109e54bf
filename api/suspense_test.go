package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/api/apitest"
	"mofasa/api/gen"
)

func noticeOf(b gen.Bill, number, trace string) map[string]any {
	return map[string]any{"bank": "17", "branch": "000001", "channel": "59", "number": number, "trace": trace, "bill_id": b.BillId, "payment_id": b.PaymentId, "amount_rial": b.AmountRial, "paid_on": "1405/08/28"}
}

// TestABankReportsAndTheDeskRemedies: a bank's program pays a bill; the second payment of it goes through the desk by two people.
func TestABankReportsAndTheDeskRemedies(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	cashier := d.SignIn(apitest.Cashier)
	order := cashier.Order(apitest.Plate)
	bank := program(t, d.Server, d.first, "بانک ملی", "bank_payments.report")
	var line, again gen.BankLine
	key := uuid.NewString()
	first := noticeOf(order.Bills[0], "N-1", "000001")
	bank.Must(bank.Do("POST", "/v1/bank-payments", first, "Idempotency-Key", key), 200, &line)
	bank.Must(bank.Do("POST", "/v1/bank-payments", first, "Idempotency-Key", key), 200, &again)
	if line.Outcome != gen.BankOutcomeCaptured || line.PaymentRecordId == nil || again.Id != line.Id {
		t.Fatalf("%+v, again %+v", line, again)
	}
	bank.Refused(bank.Do("POST", "/v1/bank-payments", noticeOf(order.Bills[0], "N-2", "000001"), "Idempotency-Key", key), 409, "idempotency_key_reused")
	bank.Refused(bank.Do("POST", "/v1/bank-payments", first), 422, "invalid_request")
	bank.Refused(bank.Do("GET", "/v1/suspense", nil), 403, "not_permitted")
	cashier.Refused(cashier.Once("POST", "/v1/bank-payments", first), 403, "not_permitted")
	d.first.Refused(d.first.Once("POST", "/v1/bank-payments", first), 403, "bank_program")
	bank.Must(bank.Once("POST", "/v1/bank-payments", noticeOf(order.Bills[0], "N-2", "000002")), 200, &line)
	if line.Outcome != gen.BankOutcomeSuspended || *line.Reason != "paid_twice" {
		t.Fatalf("%+v", line)
	}

	var list gen.SuspenseList
	d.first.Must(d.first.Do("GET", "/v1/suspense?state=open&reason=paid_twice&limit=10", nil), 200, &list)
	if len(list.Items) != 1 || list.Items[0].AmountRial != order.Bills[0].AmountRial {
		t.Fatalf("%+v", list)
	}
	path := "/v1/suspense/" + list.Items[0].Id.String()
	var story gen.SuspenseStory
	d.first.Must(d.first.Do("GET", path, nil), 200, &story)
	remedies := []gen.Remedy{}
	for _, s := range story.Suggestions {
		remedies = append(remedies, s.Remedy)
	}
	if story.BankLine == nil || len(story.Entries) != 1 || len(story.Bills) != 1 || !slices.Equal(remedies, []gen.Remedy{"apply_to", "give_back", "dismiss"}) {
		t.Errorf("%+v", story)
	}
	d.first.Refused(d.first.Do("POST", path+"/dry-run", map[string]any{"remedy": "apply"}), 409, "remedy_impossible")
	var effect gen.RemedyEffect
	back := map[string]any{"remedy": "give_back", "iban": "IR062960000000100324200001"}
	d.first.Must(d.first.Do("POST", path+"/dry-run", back), 200, &effect)
	if effect.PayoutRial != order.Bills[0].AmountRial || len(effect.Entries) != 1 {
		t.Errorf("%+v", effect)
	}
	back["reason"] = "دو بار پرداخت شده است"
	var asked gen.Approval
	d.first.Must(d.first.Once("POST", path+"/remedies", back), 202, &asked)
	decision := "/v1/approvals/" + asked.Id.String() + "/decision"
	d.first.Refused(d.first.Do("POST", decision, map[string]string{"verdict": "approve"}), 403, "approval_second_person")
	d.second.Must(d.second.Do("POST", decision, map[string]string{"verdict": "approve"}), 200, nil)
	d.first.Must(d.first.Do("GET", path, nil), 200, &story)
	if story.Item.ClosedAt == nil || *story.Item.Remedy != gen.RemedyGiveBack || len(story.Suggestions) != 0 || len(story.Entries) != 2 {
		t.Errorf("%+v", story)
	}
	manager, stranger := d.SignIn(apitest.Manager), d.SignIn(apitest.OtherManager)
	manager.Must(manager.Do("GET", path, nil), 200, &story)
	stranger.Refused(stranger.Do("GET", path, nil), 404, "suspense_unknown")
	manager.Refused(manager.Do("POST", path+"/dry-run", map[string]any{"remedy": "dismiss"}), 403, "not_permitted")
	if rule, row, err := d.Program.Payments.Verify(d.System()); err != nil || rule != "" {
		t.Errorf("%s: %s, %v", rule, row, err)
	}
}

// TestACitySeesWhatCameForItsBills parks a payment over three cities' bills, and a bank's money for one of them: each city is told of its own bill and of what came for that
// alone, how it ended, and of nothing else.
func TestACitySeesWhatCameForItsBills(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	cashier, treasurer, auditor, foreign := d.SignIn(apitest.Cashier), d.SignIn(apitest.Treasurer), d.SignIn(apitest.CityAuditor), d.SignIn(apitest.ForeignTreasurer)
	d.Bank.Scenario(t, `{"name":"verify_other_amount"}`)
	order := cashier.Order(apitest.Plate)
	parked := cashier.Pay(order.Id)
	shiraz := cityBill(t, order, apitest.Shiraz)
	list := func(c *apitest.Client, query string) (found gen.SuspenseList) {
		t.Helper()
		c.Must(c.Do("GET", "/v1/suspense"+query, nil), 200, &found)
		return found
	}
	whole := list(d.first, "?state=open").Items
	if parked.State != gen.PaymentStateSuspense || len(whole) != 1 || whole[0].AmountRial <= shiraz.AmountRial || len(whole[0].Said) == 0 {
		t.Fatalf("%+v, %+v", parked, whole)
	}
	item := whole[0].Id
	path := "/v1/suspense/" + item.String()
	for name, c := range map[string]*apitest.Client{"treasurer": treasurer, "auditor": auditor} {
		own := list(c, "?state=open").Items
		if len(own) != 1 || own[0].Id != item || own[0].AmountRial != shiraz.AmountRial || len(own[0].Said) != 0 || own[0].Reason != whole[0].Reason || own[0].ApprovalId != nil {
			t.Fatalf("%s: %+v", name, own)
		}
		var story gen.SuspenseStory
		c.Must(c.Do("GET", path, nil), 200, &story)
		if len(story.Bills) != 1 || story.Bills[0].Id != shiraz.Id || story.Item.AmountRial != shiraz.AmountRial || story.Payment != nil || story.BankLine != nil || len(story.Steps) != 0 ||
			len(story.Suggestions) != 0 || len(story.Entries) != 0 || *story.OrderId != order.Id {
			t.Errorf("%s: %+v", name, story)
		}
		for city, b := range map[string]gen.Bill{"Tehran": cityBill(t, order, apitest.Tehran), "Isfahan": otherBill(t, order)} {
			if text := string(c.Do("GET", path, nil).Body); strings.Contains(text, b.Id.String()) || strings.Contains(text, *b.BillId) || strings.Contains(text, fmt.Sprint(b.AmountRial)) {
				t.Errorf("%s is told of %s's bill: %s", name, city, text)
			}
		}
		c.Refused(c.Do("POST", path+"/dry-run", map[string]any{"remedy": "dismiss"}), 403, "not_permitted")
	}
	if strange := list(foreign, "").Items; len(strange) != 0 {
		t.Errorf("a city without a bill in it sees %+v", strange)
	}
	foreign.Refused(foreign.Do("GET", path, nil), 404, "suspense_unknown")

	back := map[string]any{"remedy": "give_back", "iban": "IR062960000000100324200001", "reason": "x"}
	var asked gen.Approval
	d.first.Must(d.first.Once("POST", path+"/remedies", back), 202, &asked)
	d.second.Must(d.second.Do("POST", "/v1/approvals/"+asked.Id.String()+"/decision", map[string]string{"verdict": "approve"}), 200, nil)
	if closed := list(treasurer, "?state=closed").Items; len(closed) != 1 || closed[0].ClosedAt == nil || *closed[0].Remedy != gen.RemedyGiveBack || len(list(treasurer, "?state=open").Items) != 0 {
		t.Errorf("%+v", closed)
	}

	// A bank's money of another amount than the bill's, and twice the bill's.
	bank := program(t, d.Server, d.first, "بانک ملی", "bank_payments.report")
	for i, number := range []string{"N-1", "N-2"} {
		notice := noticeOf(shiraz, number, fmt.Sprintf("%06d", i))
		bank.Must(bank.Once("POST", "/v1/bank-payments", notice), 200, nil)
	}
	twice := list(treasurer, "?state=open").Items
	if len(twice) != 1 || twice[0].Reason != "paid_twice" || twice[0].AmountRial != shiraz.AmountRial || twice[0].Source != gen.SuspenseSourceBankLine {
		t.Errorf("%+v", twice)
	}
	if page := list(treasurer, "?limit=1&before="+twice[0].Id.String()).Items; len(page) != 1 || page[0].Id != item {
		t.Errorf("the next page: %+v", page)
	}
	d.verified()
}

// otherBill is the order's bill of neither Tehran nor Shiraz.
func otherBill(t *testing.T, o gen.Order) gen.Bill {
	t.Helper()
	return o.Bills[slices.IndexFunc(o.Bills, func(b gen.Bill) bool {
		return b.Municipality.Code != apitest.Tehran && b.Municipality.Code != apitest.Shiraz
	})]
}
