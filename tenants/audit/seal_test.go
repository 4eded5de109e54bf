package audit

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/tenants/fault"
)

// TestNoTwoRowsHashAlike changes, moves or drops the text of one column and expects another hash; the same texts hash the same.
func TestNoTwoRowsHashAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var a row
		for i := range a {
			a[i] = sql.NullString{String: rapid.StringN(0, 5, -1).Draw(t, "text"), Valid: rapid.Bool().Draw(t, "valid")}
			if !a[i].Valid {
				a[i].String = ""
			}
		}
		same := a
		if a.hash() != same.hash() {
			t.Fatal("the hash of a row changes by itself")
		}
		i, j := rapid.IntRange(0, len(a)-1).Draw(t, "i"), rapid.IntRange(0, len(a)-1).Draw(t, "j")
		b := a
		switch rapid.IntRange(0, 2).Draw(t, "change") {
		case 0:
			b[i] = sql.NullString{String: a[i].String + "x", Valid: true}
		case 1:
			b[i].Valid = !a[i].Valid
		default:
			if i == j || a[i] == a[j] {
				return
			}
			b[i], b[j] = a[j], a[i]
		}
		if b.hash() == a.hash() {
			t.Fatalf("%v and %v hash alike", a, b)
		}
	})
}

func TestHeadsReadBack(t *testing.T) {
	t.Parallel()
	head := Head{}.next(row{}.hash()).next(Hash{1})
	if got, err := ParseHead(head.String()); err != nil || got != head || head.Sequence != 2 {
		t.Errorf("%v, %v, want %v", got, err, head)
	}
	for _, wrong := range []string{"", ":", "2", "2:", "x:" + head.Chain.String(), "-1:" + head.Chain.String(), "2:" + head.Chain.String()[1:], "2:" + strings.Repeat("z", 64)} {
		if _, err := ParseHead(wrong); !errors.Is(err, errHead) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add("12:" + strings.Repeat("0a", 32))
	f.Add("0x1:aa")
	f.Fuzz(func(t *testing.T, text string) {
		head, err := ParseHead(text)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatal(err)
			}
			return
		}
		if again, err := ParseHead(head.String()); err != nil || again != head {
			t.Fatalf("%q reads as %v, then %v, %v", text, head, again, err)
		}
	})
}

func FuzzParseKey(f *testing.F) {
	f.Add("1763596800000000.0198f3a2-7b1c-7def-8123-456789abcdef")
	f.Add("1.urn:uuid:0198f3a2-7b1c-7def-8123-456789abcdef")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseKey(text)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatal(err)
			}
			return
		}
		if again, err := ParseKey(key.String()); err != nil || again != key {
			t.Fatalf("%q reads as %v, then %v, %v", text, key, again, err)
		}
	})
}
