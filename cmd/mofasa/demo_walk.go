package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"mofasa/api/gen"
	"mofasa/tenants/scope"
)

// walk is the main job as an office does it, from sign-in to a certificate that anyone has checked.
type walk struct {
	api    client
	public client // without a login
	tell   *teller
	runner *scope.Runner // for what no endpoint shows: the ledger
	plate  string
	secret string // the cashier's password
	pdf    string // where the certificate goes
	log    string // what to look at when a step fails
	result *demoResult

	inquiry     gen.Inquiry
	order       gen.Order
	payment     gen.Payment
	certificate gen.Certificate
	certified   int64 // the total that it states, in rial
}

func (d *demo) walk() *walk {
	return &walk{api: client{base: d.config.PublicURL}, public: client{base: d.config.PublicURL}, tell: d.tell, runner: d.runner, plate: d.plate, secret: demoPassword,
		pdf: d.folder.file("certificate.pdf"), log: d.folder.file("server.log"), result: &d.result}
}

func (w *walk) do(ctx context.Context) error {
	for _, s := range []step{
		{"Sign in", w.log, w.signIn},
		{"Inquiry", w.log, w.inquire},
		{"Order", w.log, w.claim},
		{"Payment", w.log, w.startPayment},
		{"Bank", w.log, w.payAtBank},
		{"Captured", w.log, w.awaitCapture},
		{"Ledger", w.log, w.readLedger},
		{"Certificate", w.log, w.certify},
		{"PDF", w.log, w.savePDF},
		{"Check", w.log, w.checkGenuine},
		{"Tampering", w.log, w.checkTampered},
	} {
		if err := w.tell.step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) signIn(ctx context.Context) (string, error) {
	var session gen.Session
	err := w.api.call(ctx, http.MethodPost, "/v1/sessions", gen.SignInRequest{Username: demoCashier, Password: w.secret}, &session)
	if err != nil {
		return "", err
	}
	w.api.token = session.AccessToken
	office := session.Me.Office
	if office == nil {
		return "", errors.New(demoCashier + " works for no office")
	}
	return fmt.Sprintf("%s of office %s, %s  %s", demoCashier, office.LicenceNo, office.Municipality.NameEn, session.Me.NameFa), nil
}

// States of the API that the walk looks for.
const (
	dueAssessed     = "assessed"
	paymentCaptured = "captured"
	orderPaid       = "paid"
)

func (w *walk) inquire(ctx context.Context) (string, error) {
	began := time.Now()
	err := w.api.call(ctx, http.MethodPost, "/v1/inquiries", map[string]string{"plate": w.plate, "purpose": "settlement"}, &w.inquiry)
	if err != nil {
		return "", err
	}
	r := &w.result.Inquiry
	r.MS, r.Cities, r.TotalRial = milliseconds(time.Since(began)), len(w.inquiry.Municipalities), w.inquiry.PayableRial
	for _, city := range w.inquiry.Municipalities {
		r.Dues += len(city.Dues)
	}
	if r.TotalRial <= 0 {
		return "", errors.New("the vehicle owes nothing")
	}
	v := w.inquiry.Vehicle
	head := fmt.Sprintf("plate %s, VIN %s: %s, %s, %s rial", steady(w.plate), v.Vin, cities(r.Cities), count(r.Dues, "due"), thousands(r.TotalRial))
	return head + "\n" + strings.Join(append(w.describeDues(), w.explain()...), "\n"), nil
}

// everything asks for all that an inquiry offers.
func everything(asked gen.Inquiry) gen.OrderRequest {
	body := gen.OrderRequest{InquiryId: asked.Id}
	for _, city := range asked.Municipalities {
		for _, d := range city.Dues {
			if d.State == dueAssessed {
				body.Dues = append(body.Dues, struct {
					FiscalYear       int `json:"fiscal_year"`
					MunicipalityCode int `json:"municipality_code"`
				}{d.FiscalYear, city.Municipality.Code})
			}
		}
	}
	return body
}

// orNone is a text that may be absent.
func orNone(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// claim orders every due that the inquiry offers.
func (w *walk) claim(ctx context.Context) (string, error) {
	body := everything(w.inquiry)
	if err := w.api.call(ctx, http.MethodPost, "/v1/orders", body, &w.order); err != nil {
		return "", err
	}
	rows := [][]string{}
	for _, b := range w.order.Bills {
		w.result.Order.Bills = append(w.result.Order.Bills, resultBill{b.Municipality.NameFa, orNone(b.BillId), orNone(b.PaymentId), b.AmountRial})
		rows = append(rows, []string{b.Municipality.NameEn, "bill ID", orNone(b.BillId), "payment ID", orNone(b.PaymentId), thousands(b.AmountRial), "rial", b.Municipality.NameFa})
	}
	head := fmt.Sprintf("%s, %s rial%s, claimed until %s UTC", count(len(w.order.Bills), "bill"), thousands(w.order.TotalRial), beside(w.order.Fee), w.order.ValidUntil.UTC().Format("15:04"))
	return head + "\n" + strings.Join(columns(rows), "\n"), nil
}

// beside tells of the fee that is paid beside the duty.
func beside(fee *gen.Fee) string {
	if fee == nil || !fee.Charged {
		return ", no fee"
	}
	return fmt.Sprintf(" and a fee of %s beside it", thousands(fee.AmountRial))
}

func (w *walk) startPayment(ctx context.Context) (string, error) {
	err := w.api.call(ctx, http.MethodPost, "/v1/orders/"+w.order.Id.String()+"/payments", gen.PaymentRequest{Method: "gateway"}, &w.payment)
	if err != nil {
		return "", err
	}
	if w.payment.RedirectUrl == nil {
		return "", fmt.Errorf("the payment is %s, without a page to pay on", w.payment.State)
	}
	apart := ""
	if w.payment.FeeRial != nil {
		apart = " and that of the fee"
	}
	return fmt.Sprintf("%s rial at %s, split to the accounts of %s%s: %s", thousands(w.payment.AmountRial), w.payment.Provider, cities(len(w.payment.Bills)), apart, w.payment.State), nil
}

func (w *walk) payAtBank(ctx context.Context) (string, error) {
	page, _, _ := strings.Cut(*w.payment.RedirectUrl, "?")
	end, err := payAsBrowser(ctx, *w.payment.RedirectUrl)
	if err != nil {
		return "", err
	}
	if !strings.Contains(end, "پرداخت شما انجام شد") {
		return "paid at " + page + "; back at the office, which still asks the bank", nil
	}
	return "paid at " + page + "; back at the office, which says so", nil
}

// awaitCapture reads the order until the money is in.
func (w *walk) awaitCapture(ctx context.Context) (string, error) {
	deadline := time.Now().Add(15 * time.Second)
	for {
		if err := w.api.call(ctx, http.MethodGet, "/v1/orders/"+w.order.Id.String(), nil, &w.order); err != nil {
			return "", err
		}
		for _, p := range w.order.Payments {
			if p.Id == w.payment.Id {
				w.payment = p
			}
		}
		if w.payment.State == paymentCaptured && w.order.State == orderPaid {
			return w.describeCapture()
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("the payment is still %s, the order %s", w.payment.State, w.order.State)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (w *walk) describeCapture() (string, error) {
	if w.payment.Reference == nil || w.payment.Receipt == nil {
		return "", errors.New("the captured payment has no reference or no receipt")
	}
	r := &w.result.Payment
	r.State, r.Provider, r.Reference = string(w.payment.State), w.payment.Provider, *w.payment.Reference
	said := fmt.Sprintf("order %s, receipt %d, reference %s", w.order.State, w.payment.Receipt.Number, r.Reference)
	if fee := w.payment.Receipt.FeeRial; fee != nil {
		said += fmt.Sprintf("; the receipt shows the fee of %s apart", thousands(*fee))
	}
	return said, nil
}

// readLedger looks at the postings of this payment, as the platform sees them.
func (w *walk) readLedger(ctx context.Context) (string, error) {
	var postings int
	var debits int64
	r := &w.result.Ledger
	err := w.runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT count(DISTINCT entry_id), count(*), coalesce(sum(amount_rial) FILTER (WHERE amount_rial > 0), 0)::bigint, coalesce(sum(amount_rial), 0)::bigint
		  FROM ledger_postings WHERE source_kind = 'payment' AND source_id = ?`, w.payment.Id).Row().Scan(&r.Entries, &postings, &debits, &r.SumRial)
	})
	if err != nil {
		return "", err
	}
	if r.Entries == 0 || r.SumRial != 0 || debits != w.payment.AmountRial {
		return "", fmt.Errorf("the books are wrong: %d entries, debits %d of %d rial, sum %d", r.Entries, debits, w.payment.AmountRial, r.SumRial)
	}
	return fmt.Sprintf("%d entries with %s, debits %s rial, sum 0", r.Entries, count(postings, "posting"), thousands(debits)), nil
}
