package corrections

import (
	"fmt"
	"time"

	"mofasa/tenants/approvals"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// approvalLife is how long a listed run waits for a second person.
const approvalLife = 30 * 24 * time.Hour

// approvalOf is a run among its authority's requests for approval.
func approvalOf(run Run) approvals.Target {
	t := approvals.Target{Kind: approvals.TariffCorrection, ID: run.ID.String(), In: scope.Platform()}
	if run.MunicipalityID != 0 {
		t.In = scope.Municipality(run.MunicipalityID)
	}
	return t
}

func askApproval(tx *scope.Tx, run Run) error {
	_, err := approvals.Open(tx, approvals.Request{
		Target:  approvalOf(run),
		Summary: fault.Text{FA: fmt.Sprintf("اصلاح قبض‌های تعرفهٔ %s", run.Wrong), EN: fmt.Sprintf("Correct the bills of the tariff %s", run.Wrong)},
		Payload: map[string]any{"wrong": run.Wrong, "right": run.Right}, Reason: run.Reason, Life: approvalLife,
	})
	return err
}
