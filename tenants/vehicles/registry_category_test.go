package vehicles_test

import (
	"strings"
	"testing"

	"mofasa/tenants/scope"
)

func TestSetCategory(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	set := func(category, reason string) error {
		return d.registry.SetCategory(d.context(), d.a(), category, reason)
	}
	d.ok(set("ambulance", "نامهٔ ۱۲"))
	d.refused("entry_unchanged", "category", func() error { return set("ambulance", "x") })
	for _, wrong := range []string{"Ambulance", "آمبولانس", "a b", "a-b", strings.Repeat("a", 41)} {
		d.refused("vehicle_category", "category", func() error { return set(wrong, "x") })
	}
	d.refused("reason_missing", "reason", func() error { return set("", "") })
	d.refused("registry_scope", "", func() error {
		return d.registry.SetCategory(d.context(), scope.Municipality(1).NamingVIN(vinA), "taxi", "x")
	})
	d.refused("registered_vehicle_unknown", "vehicle", func() error {
		return d.registry.SetCategory(d.context(), scope.Platform().NamingVIN(vinC), "taxi", "x")
	})
	same(t, "stored", d.strings(`SELECT category FROM vehicles`), []string{"ambulance"})
	d.ok(set("", "فروخته شد"))
	d.refused("entry_unchanged", "category", func() error { return set("", "x") })
	same(t, "removed", d.strings(`SELECT coalesce(category, '-') FROM vehicles`), []string{"-"})
	same(t, "audit", d.strings(`SELECT action || ' ' || (details->>'was') || '>' || (details->>'category') || ' ' || (details->>'reason') FROM audit_log ORDER BY at, id`),
		[]string{"vehicle.categorized >ambulance نامهٔ ۱۲", "vehicle.categorized ambulance> فروخته شد"})
}

// TestMergeTakesDecisionsAlong moves a decision and the row that ends it, of a city and of the nation.
func TestMergeTakesDecisionsAlong(t *testing.T) {
	t.Parallel()
	d, m := twice(t)
	for _, city := range []string{"0", "1"} {
		d.write(fill(`INSERT INTO due_decisions (municipality_id, id, vehicle_id, kind, from_year, through_year, reason_fa, reason_en, valid_from, recorded_at, actor_kind)
		  VALUES (`+city+`, @order, @dup, 'exempt', 1400, 1401, 'x', 'x', '2026-01-01', now(), 'system')`, m))
		d.write(fill(`INSERT INTO due_decisions (municipality_id, id, vehicle_id, ends, reason_fa, reason_en, valid_from, recorded_at, actor_kind)
		  VALUES (`+city+`, @office, @dup, @order, 'x', 'x', '2026-02-01', now(), 'system')`, m))
	}
	d.write(fill(`UPDATE vehicles SET category = 'ambulance' WHERE id = @dup`, m))
	d.ok(d.registry.MergeVehicles(d.context(), scope.Platform(), m))
	same(t, "category", d.strings(`SELECT category FROM vehicles WHERE id = '`+m.Keep.String()+`'`), []string{"ambulance"})
	same(t, "decisions", d.strings(`SELECT concat_ws(' ', municipality_id, coalesce(kind, 'end'), vehicle_id = '`+m.Keep.String()+`') FROM due_decisions ORDER BY 1`),
		[]string{"0 end t", "0 exempt t", "1 end t", "1 exempt t"})
}
