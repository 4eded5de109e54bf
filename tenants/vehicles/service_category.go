package vehicles

import (
	"context"
	"strings"

	"mofasa/tenants/audit"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

var errCategory = fault.Define(fault.Invalid, "vehicle_category", "دستهٔ خودرو تنها حروف کوچک لاتین، رقم و خط زیر دارد، حداکثر ۴۰ نویسه.",
	"A category holds lower-case Latin letters, digits and underscores alone, at most 40.")

// SetCategory labels the vehicle for the exemptions of a tariff that name the label, such as "ambulance"; an empty category removes it. What was billed keeps what
// it cites. Errors: vehicle_category (category), reason_missing (reason), entry_unchanged (category).
func (r *Registry) SetCategory(ctx context.Context, s scope.Scope, category, reason string) error {
	return r.atDesk(ctx, s, func(d *desk) error {
		switch {
		case len(category) > 40 || strings.Trim(category, "abcdefghijklmnopqrstuvwxyz0123456789_") != "":
			return errCategory.On("category")
		case reason == "":
			return errReason.On("reason")
		}
		was, err := setCategory(d.tx, d.vehicle, category)
		if err != nil {
			return err
		}
		if was == category {
			return errSame.On("category")
		}
		return audit.Write(d.tx, audit.Record{Action: "vehicle.categorized", TargetKind: "vehicle", TargetID: d.vehicle.String(),
			Details: map[string]any{"was": was, "category": category, "reason": reason}})
	})
}
