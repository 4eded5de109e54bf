package api_test

import (
	"slices"
	"testing"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/billing/money"
	"mofasa/billing/payments/gateway"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// The accounts of the tests below.
const (
	feeIBAN  = "IR860610000009990000009001"
	levyIBAN = "IR590610000009990000009002"
)

// setFee sets what standard offices charge for a clearance.
func setFee(t *testing.T, s *apitest.Server, service, class string, days int, amount int64) {
	t.Helper()
	operator := s.SignIn(apitest.PlatformOperator)
	operator.Must(operator.Once("POST", "/v1/fees", map[string]any{"service": service, "office_class": class, "valid_from": jalaliDay(s, days), "amount_rial": amount, "reference": "decree 9"}), 201, nil)
}

// setFeeAccount has two operators of the platform let fees go to an account.
func setFeeAccount(t *testing.T, s *apitest.Server, iban string) {
	t.Helper()
	s.Platform(`UPDATE people SET role = 'platform_operator' WHERE username = ?`, apitest.Support)
	first, second := s.SignIn(apitest.PlatformOperator), s.SignIn(apitest.Support)
	var asked gen.FeeAccountAsked
	first.Must(first.Once("POST", "/v1/fees/account", map[string]string{"iban": iban, "reason": "letter 7"}), 202, &asked)
	path := "/v1/approvals/" + asked.ApprovalId.String() + "/decision"
	first.Refused(first.Once("POST", path, map[string]string{"verdict": "approve"}), 403, "approval_second_person")
	second.Must(second.Once("POST", path, map[string]string{"verdict": "approve"}), 200, nil)
	var fees gen.FeeList
	first.Must(first.Do("GET", "/v1/fees", nil), 200, &fees)
	if fees.Account == nil || fees.Account.Iban != iban {
		t.Fatalf("%+v", fees.Account)
	}
}

// rows is one number for each row of a query, as the platform sees them.
func rows(t *testing.T, s *apitest.Server, query string, args ...any) (list []int64) {
	t.Helper()
	err := s.Program.Runner.InTx(s.System(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query, args...).Scan(&list).Error })
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func wantVerified(t *testing.T, s *apitest.Server) {
	t.Helper()
	if rule, row, err := s.Program.Payments.Verify(s.System()); rule != "" || err != nil {
		t.Errorf("%s: %s, %v", rule, row, err)
	}
}

// TestTheFeeStandsBesideTheDuty from the schedule to the order: nothing is charged before there is an account, nobody's class is mixed up, and what an order fixed stays.
func TestTheFeeStandsBesideTheDuty(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c, operator := s.SignIn(apitest.Cashier), s.SignIn(apitest.PlatformOperator)
	setFee(t, s, "clearance", "standard", 0, 120_000)
	setFee(t, s, "clearance", "rural", 0, 80_000)
	setFee(t, s, "inquiry", "standard", 0, 5_000)
	setFee(t, s, "clearance", "standard", 1, 990_000)
	if q := c.Inquire(apitest.Plate); q.Fee != nil {
		t.Errorf("a fee that could go nowhere: %+v", q.Fee)
	}
	free := c.Order(apitest.OtherPlate)
	if p := c.Pay(free.Id); free.Fee != nil || p.AmountRial != free.TotalRial || p.FeeRial != nil {
		t.Errorf("%+v, %+v", free.Fee, p)
	}
	setFeeAccount(t, s, feeIBAN)
	q := c.Inquire(apitest.Plate)
	var order gen.Order
	c.Must(c.Once("POST", "/v1/orders", apitest.OrderOf(q)), 201, &order)
	for what, fee := range map[string]*gen.Fee{"inquiry": q.Fee, "order": order.Fee, "order, read again": c.GetOrder(order.Id).Fee} {
		if fee == nil || fee.Service != "clearance" || fee.AmountRial != 120_000 || !fee.Charged || *fee.OfficeClass != "standard" || *fee.Reference != "decree 9" || *fee.ValidFrom != jalaliDay(s, 0) {
			t.Errorf("%s: %+v", what, fee)
		}
	}
	if order.TotalRial != q.PayableRial {
		t.Errorf("the order's total is %d, the dues are %d", order.TotalRial, q.PayableRial)
	}
	operator.Must(operator.Once("POST", "/v1/offices/"+officeOf(t, s, apitest.Cashier).String()+"/classification", map[string]string{"class": "rural", "reason": "letter 3"}), 200, nil)
	if got := c.Inquire(apitest.Plate).Fee; got == nil || got.AmountRial != 80_000 {
		t.Errorf("at a rural office: %+v", got)
	}
	setFee(t, s, "clearance", "standard", 0, 7_000)
	if got := c.GetOrder(order.Id).Fee; got.AmountRial != 120_000 {
		t.Errorf("the order fixed 120000, and says %d", got.AmountRial)
	}
	if p := c.Pay(order.Id); p.AmountRial != order.TotalRial+120_000 || *p.FeeRial != 120_000 {
		t.Errorf("the gateway takes %d for dues of %d", p.AmountRial, order.TotalRial)
	}
	if posted := rows(t, s, `SELECT sum(x.amount_rial) FROM payment_bills x JOIN payments p ON p.id = x.payment_id WHERE p.order_id = ?`, order.Id); posted[0] != order.TotalRial {
		t.Errorf("cities get %d of %d", posted[0], order.TotalRial)
	}
	wantVerified(t, s)
}

// narrow is a provider that divides a payment among few accounts.
type narrow struct {
	gateway.Gateway
	rows int
}

func (n narrow) Limits() gateway.Limits {
	limits := n.Gateway.Limits()
	limits.MaxSplits = n.rows
	return limits
}

// TestAFeeAndTwoAccounts walks a visit whose payer owes three cities, one of which keeps the pollution levy apart, and the office's fee: through a provider with three
// rows that takes two payments. Every account gets its own to the rial, the books of the cities hold no fee, and the certificate tells of the duty alone.
func TestAFeeAndTwoAccounts(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{Wrap: func(g gateway.Gateway) gateway.Gateway { return narrow{g, 3} }})
	setFee(t, s, "clearance", "standard", 0, 120_001)
	setFeeAccount(t, s, feeIBAN)
	s.Platform(`INSERT INTO municipality_accounts (municipality_id, charge, iban) VALUES (?, 'pollution_levy', ?)`, apitest.Shiraz, levyIBAN)
	s.Platform(`INSERT INTO tariff_versions (id, authority, fiscal_year, number, body, published_at) VALUES ('122/1402/1', '122', 1402, 1, ?, now())`, `{"id": "122/1402/1", "authority": "122",
	  "fiscal_year": 1402, "number": 1, "rules": [{"charge": "pollution_levy", "classes": ["passenger_car"], "origins": ["domestic", "imported"], "rate_ppm": 500, "legal": {"fa": "م", "en": "d"}}]}`)
	agreed(t, s, "1", map[string]any{"fee_share_ppm": 250_000})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	var weights []money.Rial
	for _, b := range order.Bills {
		weights = append(weights, money.Rial(b.AmountRial))
	}
	parts, err := money.Allocate(120_001, weights)
	if err != nil || len(order.Bills) != 3 || order.Bills[0].Municipality.Code != apitest.Shiraz {
		t.Fatalf("%+v, %v", order.Bills, err)
	}
	share := int64(parts[0]) / 4 // of Shiraz's part; the other agreements give the office none

	first, second := c.Pay(order.Id), c.Pay(order.Id)
	if first.State != gen.PaymentStateCaptured || second.State != gen.PaymentStateCaptured || len(first.Bills) != 1 || len(second.Bills) != 2 ||
		*first.FeeRial != 120_001 || *first.Receipt.FeeRial != 120_001 || first.Receipt.AmountRial != order.Bills[0].AmountRial+120_001 || second.FeeRial != nil || second.Receipt.FeeRial != nil {
		t.Errorf("%+v\n%+v", first, second)
	}
	atBank := map[string]int64{}
	for _, transaction := range s.Bank.Sim.Transactions() {
		for _, split := range transaction.Splits {
			atBank[split.IBAN] += split.Amount
		}
		if len(transaction.Splits) > 3 {
			t.Errorf("%d rows", len(transaction.Splits))
		}
	}
	levy, duty := leviedIn(order.Bills[0])
	if levy == 0 || duty == 0 || atBank[levyIBAN] == 0 || atBank[feeIBAN] != 120_001 || len(atBank) != 5 {
		t.Fatalf("the bank sends %v; the duty is %d, the levy %d", atBank, duty, levy)
	}
	own := rows(t, s, `SELECT x.amount_rial FROM payment_bills x WHERE x.municipality_id = ? ORDER BY x.iban = ?`, apitest.Shiraz, levyIBAN)
	if len(own) != 2 || own[0]+own[1] != order.Bills[0].AmountRial || own[1] != atBank[levyIBAN] {
		t.Errorf("Shiraz's accounts get %v of %d", own, order.Bills[0].AmountRial)
	}
	office := officeOf(t, s, apitest.Cashier)
	if got := rows(t, s, `SELECT amount_rial FROM ledger_postings WHERE municipality_id = 0 AND source_id = ? ORDER BY amount_rial DESC`, first.Id); !slices.Equal(got, []int64{120_001, -share, share - 120_001}) {
		t.Errorf("the platform's books: %v; the office's share is %d", got, share)
	}
	if got := rows(t, s, `SELECT sum(amount_rial) FROM ledger_postings WHERE account = 'office_fee:' || ?::text`, office); got[0] != -share {
		t.Errorf("the office is owed %v", got)
	}
	if got := rows(t, s, `SELECT sum(amount_rial) FROM ledger_postings WHERE municipality_id > 0 AND amount_rial > 0`); got[0] != order.TotalRial {
		t.Errorf("the cities' books hold %v of %d", got, order.TotalRial)
	}
	wantVerified(t, s)
	if got := c.GetOrder(order.Id); got.State != gen.OrderStatePaid || got.PaidRial != order.TotalRial {
		t.Errorf("%+v", got)
	}
	var certificate gen.Certificate
	c.Must(c.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, &certificate)
	var verdict gen.CertificateCheck
	c.Must(s.Anonymous().Do("POST", "/v1/public/certificate-checks", map[string]string{"document": certificate.Document}), 200, &verdict)
	if !verdict.Valid || verdict.Certificate.TotalRial != order.TotalRial {
		t.Errorf("certified %+v, the duty is %d", verdict.Certificate, order.TotalRial)
	}
}

