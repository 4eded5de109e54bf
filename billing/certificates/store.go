package certificates

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

const selectCertificate = `SELECT c.serial, c.office_id, c.order_id, c.vehicle_id, c.through_year, c.jws, c.proof, c.issued_at,
  (SELECT e.kind FROM certificate_events e WHERE e.serial = c.serial ORDER BY e.number DESC LIMIT 1) AS status,
  (SELECT e.at FROM certificate_events e WHERE e.serial = c.serial ORDER BY e.number DESC LIMIT 1) AS status_at FROM certificates c `

func findBySerial(tx *scope.Tx, serial Serial) (*Certificate, error) {
	return findOne(tx, selectCertificate+`WHERE c.serial = ?`, string(serial))
}

func findByOrder(tx *scope.Tx, order uuid.UUID) (*Certificate, error) {
	return findOne(tx, selectCertificate+`WHERE c.order_id = ? ORDER BY c.issued_at DESC LIMIT 1`, order)
}

func findOne(tx *scope.Tx, query string, arg any) (*Certificate, error) {
	var row struct {
		Serial                       string
		OfficeID, OrderID, VehicleID uuid.UUID
		ThroughYear                  int
		JWS                          string `gorm:"column:jws"`
		Proof, Status                string
		IssuedAt, StatusAt           time.Time
	}
	err := tx.DB.Raw(query, arg).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find certificate: %w", err)
	}
	return &Certificate{Serial: Serial(row.Serial), OfficeID: row.OfficeID, OrderID: row.OrderID, VehicleID: row.VehicleID, ThroughYear: row.ThroughYear,
		JWS: row.JWS, Proof: row.Proof, IssuedAt: row.IssuedAt.UTC(), Status: Status(row.Status), StatusAt: row.StatusAt.UTC()}, nil
}

// loadPaid reads the paid dues of the named vehicle through a fiscal year, with the bill that demanded each and, where this office took the
// money, its tracking number.
func loadPaid(tx *scope.Tx, through int) ([]paidDue, error) {
	var paid []paidDue
	err := tx.DB.Raw(`SELECT c.municipality_id, m.name_fa, m.name_en, m.province_fa, c.fiscal_year, c.amount_rial, b.bill_id, b.payment_id,
	  coalesce((SELECT coalesce(p.rrn, p.reference) FROM payment_bills x JOIN payments p ON p.id = x.payment_id
	    WHERE x.municipality_id = b.municipality_id AND x.bill_id = b.id AND p.state = 'captured' LIMIT 1), '') AS tracking
	  FROM due_claims c JOIN municipalities m ON m.id = c.municipality_id
	  JOIN bill_dues d ON d.municipality_id = c.municipality_id AND d.vehicle_id = c.vehicle_id AND d.fiscal_year = c.fiscal_year
	  JOIN bills b ON b.municipality_id = d.municipality_id AND b.id = d.bill_id AND b.order_id = c.order_id
	  WHERE c.vehicle_id = ? AND c.state = 'paid' AND c.fiscal_year <= ?`, tx.VehicleID, through).Scan(&paid).Error
	if err != nil {
		return nil, fmt.Errorf("load paid dues: %w", err)
	}
	return paid, nil
}

func describeOffice(tx *scope.Tx, doc *Document) error {
	err := tx.DB.Raw(`SELECT name_fa, licence_no FROM offices WHERE id = ?`, tx.Scope.OfficeID()).Row().Scan(&doc.OfficeName, &doc.OfficeLicence)
	if err != nil {
		return fmt.Errorf("describe office: %w", err)
	}
	return nil
}

func paymentReferences(tx *scope.Tx, order uuid.UUID) (string, error) {
	var joined string
	err := tx.DB.Raw(`SELECT coalesce(string_agg(reference, ' ' ORDER BY created_at), '') FROM payments WHERE order_id = ? AND state = 'captured'`, order).Row().Scan(&joined)
	if err != nil {
		return "", fmt.Errorf("read payment references: %w", err)
	}
	return joined, nil
}

func insert(tx *scope.Tx, c Certificate, paid []paidDue) error {
	person, client := tx.Actor.Columns()
	err := tx.DB.Exec(`INSERT INTO certificates (serial, office_id, order_id, vehicle_id, through_year, jws, proof, issued_at, issued_by, issued_by_client)
	  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, string(c.Serial), c.OfficeID, c.OrderID, c.VehicleID, c.ThroughYear, c.JWS, c.Proof, c.IssuedAt, person, client).Error
	if err != nil {
		return fmt.Errorf("insert certificate: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO certificate_events (serial, number, office_id, kind, at) VALUES (?, 1, ?, 'issued', ?)`, string(c.Serial), c.OfficeID, tx.Now).Error
	if err != nil {
		return fmt.Errorf("insert certificate event: %w", err)
	}
	for _, p := range paid {
		err := tx.DB.Exec(`INSERT INTO certificate_dues (municipality_id, serial, fiscal_year, office_id, amount_rial) VALUES (?, ?, ?, ?, ?)`,
			p.MunicipalityID, string(c.Serial), p.FiscalYear, c.OfficeID, p.AmountRial).Error
		if err != nil {
			return fmt.Errorf("insert certified due: %w", err)
		}
	}
	return nil
}
