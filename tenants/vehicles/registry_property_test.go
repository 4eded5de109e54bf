package vehicles_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// TestHistoriesStayWhole runs any sequence of use cases against vehicles in the database and looks at every day afterwards: no two periods share one, and none is
// silent without a declaration. A refused use case is a fault and leaves what was.
func TestHistoriesStayWhole(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	number, done := 0, map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		number++
		vin := fmt.Sprintf("NAS%014d", number)
		d.register(vin)
		on := scope.Platform().NamingVIN(vin)
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			before := d.read(vin)
			name, err := step(rt, d, on, before, number)
			if err == nil {
				done[name]++
			} else if fault.Of(err) == nil {
				rt.Fatalf("%s: %v", name, err)
			}
			after := d.read(vin)
			if err != nil && fmt.Sprint(after) != fmt.Sprint(before) {
				rt.Fatalf("%s is refused and changes\n%+v to\n%+v", name, before, after)
			}
			wholeness(rt, after)
		}
	})
	for _, name := range []string{"transfer", "move", "plate", "gap", "correct"} {
		if done[name] < 5 {
			t.Errorf("%s succeeded only %d times: the property says nothing of it", name, done[name])
		}
	}
}

// firstDay begins the 15 days that the property lives in, few enough for periods to meet; today is the last of them.
var firstDay = today.AddDate(0, 0, -14)

func anyDay(rt *rapid.T, label string) time.Time {
	return firstDay.AddDate(0, 0, rapid.IntRange(0, 14).Draw(rt, label))
}

func step(rt *rapid.T, d *desk, on scope.Scope, now vehicles.Record, number int) (string, error) {
	city := rapid.IntRange(0, 3).Draw(rt, "city")
	owner := person(rapid.SampledFrom([]string{idA, idB, idC}).Draw(rt, "owner"))
	reason := rapid.SampledFrom([]string{"", "declared"}).Draw(rt, "reason")
	var worn identifiers.Plate
	if n := rapid.IntRange(0, 3).Draw(rt, "plate"); n > 0 {
		worn = plate(fmt.Sprintf("%d%dب%d%d%d%d", n, 1+number/729%9, 1+number/81%9, 1+number/9%9, 1+number%9, 11))
	}
	switch name := rapid.SampledFrom([]string{"transfer", "move", "plate", "gap", "correct", "correct"}).Draw(rt, "use case"); name {
	case "transfer":
		return name, d.registry.TransferOwnership(d.context(), on, vehicles.Transfer{Day: anyDay(rt, "day"), Owner: owner, Plate: worn, Residence: city, Gap: reason})
	case "move":
		return name, d.registry.MoveResidence(d.context(), on, vehicles.Move{Day: anyDay(rt, "day"), Residence: city, Gap: reason})
	case "plate":
		return name, d.registry.ChangePlate(d.context(), on, vehicles.NewPlate{Day: anyDay(rt, "day"), Plate: worn, Gap: reason})
	case "gap":
		return name, d.registry.DeclareGap(d.context(), on, vehicles.Gap{History: anyHistory(rt), From: anyDay(rt, "from"), To: maybe(rt, "to"), Reason: "declared"})
	default:
		history := anyHistory(rt)
		entry := anyDay(rt, "entry")
		if p := periodsOf(now, history); len(p) > 0 {
			entry = rapid.SampledFrom(p).Draw(rt, "entry").From
		}
		c := vehicles.Correction{History: history, Entry: entry, From: maybe(rt, "from"), To: maybe(rt, "to"), Reason: "wrong", Gap: reason}
		switch history {
		case vehicles.PlateHistory:
			c.Plate = worn
		case vehicles.ResidenceHistory:
			c.Residence = city
		default:
			c.Owner = owner
		}
		return name, d.registry.CorrectEntry(d.context(), on, c)
	}
}

func anyHistory(rt *rapid.T) vehicles.History {
	return rapid.SampledFrom([]vehicles.History{vehicles.PlateHistory, vehicles.ResidenceHistory, vehicles.OwnerHistory}).Draw(rt, "history")
}