func leviedIn(b gen.Bill) (levy, duty int64) {
	for _, d := range b.Dues {
		for _, l := range d.Lines {
			switch l.Charge {
			case "pollution_levy":
				levy += l.AmountRial
			case "annual_duty":
				duty += l.AmountRial
			}
		}
	}
	return levy, duty
}

// TestAFeeIsTakenOnce lets the first attempt fail and the second stand in suspense: a failed one took nothing, and nobody is asked twice for what may have come.
func TestAFeeIsTakenOnce(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{Wrap: func(g gateway.Gateway) gateway.Gateway { return narrow{g, 2} }})
	setFee(t, s, "clearance", "standard", 0, 120_000)
	setFeeAccount(t, s, feeIBAN)
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	attempt := func(scenario string) gen.Payment {
		t.Helper()
		s.Bank.Scenario(t, scenario)
		payment := c.Start(order.Id)
		if location := s.Bank.Decide(t, payment, "pay"); location != "" {
			c.Must(c.Return(location), 200, nil)
		}
		list := c.GetOrder(order.Id).Payments
		return list[len(list)-1]
	}
	if p := attempt(`{"name":"fail"}`); p.State != gen.PaymentStateFailed || *p.FeeRial != 120_000 {
		t.Fatalf("%+v", p)
	}
	if p := attempt(`{"name":"verify_other_amount"}`); p.State != gen.PaymentStateSuspense || *p.FeeRial != 120_000 || len(p.Bills) != 1 {
		t.Fatalf("%+v", p)
	}
	if p := attempt(`{"name":"pay"}`); p.State != gen.PaymentStateCaptured || p.FeeRial != nil || len(p.Bills) != 2 {
		t.Errorf("%+v", p)
	}
	wantVerified(t, s)
}

