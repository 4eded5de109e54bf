package api_test

import (
	"fmt"
	"testing"

	"mofasa/api/apitest"
	"mofasa/api/gen"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

// TestBillsAreDerivedAgain holds every stored bill against what it cites: still the same after the registers have moved on, and named once a number is touched (I7).
func TestBillsAreDerivedAgain(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	order := c.Order(apitest.Plate)
	c.Pay(order.Id)
	c.Order(apitest.OtherPlate)
	s.Platform(`UPDATE valuations SET base_rial = base_rial * 3`)
	s.Platform(`UPDATE vehicles SET fuel = 'cng', class = 'truck', model_year = 1380`)
	found, err := s.Program.Bills.VerifyBills(s.System(), nil)
	if err != nil || found.Divergent != nil || found.Unciting != 0 || found.Checked < 20 {
		t.Fatalf("%+v %+v %v", found, found.Divergent, err)
	}
	bill := order.Bills[1]
	if _, err := pgtest.Open(t, s.DB.OwnerURL).ExecContext(t.Context(), fmt.Sprintf(`ALTER TABLE bill_dues NO FORCE ROW LEVEL SECURITY;
	  UPDATE bill_dues SET amount_rial = amount_rial + 1000 WHERE bill_id = '%s' AND fiscal_year = %d; ALTER TABLE bill_dues FORCE ROW LEVEL SECURITY`, bill.Id, bill.Dues[0].FiscalYear)); err != nil {
		t.Fatal(err)
	}
	found, err = s.Program.Bills.VerifyBills(s.System(), nil)
	if d := found.Divergent; err != nil || d == nil || d.BillID != bill.Id || int(d.FiscalYear) != bill.Dues[0].FiscalYear {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestWhatACityTookOutsideCountsAsPaid reports one year of Tehran's as paid at the city's own desk.
func TestWhatACityTookOutsideCountsAsPaid(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	c := s.SignIn(apitest.Cashier)
	err := s.Program.Runner.InTx(s.System(), scope.Municipality(apitest.Tehran), func(tx *scope.Tx) error {
		return tx.DB.Exec(`INSERT INTO external_payments (municipality_id, id, vehicle_id, fiscal_year, number, amount_rial, paid_on, reference, reported_at)
		  VALUES (scope_municipality(), gen_random_uuid(), ?, 1394, 1, 704000, '2016-01-10', 'T-77', now())`, vehicleOf(t, s, apitest.VIN)).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	q := c.Inquire(apitest.Plate)
	for _, m := range q.Municipalities {
		for _, d := range m.Dues {
			outside := m.Municipality.Code == apitest.Tehran && d.FiscalYear == 1394
			if (d.State == gen.DueStatePaid) != outside || outside && d.BalanceRial != 0 {
				t.Errorf("%s %d is %s", m.Municipality.NameEn, d.FiscalYear, d.State)
			}
		}
	}
	c.Refused(c.Once("POST", "/v1/orders", orderFor(q.Id, apitest.Tehran, 1394)), 409, "due_paid")
	order := c.Order(apitest.Plate)
	c.Pay(order.Id)
	c.Must(c.Once("POST", "/v1/certificates", map[string]any{"order_id": order.Id}), 201, nil)
}

// TestAScrappedVehicleOwesNothingMore retires the vehicle and finds no year after that.
func TestAScrappedVehicleOwesNothingMore(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	s.Platform(`INSERT INTO vehicle_retirements (vehicle_id, retired_on, manner, reference, recorded_at) VALUES (?, '2023-06-01', 'scrapped', 'S-1', now())`, vehicleOf(t, s, apitest.VIN))
	last := 0
	for _, m := range s.SignIn(apitest.Cashier).Inquire(apitest.Plate).Municipalities {
		for _, d := range m.Dues {
			last = max(last, d.FiscalYear)
		}
	}
	if last != 1402 {
		t.Errorf("the last year owed is %d", last)
	}
}
