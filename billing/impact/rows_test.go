package impact

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"mofasa/billing/calendar"
	"mofasa/billing/dues"
	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
)

const full = `019c5a70-0000-7000-8000-0000000000aa	bus	public	diesel	imported	6	school_bus	a\\b\tc	1393	16230	20000	scrapped	3 16230 17000,218 17000	520 1404,218 1403,520 1404	` +
	`[{"id":"d1","kind":"discount","municipality":0,"charge":null,"from":1400,"through":1404,"rate":500000,"amount":null}]`

const bare = `019c5a70-0000-7000-8000-0000000000ab	motorcycle	private	petrol	domestic	0	\N	T	1393	-1	\N	\N	\N	\N	\N`

func TestRowsBecomeFacts(t *testing.T) {
	t.Parallel()
	values := []dues.Valuation{{ID: "1404/x", FiscalYear: 1404, Base: 7}}
	on := calendar.Date{Year: 1405, Month: 2, Day: 10}
	r := newRows(map[string][]dues.Valuation{"a\\b\tc": values}, on)
	if err := r.read([]byte(full)); err != nil {
		t.Fatal(err)
	}
	want := dues.Facts{
		Vehicle: dues.Vehicle{Vehicle: tariffs.Vehicle{Class: tariffs.Bus, Usage: tariffs.Public, Fuel: tariffs.Diesel, Origin: tariffs.Imported, Cylinders: 6, Category: "school_bus"},
			TypeCode: "a\\b\tc", ModelYear: 1393, FirstRegistered: calendar.FromGregorian(2014, 6, 9), Ended: calendar.FromGregorian(2024, 10, 4), EndReason: tariffs.Scrapped},
		Residences: []dues.Residence{{MunicipalityID: 3, From: calendar.FromGregorian(2014, 6, 9), To: calendar.FromGregorian(2016, 7, 18)},
			{MunicipalityID: 218, From: calendar.FromGregorian(2016, 7, 18)}},
		Valuations: values,
		Settled:    []dues.Settled{{MunicipalityID: 520, FiscalYear: 1404, State: dues.Paid}, {MunicipalityID: 218, FiscalYear: 1403, State: dues.Paid}},
		Decisions: []dues.Decision{{ID: "d1", Kind: dues.GrantDiscount, FromYear: 1400, ThroughYear: 1404, Rate: 500_000, Reason: fault.Text{FA: "-", EN: "-"}, Actor: "-",
			ValidFrom: on}},
	}
	if !reflect.DeepEqual(r.facts, want) || r.id != uuid.MustParse("019c5a70-0000-7000-8000-0000000000aa") {
		t.Errorf("%s\n%+v\nwant\n%+v", r.id, r.facts, want)
	}
	if err := r.read([]byte(bare)); err != nil { // nothing of the vehicle before stays
		t.Fatal(err)
	}
	f := r.facts
	if len(f.Residences)+len(f.Settled)+len(f.Decisions)+len(f.Valuations) != 0 || f.Vehicle.Category != "" || f.Vehicle.EndReason != "" || !f.Vehicle.Ended.IsZero() ||
		f.Vehicle.FirstRegistered != calendar.FromGregorian(1969, 12, 31) || f.Vehicle.Cylinders != 0 || f.Vehicle.TypeCode != "T" {
		t.Errorf("%+v", f)
	}
}

func TestRowsThatAreNone(t *testing.T) {
	t.Parallel()
	r := newRows(nil, calendar.Date{Year: 1405, Month: 1, Day: 1})
	for _, line := range []string{
		"", bare + "\tx", strings.Replace(bare, "019c", "x19c", 1), strings.Replace(bare, "\t1393\t", "\t13x\t", 1), strings.Replace(bare, "\t1393\t", "\t\\N\t", 1),
		strings.Replace(full, "3 16230 17000", "3", 1), strings.Replace(full, "3 16230 17000", "3 16230 17000 1", 1), strings.Replace(full, "520 1404", "520", 1),
		strings.Replace(full, "520 1404", "520 -", 1), strings.Replace(full, `[{"id"`, `{"id"`, 1),
	} {
		if err := r.read([]byte(line)); err == nil {
			t.Errorf("%q was read: %+v", line, r.facts)
		}
	}
}

// Not parallel: AllocsPerRun counts what the whole process allocates.
func TestRowsAreReadWithoutAllocating(t *testing.T) {
	r := newRows(nil, calendar.Date{Year: 1405, Month: 1, Day: 1})
	line := []byte(strings.Replace(full[:strings.LastIndex(full, "\t")], `a\\b\tc`, "T", 1) + "\t\\N")
	if n := testing.AllocsPerRun(100, func() {
		if err := r.read(line); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzRows(f *testing.F) {
	f.Add([]byte(full))
	f.Add([]byte(bare))
	f.Fuzz(func(t *testing.T, line []byte) {
		r := newRows(nil, calendar.Date{Year: 1405, Month: 1, Day: 1})
		if err := r.read(line); err != nil {
			return
		}
		if bytes.Count(line, tab) != columnCount-1 {
			t.Errorf("%d columns were read", bytes.Count(line, tab)+1)
		}
		for i, s := range r.facts.Settled {
			if lists(r.facts.Settled[:i], s.MunicipalityID, s.FiscalYear) {
				t.Errorf("settled twice: %+v", s)
			}
		}
	})
}
