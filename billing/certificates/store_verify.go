package certificates

import (
	"context"
	"errors"
	"fmt"

	"mofasa/tenants/scope"
)

// checks hold I4 against the rows.
var checks = []scope.Check{
	{Name: "a certificate has no first event", SQL: `SELECT c.serial FROM certificates c
	  WHERE NOT EXISTS (SELECT 1 FROM certificate_events e WHERE e.serial = c.serial AND e.number = 1) LIMIT 1`},
	{Name: "a valid certificate stands over a due that is not paid", SQL: `SELECT c.serial || ' municipality ' || d.municipality_id || ' year ' || d.fiscal_year FROM certificates c
	  JOIN certificate_dues d ON d.serial = c.serial WHERE (SELECT e.kind FROM certificate_events e WHERE e.serial = c.serial ORDER BY e.number DESC LIMIT 1) = 'issued'
	  AND NOT EXISTS (SELECT 1 FROM due_claims p WHERE p.municipality_id = d.municipality_id AND p.vehicle_id = c.vehicle_id AND p.fiscal_year = d.fiscal_year
	    AND p.state = 'paid' AND p.amount_rial = d.amount_rial) LIMIT 1`},
}

// verifyPage bounds how many documents are in memory at once.
const verifyPage = 200

// Verify names the first certificate that breaks I4 or whose signature does not hold, and which rule it breaks; "" where every one is sound.
func (s *Service) Verify(ctx context.Context) (rule, row string, err error) {
	err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		rule, row, err = scope.FirstBroken(tx, checks)
		return err
	})
	for after := ""; err == nil && rule == ""; {
		var page []signed
		err = s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
			page, err = signedAfter(tx, after)
			return err
		})
		if err != nil || len(page) == 0 {
			break
		}
		for _, c := range page {
			after = c.Serial
			if why := c.check(s.keys); why != nil {
				return "a certificate's document does not hold: " + why.Error(), c.Serial, nil
			}
		}
	}
	return rule, row, err
}

type signed struct {
	Serial string
	JWS    string `gorm:"column:jws"`
	Proof  string
}

func (c signed) check(keys Keys) error {
	doc, err := Verify(c.JWS, keys.Find)
	switch {
	case err != nil:
		return err
	case string(doc.Serial) != c.Serial:
		return errors.New("it has another serial")
	case Proof(c.JWS) != c.Proof:
		return errors.New("its proof is another's")
	}
	return nil
}

func signedAfter(tx *scope.Tx, serial string) ([]signed, error) {
	var page []signed
	err := tx.DB.Raw(`SELECT serial, jws, proof FROM certificates WHERE serial > ? ORDER BY serial LIMIT ?`, serial, verifyPage).Scan(&page).Error
	if err != nil {
		return nil, fmt.Errorf("read certificates: %w", err)
	}
	return page, nil
}