func maybe(rt *rapid.T, label string) time.Time {
	if rapid.Bool().Draw(rt, label+"?") {
		return anyDay(rt, label)
	}
	return time.Time{}
}

func periodsOf(r vehicles.Record, h vehicles.History) []vehicles.Period {
	return map[vehicles.History][]vehicles.Period{vehicles.PlateHistory: r.Plates, vehicles.ResidenceHistory: r.Residences, vehicles.OwnerHistory: r.Owners}[h]
}

// wholeness looks at one day after the other, which is not how the registry reckons.
func wholeness(t interface{ Fatalf(string, ...any) }, r vehicles.Record) {
	for _, history := range []vehicles.History{vehicles.PlateHistory, vehicles.ResidenceHistory, vehicles.OwnerHistory} {
		begun := false
		for day := firstDay; !day.After(today.AddDate(0, 0, 30)); day = day.AddDate(0, 0, 1) {
			held, declared := 0, false
			for _, p := range periodsOf(r, history) {
				if !day.Before(p.From) && (p.To.IsZero() || day.Before(p.To)) {
					held++
				}
			}
			for _, g := range r.Gaps {
				declared = declared || g.History == history && !day.Before(g.From) && (g.To.IsZero() || day.Before(g.To))
			}
			begun = begun || held > 0
			if held > 1 || begun && held == 0 && !declared {
				t.Fatalf("%s has %d periods on %s: %v, gaps %v", history, held, day.Format(time.DateOnly), show(periodsOf(r, history)), showGaps(r.Gaps))
			}
		}
	}
}

// TestMergesStayWhole merges two vehicles with any histories.
func TestMergesStayWhole(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	number, merged := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		var ids []uuid.UUID
		var records []vehicles.Record
		var worn int
		for range 2 {
			number++
			vin := fmt.Sprintf("NAS%014d", number)
			ids = append(ids, d.register(vin))
			for range rapid.IntRange(0, 4).Draw(rt, "steps") {
				if _, err := step(rt, d, scope.Platform().NamingVIN(vin), d.read(vin), number); err != nil && fault.Of(err) == nil {
					rt.Fatal(err)
				}
			}
			records = append(records, d.read(vin))
			worn += len(records[len(records)-1].Plates)
		}
		reason := rapid.SampledFrom([]string{"", "declared"}).Draw(rt, "gap")
		err := d.registry.MergeVehicles(d.context(), scope.Platform(), vehicles.Merge{Keep: ids[0], Duplicate: ids[1], Reason: "twice", Gap: reason})
		if err != nil {
			if fault.Of(err) == nil {
				rt.Fatal(err)
			}
			return
		}
		merged++
		after := d.read(fmt.Sprintf("NAS%014d", number)) // the duplicate's VIN
		if after.Vehicle.ID != ids[0] || len(after.Merged) != 1 {
			rt.Fatalf("the duplicate leads to %v", after.Vehicle)
		}
		wholeness(rt, after)
		// Every day of the duplicate is told by the kept vehicle, in the same words.
		for _, history := range []vehicles.History{vehicles.PlateHistory, vehicles.ResidenceHistory, vehicles.OwnerHistory} {
			for _, p := range periodsOf(records[1], history) {
				if !told(p, periodsOf(after, history)) {
					rt.Fatalf("%s lost %v: %v", history, show([]vehicles.Period{p}), show(periodsOf(after, history)))
				}
			}
		}
	})
	if merged < 10 {
		t.Errorf("only %d merges", merged)
	}
}

func told(p vehicles.Period, by []vehicles.Period) bool {
	for _, q := range by {
		if !q.From.After(p.From) && (q.To.IsZero() || !p.To.IsZero() && !q.To.Before(p.To)) && q.Plate == p.Plate && q.Residence == p.Residence && q.Owner.Same(p.Owner) {
			return true
		}
	}
	return false
}
