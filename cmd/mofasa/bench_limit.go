package main

import (
	"context"
	"fmt"
	"strings"

	"mofasa/billing/inquiries"
	"mofasa/tenants/scope"
)

// inquiryScript does in PostgreSQL what an inquiry does there, in one transaction and one trip: enter the office's scope for a random one of the plates,
// read the facts, record the inquiry and the audit line. What the operator is shown is always the same: PostgreSQL does not work it out.
const inquiryScript = `\set i random(1, {n})
\startpipeline
BEGIN;
SELECT enter_scope('office', NULL, '{office}', NULL, NULL, (SELECT plate FROM bench_plates WHERE i = :i), NULL, now());
{facts};
INSERT INTO inquiries (id, office_id, person_id, vehicle_id, purpose, at, dues)
  VALUES (gen_random_uuid(), '{office}', '{person}', scope_vehicle(), 'settlement', scope_now(), '{shown}');
INSERT INTO audit_log (id, at, owner, actor_kind, actor_id, action, target_kind, target_id, purpose, details, request_id)
  VALUES (gen_random_uuid(), scope_now(), scope_owner(), 'person', '{person}', 'inquiry.made', 'vehicle', scope_vehicle(), 'settlement', '{"inquiry":"{person}"}', '{person}');
COMMIT;
\endpipeline
`

// inquiryScripts are one for each office, so that the limit does not stand in line for the row of a single one.
func (b *bench) inquiryScripts(ctx context.Context, plates []string) ([]string, error) {
	if err := b.numberPlates(ctx, plates); err != nil {
		return nil, err
	}
	var shown string
	var staff []struct{ ID, OfficeID string }
	err := b.runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		staff = nil
		if err := tx.DB.Raw(`SELECT dues FROM inquiries ORDER BY at LIMIT 1`).Row().Scan(&shown); err != nil {
			return err
		}
		return tx.DB.Raw(`SELECT id, office_id FROM people`).Scan(&staff).Error
	})
	scripts := make([]string, len(staff))
	for i, person := range staff {
		scripts[i] = strings.NewReplacer("{n}", fmt.Sprint(len(plates)), "{office}", person.OfficeID, "{person}", person.ID,
			"{shown}", strings.ReplaceAll(shown, " ", ""), "{facts}", inquiries.FactsSQL()).Replace(inquiryScript)
	}
	return scripts, err
}

// numberPlates makes the table from which pgbench draws a plate.
func (b *bench) numberPlates(ctx context.Context, plates []string) error {
	var script strings.Builder
	script.WriteString("DROP TABLE IF EXISTS bench_plates;\nCREATE TABLE bench_plates (i integer PRIMARY KEY, plate text NOT NULL);\n" +
		"GRANT SELECT ON bench_plates TO mofasa_app;\n\\copy bench_plates FROM stdin\n")
	for i, plate := range plates {
		fmt.Fprintf(&script, "%d\t%s\n", i+1, plate)
	}
	script.WriteString("\\.\nANALYZE bench_plates;\n")
	return b.psqlFile(ctx, b.config.DatabaseOwnerURL, script.String())
}
