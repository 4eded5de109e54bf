package csvimport

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"mofasa/tenants/fault"
)

var ab = []string{"a", "b"}

// readAll writes each record as "line:a|b" or "line:column=code".
func readAll(t *testing.T, file io.Reader) []string {
	t.Helper()
	r, err := open(file, ab, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for {
		record, err := r.read()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(record.refusals) == 0 {
			out = append(out, fmt.Sprintf("%d:%s|%s", record.Line, record.Text(0), record.Text(1)))
		}
		for _, f := range record.refusals {
			out = append(out, fmt.Sprintf("%d:%s=%s", record.Line, f.column, f.fault.Code))
		}
	}
}

func TestReaderReads(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", longestLine)
	for name, c := range map[string]struct {
		file string
		want []string
	}{
		"plain":                     {"a,b\n1,2\n3,4\n", []string{"2:1|2", "3:3|4"}},
		"no last line end":          {"a,b\n1,2", []string{"2:1|2"}},
		"header alone":              {"a,b", nil},
		"Windows":                   {"\ufeffa,b\r\n1,2\r\n\r\n3,4\r\n", []string{"2:1|2", "4:3|4"}},
		"BOM and quoted header":     {"\ufeff\"a\",\"b\"\n1,2\n", []string{"2:1|2"}},
		"other order":               {"b,a\n1,2\n", []string{"2:2|1"}},
		"space":                     {" a ,b \n  1 ,\t2\n", []string{"2:1|2"}},
		"blank lines":               {"\n\na,b\n\n , \n,\n1,2\n,,,\n", []string{"7:1|2"}},
		"quotes":                    {"a,b\n\"1,\"\"0\"\"\",2\n", []string{`2:1,"0"|2`}},
		"empty cell":                {"a,b\n,2\n", []string{"2:|2"}},
		"open quote spoils one row": {"a,b\n\"1,2\n3,4\n5,\"6\n7,8\n", []string{"2:=import_row_quotes", "3:3|4", "4:=import_row_quotes", "5:7|8"}},
		"bare quote":                {"a,b\n1\"2,3\n4,5\n", []string{"2:=import_row_quotes", "3:4|5"}},
		"cells":                     {"a,b\n1\n1,2,3\n4,5\n", []string{"2:=import_row_length", "3:=import_row_length", "4:4|5"}},
		"Windows-1256":              {"a,b\n\xc7\xed,2\n4,5\n", []string{"2:a=import_encoding", "3:4|5"}},
		"NUL":                       {"a,b\n1,\x00\n", []string{"2:b=import_encoding"}},
		"too long":                  {"a,b\n1," + long + "\n3,4\n" + long + long + long, []string{"2:=import_row_too_long", "3:3|4", "4:=import_row_too_long"}},
		"just not too long":         {"a,b\n1," + long[:longestLine-3] + "\n", []string{"2:1|" + long[:longestLine-3]}},
	} {
		if got := readAll(t, strings.NewReader(c.file)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %.200q, want %.200q", name, got, c.want)
		}
		if got := readAll(t, iotest.OneByteReader(strings.NewReader(c.file))); !slices.Equal(got, c.want) {
			t.Errorf("%s, byte by byte: %.200q, want %.200q", name, got, c.want)
		}
	}
}

func TestReaderRefusesHeaders(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"":                              "import_empty",
		"\n\r\n , \n":                   "import_empty",
		"\ufeff":                        "import_empty",
		"a\n":                           "import_header b=import_column_missing",
		"a;b\n":                         "import_header a=import_column_missing b=import_column_missing #1=import_column_unknown",
		"a,b,c\n":                       "import_header c=import_column_unknown",
		"a,b,\n":                        "import_header #3=import_column_unknown",
		"a,b,a,a\n":                     "import_header a=import_column_repeated a=import_column_repeated",
		"A,b\n":                         "import_header a=import_column_missing #1=import_column_unknown",
		"12ب14547,b\n":                  "import_header a=import_column_missing #1=import_column_unknown",
		"a,\"b\n":                       "import_header",
		strings.Repeat("a,", 40_000):    "import_header",
		"\xff\xfea\x00,\x00b\x00\n\x00": "import_header a=import_column_missing b=import_column_missing #1=import_column_unknown #2=import_column_unknown", // UTF-16
	} {
		_, err := open(strings.NewReader(file), ab, nil)
		f := fault.Of(err)
		if f == nil {
			t.Errorf("%.20q: %v", file, err)
			continue
		}
		got := f.Code
		for _, field := range f.Fields {
			got += " " + field.Name + "=" + field.Code
		}
		if got != want {
			t.Errorf("%.20q: %q, want %q", file, got, want)
		}
	}
	if len(ErrHeader.Fields) != 0 {
		t.Errorf("the definition has gained fields: %v", ErrHeader.Fields)
	}
}

func TestReaderPassesErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk error")
	if _, err := open(iotest.ErrReader(broken), ab, nil); !errors.Is(err, broken) {
		t.Errorf("in the header: %v", err)
	}
	for _, start := range []string{"a,b\n1,2\n", "a,b\n1,2", "a,b\n" + strings.Repeat("x", 2*longestLine)} {
		r, err := open(io.MultiReader(strings.NewReader(start), iotest.ErrReader(broken)), ab, nil)
		for err == nil {
			_, err = r.read()
		}
		if !errors.Is(err, broken) {
			t.Errorf("after %.10q: %v", start, err)
		}
	}
}

// FuzzReader holds that every line that says something is one record, in order, whatever stands in it.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{"1,2\n", "\"1\",2\r\n3", "\"\n\"\n", "\xef\xbb\xbf", ",,\n \n\x00", "\r,\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := open(io.MultiReader(strings.NewReader("a,b\n"), strings.NewReader(string(body))), ab, nil)
		if err != nil {
			t.Fatal(err)
		}
		last, n := 1, 0
		for {
			record, err := r.read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if n++; record.Line <= last {
				t.Fatalf("line %d after line %d", record.Line, last)
			}
			last = record.Line
		}
		if most := 1 + strings.Count(string(body), "\n"); n != r.rows || n > most {
			t.Errorf("%d records, counted %d, of at most %d lines", n, r.rows, most)
		}
		if r.bytes != int64(4+len(body)) {
			t.Errorf("counted %d bytes of %d", r.bytes, 4+len(body))
		}
	})
}

// TestOptionalColumns reads files with and without them: an absent one is empty in every row, and a row must be as wide as its own header.
func TestOptionalColumns(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"a,b\n1,2\n":            "1|2||",
		"d,b,a\n4,2,1\n":        "1|2||4",
		"a,b,c,d\n1,2, 3 ,\n":   "1|2|3|",
		"a,b,c,d\n1,2,3\n":      "refused",
		"a,b\n1,2,3\n":          "refused",
		"a,b\n1,2\n\na,b\n":     "1|2||",
		"a,c,d,b\n1,\xff,4,2\n": "refused",
	} {
		r, err := open(strings.NewReader(file), ab, []string{"c", "d"})
		if err != nil {
			t.Fatal(err)
		}
		row, err := r.read()
		if err != nil {
			t.Fatal(err)
		}
		got := "refused"
		if len(row.refusals) == 0 {
			got = strings.Join(row.cells, "|")
		}
		if got != want {
			t.Errorf("%q: %q, want %q", file, got, want)
		}
	}
	for _, file := range []string{"a,c,d\n", "a,b,c,c\n", "a,b,e\n"} {
		if _, err := open(strings.NewReader(file), ab, []string{"c", "d"}); fault.Of(err) == nil || fault.Of(err).Code != "import_header" {
			t.Errorf("%q: %v", file, err)
		}
	}
}
