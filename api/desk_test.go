package api_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/money"
)

func searched(c *apitest.Client, body map[string]any) (page gen.OrderPage) {
	c.Must(c.Do("POST", "/v1/orders/searches", body), 200, &page)
	return page
}

func TestAVisitIsFoundByWhateverStandsOnItsPapers(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, stranger := s.SignIn(apitest.Cashier), s.SignIn(apitest.OtherCashier)
	paid, open := cashier.Order(apitest.FleetPlate(1)), cashier.Order(apitest.FleetPlate(2))
	receipt := cashier.Pay(paid.Id).Receipt
	var certificate gen.Certificate
	cashier.Must(cashier.Once("POST", "/v1/certificates", map[string]any{"order_id": paid.Id}), 201, &certificate)

	today := searched(cashier, map[string]any{})
	if len(today.Orders) != 2 || today.Orders[0].Id != open.Id || today.Orders[1].Id != paid.Id || today.Next != nil {
		t.Fatalf("today: %+v", today)
	}
	if v := today.Orders[1]; v.State != "paid" || v.PaidRial != paid.TotalRial || v.Cities != len(paid.Bills) || v.CertificateSerial == nil || *v.PaymentState != "captured" || v.PersonName == "" {
		t.Errorf("%+v", v)
	}
	bill := paid.Bills[0]
	const reference = "Qm9+uXa1/Kd0ZtT7eYp3WvLr8sHcQm9+uXa1/Kd0ZtT7e~Yp=?" // as long as SEP's are, and of the same signs
	s.Platform(`UPDATE payments SET reference = ? WHERE order_id = ?`, reference, paid.Id)
	barcode := fmt.Sprintf("%013s%013s", *bill.BillId, *bill.PaymentId)
	for name, number := range map[string]string{"receipt": strconv.FormatInt(receipt.Number, 10), "rrn": *receipt.Rrn, "bill ID": *bill.BillId, "padded": "000" + *bill.BillId,
		"payment ID": *bill.PaymentId, "serial": certificate.Serial, "small letters": strings.ToLower(certificate.Serial),
		"reference": reference, "pasted reference": " " + reference + "\n", "barcode": barcode, "typed barcode": money.PersianDigits(barcode)} {
		if found := searched(cashier, map[string]any{"number": number}); len(found.Orders) != 1 || found.Orders[0].Id != paid.Id {
			t.Errorf("by %s: %+v", name, found)
		}
		if found := searched(stranger, map[string]any{"number": number}); len(found.Orders) != 0 {
			t.Errorf("a stranger finds by %s: %+v", name, found)
		}
	}
	if found := searched(cashier, map[string]any{"plate": apitest.FleetPlate(2)}); len(found.Orders) != 1 || found.Orders[0].Id != open.Id {
		t.Errorf("by plate: %+v", found)
	}
	if found := searched(stranger, map[string]any{"plate": apitest.FleetPlate(2)}); len(found.Orders) != 0 {
		t.Errorf("a stranger finds by plate: %+v", found)
	}
	if found := searched(cashier, map[string]any{"day": "1400/01/01"}); len(found.Orders) != 0 {
		t.Errorf("another day: %+v", found)
	}
	cashier.Refused(cashier.Do("POST", "/v1/orders/searches", map[string]any{"number": "شماره"}), 422, "visit_number")
	for name, number := range map[string]string{"other letters": strings.ToUpper(reference), "crossed barcode": barcode[13:] + barcode[:13],
		"half a barcode": barcode[:13] + strings.Repeat("0", 13)} {
		if found := searched(cashier, map[string]any{"number": number}); len(found.Orders) != 0 {
			t.Errorf("by %s: %+v", name, found)
		}
	}

	first := searched(cashier, map[string]any{"limit": 1})
	if len(first.Orders) != 1 || first.Next == nil {
		t.Fatalf("the first page: %+v", first)
	}
	if rest := searched(cashier, map[string]any{"limit": 1, "after": *first.Next}); len(rest.Orders) != 1 || rest.Orders[0].Id != paid.Id || rest.Next != nil {
		t.Errorf("the second page: %+v", rest)
	}
}

