package api_test

import (
	"testing"
	"time"

	"mofasa/api/apitest"
	"mofasa/api/gen"
)

func TestAnInquiryIsRepeatedByItsID(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier, colleague, stranger := s.SignIn(apitest.Cashier), s.SignIn(apitest.Manager), s.SignIn(apitest.OtherCashier)
	var first, again gen.Inquiry
	cashier.Must(cashier.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.FleetPlate(1), "purpose": "transfer"}), 201, &first)
	address := "/v1/inquiries/" + first.Id.String() + "/repetition"
	for _, who := range []*apitest.Client{cashier, colleague} {
		who.Must(who.Do("POST", address, nil), 201, &again)
		if again.Id == first.Id || again.Vehicle.Vin != first.Vehicle.Vin || again.Purpose != "transfer" || again.PayableRial != first.PayableRial {
			t.Errorf("%+v after %+v", again, first)
		}
	}
	stranger.Refused(stranger.Do("POST", address, nil), 404, "inquiry_unknown")
}

// TestAnInquiryIsRepeatedForADay holds the end of its address, and of the other way that shows its vehicle anew: an order whose amounts have changed.
func TestAnInquiryIsRepeatedForADay(t *testing.T) {
	t.Parallel()
	s := apitest.New(t, apitest.Options{})
	cashier := s.SignIn(apitest.Cashier)
	var first gen.Inquiry
	cashier.Must(cashier.Do("POST", "/v1/inquiries", map[string]string{"plate": apitest.Plate, "purpose": "transfer"}), 201, &first)
	address := "/v1/inquiries/" + first.Id.String() + "/repetition"
	s.Clock.Advance(24*time.Hour - time.Minute)
	cashier = s.SignIn(apitest.Cashier)
	cashier.Must(cashier.Do("POST", address, nil), 201, nil)
	s.Clock.Advance(2 * time.Minute)
	cashier.Refused(cashier.Do("POST", address, nil), 409, "inquiry_too_old")
	s.Platform(`UPDATE valuations SET base_rial = base_rial * 2 WHERE type_code = 'peugeot-405' AND fiscal_year = 1400`)
	cashier.Refused(cashier.Once("POST", "/v1/orders", apitest.OrderOf(first)), 409, "inquiry_too_old")
}
