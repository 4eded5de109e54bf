package payments

import (
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// account reads what the remedy has done, out of the rows that the transaction has written.
func (m *matter) account(tx *scope.Tx) (Effect, error) {
	var err error
	if m.effect.Entries, err = entries(tx, `WHERE e.txid = pg_current_xact_id()`); err != nil {
		return m.effect, err
	}
	for i := range m.effect.Entries {
		e := &m.effect.Entries[i]
		if e.At = (time.Time{}); e.SourceID != m.item.ID && (m.payment == nil || e.SourceID != m.payment.ID) {
			e.SourceID = uuid.Nil
		}
	}
	for id, version := range m.before {
		if err := m.steps(tx, id, version); err != nil {
			return m.effect, err
		}
	}
	for _, was := range m.bills {
		now, err := billsNow(tx, `WHERE b.municipality_id = ? AND b.id = ?`, was.MunicipalityID, was.ID)
		if err != nil || len(now) != 1 {
			return m.effect, err
		}
		if now[0].State != was.State {
			m.effect.Bills = append(m.effect.Bills, Change{was.ID, was.State, now[0].State})
		}
	}
	return m.effect.sorted(), nil
}

func (m *matter) steps(tx *scope.Tx, payment uuid.UUID, version int) error {
	story, err := Story(tx, payment)
	if err != nil {
		return err
	}
	for _, step := range story {
		if step.Number <= version {
			continue
		}
		change := Change{payment, string(step.From), string(step.To)}
		if version < 0 {
			change.ID = uuid.Nil
		}
		m.effect.Payments = append(m.effect.Payments, change)
		m.effect.Receipt = m.effect.Receipt || step.To == Captured
	}
	return nil
}

// record writes down who let what be done.
func (m *matter) record(tx *scope.Tx, approval uuid.UUID, amount money.Rial) error {
	return audit.Write(tx, audit.Record{Action: "suspense." + string(m.proposal.Remedy), TargetKind: "suspense_item", TargetID: m.item.ID.String(),
		Details: map[string]any{"approval": approval, "amount_rial": amount, "evidence": m.proposal.Evidence}})
}