func TestATimelineGoesFromInquiryToCertificate(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, stranger := s.SignIn(apitest.Cashier), s.SignIn(apitest.OtherCashier)
	order := cashier.Order(apitest.FleetPlate(1))
	receipt := cashier.Pay(order.Id).Receipt
	cashier.Must(cashier.Once("POST", "/v1/receipts/"+strconv.FormatInt(receipt.Number, 10)+"/prints", nil), 201, nil)
	cashier.Must(cashier.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, nil)

	path := "/v1/orders/" + order.Id.String() + "/timeline"
	var story gen.OrderTimeline
	cashier.Must(cashier.Do("GET", path, nil), 200, &story)
	var told []string
	for _, e := range story.Events {
		word := e.Kind
		if e.State != nil {
			word += " " + *e.State
		}
		told = append(told, word)
	}
	at := 0
	for _, step := range []string{"inquiry", "order", "payment created", "payment sent", "payment captured", "receipt", "print original", "certificate issued"} {
		found := slices.Index(told[at:], step)
		if found < 0 {
			t.Fatalf("%s is missing, or out of order: %v", step, told)
		}
		at += found + 1
	}
	if e := story.Events[1]; e.PersonName == nil || *e.PersonName == "" || e.AmountRial == nil || *e.AmountRial != order.TotalRial {
		t.Errorf("%+v", e)
	}
	stranger.Refused(stranger.Do("GET", path, nil), 404, "visit_unknown")

	given := cashier.Order(apitest.FleetPlate(2))
	cashier.Must(cashier.Once("POST", "/v1/orders/"+given.Id.String()+"/cancellation", nil), 200, nil)
	cashier.Must(cashier.Do("GET", "/v1/orders/"+given.Id.String()+"/timeline", nil), 200, &story)
	if last := story.Events[len(story.Events)-1]; last.Kind != "cancellation" || last.PersonName == nil {
		t.Errorf("%+v", last)
	}
}

func TestUsageCountsWhatEachOperatorDid(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, manager, stranger := s.SignIn(apitest.Cashier), s.SignIn(apitest.Manager), s.SignIn(apitest.OtherManager)
	order := cashier.Order(apitest.FleetPlate(1))
	amount := cashier.Pay(order.Id).AmountRial
	cashier.Must(cashier.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, nil)
	manager.Order(apitest.FleetPlate(2))

	var report gen.UsageReport
	manager.Must(manager.Do("GET", "/v1/usage?from=1404/12/01&to=1405/11/30", nil), 200, &report)
	if len(report.Rows) != 2 {
		t.Fatalf("%+v", report)
	}
	holdsTheSame(t, manager.Do("GET", "/v1/usage/spreadsheet?from=1404/12/01&to=1405/11/30", nil), report)
	at := slices.IndexFunc(report.Rows, func(r gen.UsageRow) bool { return r.Receipts == 1 })
	if at < 0 {
		t.Fatalf("%+v", report)
	}
	if r := report.Rows[at]; r.Inquiries != 1 || r.Orders != 1 || r.TakenRial != amount || r.Certificates != 1 || r.PersonName == "" {
		t.Errorf("the cashier: %+v", r)
	}
	if r := report.Rows[1-at]; r.Inquiries != 1 || r.Orders != 1 || r.TakenRial != 0 || r.Certificates != 0 {
		t.Errorf("the manager: %+v", r)
	}
	stranger.Must(stranger.Do("GET", "/v1/usage?from=1404/12/01&to=1405/11/30", nil), 200, &report)
	if len(report.Rows) != 0 {
		t.Errorf("a stranger reads %+v", report)
	}
	cashier.Refused(cashier.Do("GET", "/v1/usage?from=1405/01/01&to=1405/01/02", nil), 403, "not_permitted")
	cashier.Refused(cashier.Do("GET", "/v1/usage/spreadsheet?from=1405/01/01&to=1405/01/02", nil), 403, "not_permitted")
	manager.Refused(manager.Do("GET", "/v1/usage?from=1405/01/02&to=1405/01/01", nil), 422, "usage_period")
	manager.Refused(manager.Do("GET", "/v1/usage/spreadsheet?from=1405/01/02&to=1405/01/01", nil), 422, "usage_period")
	manager.Refused(manager.Do("GET", "/v1/usage?from=1404/01/01&to=1405/06/01", nil), 422, "usage_period_long")
}

// holdsTheSame opens a workbook and holds its rows and its last row of sums against the report.
func holdsTheSame(t *testing.T, a apitest.Answer, report gen.UsageReport) {
	t.Helper()
	if kind := a.Header.Get("Content-Type"); a.Status != 200 || kind != "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" {
		t.Fatalf("%d %s", a.Status, kind)
	}
	book, err := excelize.OpenReader(bytes.NewReader(a.Body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows(book.GetSheetName(0), excelize.Options{RawCellValue: true})
	if err != nil || len(rows) != len(report.Rows)+2 {
		t.Fatalf("%v, %v", rows, err)
	}
	var inquiries, taken int64
	for i, r := range report.Rows {
		inquiries, taken = inquiries+int64(r.Inquiries), taken+r.TakenRial
		want := []string{r.Day, r.PersonName, strconv.Itoa(r.Inquiries), strconv.Itoa(r.Orders), strconv.Itoa(r.Receipts), strconv.FormatInt(r.TakenRial, 10), strconv.Itoa(r.Certificates)}
		if !slices.Equal(rows[i+1], want) {
			t.Errorf("%v, want %v", rows[i+1], want)
		}
	}
	foot := rows[len(rows)-1]
	if foot[2] != strconv.FormatInt(inquiries, 10) || foot[5] != strconv.FormatInt(taken, 10) {
		t.Errorf("the sums are %v, want %d and %d", foot, inquiries, taken)
	}
}
