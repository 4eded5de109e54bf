package tariffs

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"mofasa/billing/calendar"
	"mofasa/tenants/fault"
)

// Change is one difference between two versions. Path names the part: of a rule by its charge, scope and priority, since rules
// have no names. Before and After are the part's JSON, empty where it is not there. Text says it in both languages.
type Change struct {
	Kind   ChangeKind `json:"kind"`
	Path   string     `json:"path"`
	Before string     `json:"before,omitempty"`
	After  string     `json:"after,omitempty"`
	Text   fault.Text `json:"text"`
}

// ChangeKind says what happened to a part.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Changed ChangeKind = "changed"
)

// Diff lists what b changes against a, by path. Authority, year, number and the order of rules do not count: two versions that
// reckon alike and cite the same law have none.
func Diff(a, b Version) []Change {
	before, after := a.parts(), b.parts()
	changes := []Change{}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		was := before[path]
		switch now, kept := after[path]; {
		case !kept:
			changes = append(changes, Change{Removed, path, was.json, "", sentence(was.name, "حذف می‌شود: ", "is removed: ", was.text)})
		case now.json != was.json:
			changes = append(changes, Change{Changed, path, was.json, now.json, changed(was, now)})
		}
	}
	for path, now := range after {
		if _, known := before[path]; !known {
			changes = append(changes, Change{Added, path, "", now.json, sentence(now.name, "افزوده می‌شود: ", "is added: ", now.text)})
		}
	}
	slices.SortFunc(changes, func(x, y Change) int { return cmp.Compare(x.Path, y.Path) })
	return changes
}

func sentence(name fault.Text, fa, en string, text fault.Text) fault.Text {
	return fault.Text{FA: name.FA + " " + fa + text.FA, EN: name.EN + " " + en + text.EN}
}

func changed(was, now part) fault.Text {
	return fault.Text{
		FA: now.name.FA + " تغییر می‌کند از «" + was.text.FA + "» به «" + now.text.FA + "»",
		EN: now.name.EN + " changes from “" + was.text.EN + "” to “" + now.text.EN + "”",
	}
}

// Words is one piece of a version in both languages.
type Words struct {
	Path string // as in Change
	Name fault.Text
	Text fault.Text
}

// Words says all that the version says, by path.
func (v *Version) Words() []Words {
	all := v.parts()
	words := make([]Words, 0, len(all))
	for _, path := range slices.Sorted(maps.Keys(all)) {
		words = append(words, Words{Path: path, Name: all[path].name, Text: all[path].text})
	}
	return words
}

// part is one comparable piece of a version.
type part struct {
	json       string
	name, text fault.Text
}

// fromPart is equal for all versions that hold from the first day of their year.
type fromPart struct {
	From calendar.Date `json:"from,omitzero"`
}

// parts takes the version apart. Everything but what identifies it is in exactly one part.
func (v *Version) parts() map[string]part {
	all := map[string]part{}
	put := func(path string, value any, name, text fault.Text) {
		body, _ := json.Marshal(value) // plain data of this package
		all[path] = part{string(body), name, text}
	}
	day := in("نخستین روز سال مالی", "the first day of the fiscal year")
	if !v.From.IsZero() {
		day = in(v.From.Persian(), v.From.String())
	}
	put("from", fromPart{v.From}, in("روز آغاز اجرا", "the day from which it holds"), day)
	for i := range v.Rules {
		r := v.Rules[i]
		path, of := "rules/"+string(r.Charge)+"/"+r.Scope.key(r.Priority), r.name()
		put(path+"/amount", [2]any{r.Rate, r.Fixed}, of, r.amountText())
		if r.Age != nil {
			put(path+"/age", r.Age, in("افزایش عمرِ "+of.FA, "age surcharge of "+of.EN), r.Age.text())
		}
		put(path+"/legal", r.Legal, in("مستندِ "+of.FA, "legal reference of "+of.EN), r.Legal)
	}
	for _, e := range v.Exemptions {
		put("exemptions/"+e.ID, e, in("معافیت "+e.ID, "exemption "+e.ID), e.text())
	}
	for _, d := range v.Discounts {
		put("discounts/"+d.ID, d, in("تخفیف "+d.ID, "discount "+d.ID), d.text())
	}
	for _, w := range v.Waivers {
		put("waivers/"+w.ID, w, in("بخشودگی "+w.ID, "waiver "+w.ID), w.text())
	}
	for _, l := range v.Levies {
		put("levies/"+string(l.Charge), l, in("شهرهای مشمول "+l.Charge.Name().FA, "cities with the "+l.Charge.Name().EN), l.text())
	}
	for _, l := range v.LastYear {
		put("last_year/"+string(l.Reason), l, in("سال آخر خودرو ("+string(l.Reason)+")", "last year of a vehicle ("+string(l.Reason)+")"), l.YearShare.text())
	}
	v.termParts(put)
	return all
}

// termParts are the parts of which a version has at most one.
func (v *Version) termParts(put func(path string, value any, name, text fault.Text)) {
	if l := v.Leaves; len(l.Discounts) > 0 || len(l.Waivers) > 0 || l.Rounding || l.Minimum {
		put("leaves", l, in("اختیارات شهرداری", "what is left to municipalities"), l.text())
	}
	if v.FirstYear != (YearShare{}) {
		put("first_year", v.FirstYear, in("سال نخست خودرو", "first year of a vehicle"), v.FirstYear.text())
	}
	if v.Penalty != (Penalty{}) {
		put("penalty", v.Penalty, in("جریمهٔ تأخیر", "penalty"), v.Penalty.text())
	}
	if v.Rounding != (Rounding{}) {
		put("rounding", v.Rounding, in("گرد کردن", "rounding"), v.Rounding.text())
	}
	if v.Minimum != (Minimum{}) {
		put("minimum", v.Minimum, in("کمینهٔ بدهی", "minimum"), v.Minimum.text())
	}
}

func in(fa, en string) fault.Text { return fault.Text{FA: fa, EN: en} }