// TestVerifyNamesABrokenFee breaks each rule about fees and splits in the rows of a real visit, as only the owner of the tables can, and expects verify to name it.
func TestVerifyNamesABrokenFee(t *testing.T) {
	t.Parallel()
	for rule, sabotage := range map[string]string{
		"a captured payment is not what its cities got, and the fee": `UPDATE payments SET amount_rial = amount_rial + 1`,
		"the accounts of a city do not get what its bill demands":    `UPDATE payment_bills SET amount_rial = amount_rial + CASE municipality_id WHEN 122 THEN 7 WHEN 520 THEN -7 ELSE 0 END`,
		"a captured payment is not what was posted":                  `DELETE FROM ledger_entries WHERE kind = 'fee'`,
		"a payment takes another fee than its order fixed":           `UPDATE orders SET fee_class = NULL, fee_from = NULL, fee_revision = NULL, fee_office_rial = NULL`,
		"the fee of an order is not what the schedule said":          `UPDATE fee_schedule SET amount_rial = amount_rial + 1`,
		"an order is paid without its fee": `DELETE FROM payment_fees; DELETE FROM ledger_entries WHERE kind = 'fee';
		  UPDATE payments SET amount_rial = amount_rial - 120000; UPDATE receipts SET amount_rial = amount_rial - 120000`,
		"a fee is not in the platform's books as its order shared it": `UPDATE ledger_entries SET accounts[2] = 'office_fee:somebody' WHERE kind = 'fee'`,
		"an entry stands for a payment that was not captured": `INSERT INTO ledger_entries (municipality_id, id, at, kind, source_kind, source_id, accounts, amounts)
		  VALUES (0, gen_random_uuid(), now(), 'fee', 'payment', gen_random_uuid(), '{a,b}', '{1,-1}')`,
		"the fee of an order was taken twice": `INSERT INTO payments SELECT (jsonb_populate_record(p, '{"id": "11111111-1111-4111-8111-111111111111", "reference": "x", "merchant_ref": "x", "token": "x", "amount_rial": 120000}')).* FROM payments p;
		  INSERT INTO payment_fees SELECT '11111111-1111-4111-8111-111111111111', order_id, office_id, iban, amount_rial FROM payment_fees;
		  INSERT INTO receipts (office_id, payment_id, order_id, amount_rial, at) SELECT office_id, '11111111-1111-4111-8111-111111111111', order_id, 120000, at FROM receipts;
		  INSERT INTO ledger_entries SELECT (jsonb_populate_record(e, '{"id": "11111111-1111-4111-8111-111111111111", "source_id": "11111111-1111-4111-8111-111111111111"}')).* FROM ledger_entries e WHERE kind = 'fee'`,
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			s := apitest.New(t, apitest.Options{})
			setFee(t, s, "clearance", "standard", 0, 120_000)
			setFeeAccount(t, s, feeIBAN)
			c := s.SignIn(apitest.Cashier)
			c.Pay(c.Order(apitest.Plate).Id)
			wantVerified(t, s)
			script := sabotage
			for _, table := range []string{"payments", "payment_bills", "payment_fees", "ledger_entries", "orders", "fee_schedule", "receipts"} {
				script = `ALTER TABLE ` + table + ` NO FORCE ROW LEVEL SECURITY; ` + script
			}
			if _, err := pgtest.Open(t, s.DB.OwnerURL).ExecContext(t.Context(), script); err != nil {
				t.Fatal(err)
			}
			if got, _, err := s.Program.Payments.Verify(s.System()); got != rule || err != nil {
				t.Errorf("it is called %q, %v", got, err)
			}
		})
	}
}
