package tariffs

import (
	"fmt"
	"time"

	"mofasa/tenants/approvals"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// approvalLife is how long a submitted draft waits for a second person.
const approvalLife = 30 * 24 * time.Hour

// approval is the draft among the requests for approval.
func (d *Draft) approval() approvals.Target {
	return approvals.Target{Kind: approvals.TariffPublication, ID: d.ID.String()}
}

// askApproval opens the request that a submitted draft waits with. Its text is that of the revision in the payload until the request is decided or closed.
func (d *Draft) askApproval(tx *scope.Tx) error {
	_, err := approvals.Open(tx, approvals.Request{
		Target:  d.approval(),
		Summary: fault.Text{FA: fmt.Sprintf("انتشار تعرفهٔ %s", d.Version.ID), EN: fmt.Sprintf("Publish the tariff %s", d.Version.ID)},
		Payload: map[string]any{"version": d.Version.ID, "revision": d.Revision},
		Reason:  approvals.Shorten(d.Reason), Authors: d.EditedBy, Life: approvalLife,
	})
	return err
}
