package csvimport

import (
	"errors"
	"strings"
	"testing"

	"mofasa/tenants/fault"
)

func TestCells(t *testing.T) {
	t.Parallel()
	number := Whole(1, 999)
	for _, c := range []struct {
		cell string
		want any
		code string
		got  func(string) (any, error)
	}{
		{"1", int64(1), "", anyOf(number)},
		{"0999", int64(999), "", anyOf(number)},
		{"", nil, "import_required", anyOf(number)},
		{"0", nil, "import_range", anyOf(number)},
		{"1000", nil, "import_range", anyOf(number)},
		{"99999999999999999999", nil, "import_range", anyOf(number)},
		{"9223372036854775808", nil, "import_range", anyOf(number)},
		{"-1", nil, "import_number", anyOf(number)},
		{"+1", nil, "import_number", anyOf(number)},
		{"1.0", nil, "import_number", anyOf(number)},
		{"1_0", nil, "import_number", anyOf(number)},
		{"۱۲", nil, "import_number", anyOf(number)},
		{"پژو", "پژو", "", anyOf(Required)},
		{"", nil, "import_required", anyOf(Required)},
		{strings.Repeat("پ", 100), strings.Repeat("پ", 100), "", anyOf(Required)},
		{strings.Repeat("پ", 101), nil, "import_text", anyOf(Required)},
		{"a\x1bb", nil, "import_text", anyOf(Required)},
		{"كرمان‌شاهي", "کرمان‌شاهی", "", anyOf(Name)},
		{"", nil, "import_required", anyOf(Name)},
	} {
		got, err := c.got(c.cell)
		var f *fault.Error
		switch {
		case c.code == "" && (err != nil || got != c.want):
			t.Errorf("%.30q: %v, %v, want %v", c.cell, got, err, c.want)
		case c.code != "" && (!errors.As(err, &f) || f.Code != c.code):
			t.Errorf("%.30q: %v, %v, want %s", c.cell, got, err, c.code)
		}
	}
}

func anyOf[T any](parse func(string) (T, error)) func(string) (any, error) {
	return func(cell string) (any, error) { return parse(cell) }
}

func TestRecordKeepsTheFirstReason(t *testing.T) {
	t.Parallel()
	r := &Record{columns: ab, cells: []string{"", "x"}}
	r.reset(7)
	if got := Cell(r, 0, Required); got != "" {
		t.Errorf("refused cell gives %q", got)
	}
	r.Refuse(0, errRange)
	r.Refuse(1, errNumber.At(0))
	if len(r.refusals) != 2 || r.refusals[0].fault.Code != "import_required" || r.refusals[1].column != "b" || r.refusals[1].line != 7 || r.err != nil {
		t.Errorf("refusals %+v, error %v", r.refusals, r.err)
	}
	defect := errors.New("defect")
	if r.reset(8); len(r.refusals) != 0 {
		t.Errorf("the next row begins with %+v", r.refusals)
	}
	if r.Refuse(1, defect); !errors.Is(r.err, defect) || len(r.refusals) != 0 {
		t.Errorf("a private error is no refusal: %+v, %v", r.refusals, r.err)
	}
}

func TestDetailNamesTheCharacter(t *testing.T) {
	t.Parallel()
	if got := detail("نادرست است.", -1); got != "نادرست است." {
		t.Errorf("%q", got)
	}
	if got, want := detail("نادرست است.", 9), "نادرست است (نویسهٔ ۱۰)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
