package certificates

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNewSerialUsesSixtyRandomBits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		random string
		want   string // without the check character
	}{
		{"\x00\x00\x00\x00\x00\x00\x00\x00", "0000-0000-0000-"},
		{"\x00\x00\x00\x00\x00\x00\x00\x01", "1000-0000-0000-"},
		{"\x0f\xff\xff\xff\xff\xff\xff\xff", "ZZZZ-ZZZZ-ZZZZ-"},
		{"\xff\xff\xff\xff\xff\xff\xff\xff", "ZZZZ-ZZZZ-ZZZZ-"}, // the top four bits are not used
		{"\x08\x00\x00\x00\x00\x00\x00\x00", "0000-0000-000G-"},
	}
	for _, test := range tests {
		serial, err := NewSerial(strings.NewReader(test.random))
		if got := must(t, serial, err); !strings.HasPrefix(string(got), test.want) {
			t.Errorf("NewSerial(%x) = %s, want %s…", test.random, got, test.want)
		}
	}
}

func TestNewSerialReportsItsSource(t *testing.T) {
	t.Parallel()
	if _, err := NewSerial(brokenReader{}); !errors.Is(err, errBroken) {
		t.Errorf("error %v", err)
	}
	if _, err := NewSerial(bytes.NewReader(make([]byte, 7))); err == nil {
		t.Error("seven bytes made a serial")
	}
}

func TestParseSerialFolds(t *testing.T) {
	t.Parallel()
	const zeroOne = "0101-0101-0101-" // canonical; its check character is looked up
	canonical := zeroOne + string(crockford[checkValue([]byte{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1})])
	check := canonical[len(canonical)-1:]
	tests := map[string]string{
		string(specimenSerial):    string(specimenSerial),
		"7k3q-9xpt-2wab-x":        string(specimenSerial),
		"7K3Q9XPT2WABX":           string(specimenSerial),
		" 7k3q 9xpt 2wab x ":      string(specimenSerial),
		"--7K3Q9XPT--2WABX":       string(specimenSerial),
		"OIOI-olol-OLol-" + check: canonical,
	}
	for typed, want := range tests {
		got, err := ParseSerial(typed)
		if string(must(t, got, err)) != want {
			t.Errorf("ParseSerial(%q) = %s, want %s", typed, got, want)
		}
	}
}

func TestParseSerialRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		typed, code string
		position    int
	}{
		{"", "certificate_serial", -1},
		{"7K3Q-9XPT-2WAB", "certificate_serial", -1},
		{"7K3Q-9XPT-2WAB-XX", "certificate_serial", 16},
		{"7K3Q-9XPU-2WAB-X", "certificate_serial", 8},
		{"7K3Q_9XPT-2WAB-X", "certificate_serial", 4},
		{"۷K3Q-9XPT-2WAB-X", "certificate_serial", 0},
		{"7K3Qب9XPT2WABX", "certificate_serial", 4},
		{"7K3Q\xff9XPT2WABX", "certificate_serial", 4},
		{"7K3Q-9XPT-2WAB-0", "certificate_serial_check", -1},
		{"K73Q-9XPT-2WAB-X", "certificate_serial_check", -1},
	}
	for _, test := range tests {
		_, err := ParseSerial(test.typed)
		if f := wantFault(t, err, test.code); f.Position() != test.position {
			t.Errorf("ParseSerial(%q) blames %d, want %d", test.typed, f.Position(), test.position)
		}
	}
}

func TestSerialRoundTrip(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]$`)
	rapid.Check(t, func(t *rapid.T) {
		serial := serials(t)
		if !shape.MatchString(string(serial)) {
			t.Fatalf("%s has another shape", serial)
		}
		again, err := ParseSerial(strings.ToLower(string(serial)))
		if err != nil || again != serial {
			t.Fatalf("ParseSerial(%s) = %s, %v", serial, again, err)
		}
	})
}

// Every mistyped character and every exchange of two different characters is found, wherever it happens.
func TestSerialCheckFindsTypingErrors(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plain := []byte(strings.ReplaceAll(string(serials(t)), "-", ""))
		for i := range plain {
			for _, other := range []byte(crockford) {
				wrong := bytes.Clone(plain)
				wrong[i] = other
				if _, err := ParseSerial(string(wrong)); (err == nil) != (other == plain[i]) {
					t.Fatalf("%s for %s: %v", wrong, plain, err)
				}
			}
			for j := range i {
				swapped := bytes.Clone(plain)
				swapped[i], swapped[j] = swapped[j], swapped[i]
				if _, err := ParseSerial(string(swapped)); (err == nil) != (plain[i] == plain[j]) {
					t.Fatalf("%s for %s: %v", swapped, plain, err)
				}
			}
		}
	})
}

func FuzzParseSerial(f *testing.F) {
	for _, seed := range []string{string(specimenSerial), "", "7k3q 9xpt", "OIL-۱", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		serial, err := ParseSerial(typed)
		if err != nil {
			if f := wantFault(t, err, faultCode(err)); f.Position() >= len([]rune(typed)) {
				t.Fatalf("position %d beyond %q", f.Position(), typed)
			}
			return
		}
		if again, err := ParseSerial(string(serial)); err != nil || again != serial {
			t.Fatalf("%q gives %s, which is not canonical: %v", typed, serial, err)
		}
	})
}

// faultCode is the code of one of the two faults that ParseSerial may answer, else a name that no fault has.
func faultCode(err error) string {
	if errors.Is(err, errSerial) || errors.Is(err, errSerialCheck) {
		return strings.SplitN(err.Error(), ":", 2)[0]
	}
	return "no fault"
}
