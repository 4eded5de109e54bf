package privacy_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/tenants/privacy"
	"mofasa/tenants/privacy/privacytest"
)

var here = privacy.Place{Table: "owner_identities", Column: "name_enc", Row: "0198f3a2-7b1c-7def-8123-456789abcdef"}

// one is a source of a single key.
func one(key string) privacy.Source {
	return func() (map[privacy.KeyID][]byte, error) { return map[privacy.KeyID][]byte{1: []byte(key)}, nil }
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestWhatIsSealedOpensThereAlone seals any text and opens it: in its place it reads the same; in any other place, with any byte changed, cut or added, not at all.
func TestWhatIsSealedOpensThereAlone(t *testing.T) {
	t.Parallel()
	ring := privacytest.NewKeyring(t)
	part := rapid.StringMatching(`[a-z0-9_-]{1,12}`)
	rapid.Check(t, func(t *rapid.T) {
		at := privacy.Place{Table: part.Draw(t, "table"), Column: part.Draw(t, "column"), Row: part.Draw(t, "row")}
		text := rapid.String().Draw(t, "text")
		envelope, err := ring.Seal(at, text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ring.Open(at, envelope); err != nil || got != text {
			t.Fatalf("%q, %v", got, err)
		}
		if len(envelope) != len(text)+privacy.Overhead || len(text) > 3 && bytes.Contains(envelope, []byte(text)) {
			t.Fatalf("%q shows in %x", text, envelope)
		}
		again, err := ring.Seal(at, text)
		if err != nil || bytes.Equal(again, envelope) {
			t.Fatalf("the same envelope twice, %v", err)
		}
		other := at
		switch moved := part.Draw(t, "moved") + "x" + at.Row; rapid.IntRange(0, 2).Draw(t, "part") {
		case 0:
			other.Table = moved
		case 1:
			other.Column = moved
		default:
			other.Row = moved
		}
		if got, err := ring.Open(other, envelope); !errors.Is(err, privacy.ErrTampered) {
			t.Fatalf("opens in %+v: %q, %v", other, got, err)
		}
		wrong := bytes.Clone(envelope)
		i := rapid.IntRange(0, len(wrong)-1).Draw(t, "byte")
		wrong[i] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		if got, err := ring.Open(at, wrong); err == nil {
			t.Fatalf("opens with byte %d changed: %q", i, got)
		}
		if got, err := ring.Open(at, envelope[:rapid.IntRange(0, len(envelope)-1).Draw(t, "cut")]); err == nil {
			t.Fatalf("opens when cut: %q", got)
		}
		if got, err := ring.Open(at, append(bytes.Clone(envelope), 0)); err == nil {
			t.Fatalf("opens with a byte more: %q", got)
		}
	})
}

// TestPlacesDoNotRunTogether moves the border between two parts.
func TestPlacesDoNotRunTogether(t *testing.T) {
	t.Parallel()
	ring := privacytest.NewKeyring(t)
	envelope := must[[]byte](t)(ring.Seal(privacy.Place{Table: "ab", Column: "c", Row: "d"}, "x"))
	if _, err := ring.Open(privacy.Place{Table: "a", Column: "bc", Row: "d"}, envelope); !errors.Is(err, privacy.ErrTampered) {
		t.Errorf("opens in a place that spells the same: %v", err)
	}
	for _, bad := range []privacy.Place{{Table: "a|b", Column: "c", Row: "d"}, {Table: "a", Column: "", Row: "d"}, {Table: "a", Column: "b", Row: "c|"}} {
		if _, err := ring.Seal(bad, "x"); err == nil {
			t.Errorf("%+v is taken for a place", bad)
		}
	}
}

func TestKeysComeAndGo(t *testing.T) {
	t.Parallel()
	keys := privacytest.NewKeys()
	old, fresh := keys.Ring(t), keys.Ring(t)
	first := must[[]byte](t)(old.Seal(here, "one"))
	keys.Add(2)
	if err := fresh.Reload(); err != nil {
		t.Fatal(err)
	}
	second := must[[]byte](t)(fresh.Seal(here, "two"))
	for envelope, want := range map[string]privacy.KeyID{string(first): 1, string(second): 2} {
		if id, err := privacy.KeyOf([]byte(envelope)); id != want || err != nil {
			t.Errorf("key %d, %v, want %d", id, err, want)
		}
	}
	// The old process has not heard of the second key; it looks once it meets it, and from then on seals under it.
	if text, err := old.Open(here, second); text != "two" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if text, err := fresh.Open(here, first); text != "one" || err != nil || old.Newest() != 2 {
		t.Errorf("%q, %v, newest %d", text, err, old.Newest())
	}
	keys.Remove(1)
	if text, err := fresh.Open(here, first); text != "one" || err != nil {
		t.Errorf("a key that is gone from the source alone: %q, %v", text, err)
	}
	if err := fresh.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.Open(here, first); !errors.Is(err, privacy.ErrKeyMissing) {
		t.Errorf("without its key: %v", err)
	}
	if _, err := fresh.SealWith(1, here, "x"); !errors.Is(err, privacy.ErrKeyMissing) {
		t.Errorf("sealed without a key: %v", err)
	}
	keys.Remove(2)
	if err := fresh.Reload(); err == nil {
		t.Error("no key at all is taken")
	}
	if text, err := fresh.Open(here, second); text != "two" || err != nil {
		t.Errorf("after a failed reload: %q, %v", text, err)
	}
}

func TestBlindIndex(t *testing.T) {
	t.Parallel()
	ring := privacytest.NewKeyring(t)
	same := ring.Blind("owner person", "0499370899")
	for name, other := range map[string][]byte{"another value": ring.Blind("owner person", "0499370898"), "another kind": ring.Blind("owner legal", "0499370899")} {
		if bytes.Equal(same, other) {
			t.Errorf("%s has the same index", name)
		}
	}
	if !bytes.Equal(same, ring.Blind("owner person", "0499370899")) || len(same) != 32 {
		t.Errorf("%x", same)
	}
	elsewhere := must[*privacy.Keyring](t)(privacy.NewKeyring(one(strings.Repeat("z", 32)), privacytest.NewKeys().All, rand.Reader))
	if bytes.Equal(same, elsewhere.Blind("owner person", "0499370899")) {
		t.Error("the index does not depend on its key")
	}
}

// TestIndexKeysComeAndGo changes the key of the blind index: values are searched under both, stored under the newer one, and held against whichever a row carries.
func TestIndexKeysComeAndGo(t *testing.T) {
	t.Parallel()
	keys := privacytest.NewKeys()
	old, fresh := keys.Ring(t), keys.Ring(t)
	first := old.Mark("owner person", "0499370899")
	keys.AddIndex(2)
	if _, err := old.MarkWith(3, "owner person", "0499370899"); !errors.Is(err, privacy.ErrKeyMissing) {
		t.Errorf("a key that nobody has: %v", err)
	}
	if err := fresh.Reload(); err != nil {
		t.Fatal(err)
	}
	second := fresh.Mark("owner person", "0499370899")
	marks := fresh.Marks("owner person", "0499370899")
	if first.Key != 1 || second.Key != 2 || bytes.Equal(first.Sum, second.Sum) || len(marks) != 2 || !marks[0].Is(second) || !marks[1].Is(first) {
		t.Errorf("%v, %v, %v", first, second, marks)
	}
	if first.Is(second) || first.Is(privacy.Mark{Key: 2, Sum: first.Sum}) || !first.Is(old.Marks("owner person", "0499370899")[1]) {
		t.Error("marks compare wrongly")
	}
	// A process that has not heard of the key looks once it meets it.
	late := privacytest.NewKeys()
	behind := late.Ring(t)
	late.AddIndex(2)
	if mark, err := behind.MarkWith(2, "owner person", "0499370899"); err != nil || !mark.Is(second) || behind.NewestIndex() != 2 {
		t.Errorf("%v, %v, newest %d", mark, err, behind.NewestIndex())
	}
	keys.RemoveIndex(1)
	if err := fresh.Reload(); err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.MarkWith(1, "owner person", "0499370899"); !errors.Is(err, privacy.ErrKeyMissing) || len(fresh.Marks("x", "y")) != 1 {
		t.Errorf("a key that is gone: %v", err)
	}
	keys.RemoveIndex(2)
	if err := fresh.Reload(); err == nil || fresh.NewestIndex() != 2 {
		t.Error("no key of the index at all is taken")
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	t.Parallel()
	source := func(keys map[privacy.KeyID][]byte, err error) privacy.Source {
		return func() (map[privacy.KeyID][]byte, error) { return keys, err }
	}
	for name, c := range map[string]struct {
		index  int
		source privacy.Source
	}{
		"a short index":    {31, source(map[privacy.KeyID][]byte{1: make([]byte, 32)}, nil)},
		"a short key":      {32, source(map[privacy.KeyID][]byte{1: make([]byte, 16)}, nil)},
		"no key":           {32, source(nil, nil)},
		"a source's error": {32, source(nil, errors.New("disk"))},
	} {
		if _, err := privacy.NewKeyring(one(strings.Repeat("z", c.index)), c.source, rand.Reader); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	broken := must[*privacy.Keyring](t)(privacy.NewKeyring(one(strings.Repeat("z", 32)), privacytest.NewKeys().All, strings.NewReader("short")))
	if _, err := broken.Seal(here, "x"); err == nil {
		t.Error("sealed without randomness")
	}
}

// FuzzOpen never opens what nobody sealed, and never panics.
func FuzzOpen(f *testing.F) {
	// The nonce is fixed, since every worker of the fuzzer makes the one true envelope for itself.
	ring, err := privacy.NewKeyring(one(privacytest.Index), privacytest.NewKeys().All, bytes.NewReader(make([]byte, 12)))
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := ring.Seal(here, "علی‌رضا موسوی")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{nil, {}, {1}, {1, 0, 1}, sealed, sealed[:len(sealed)-1], append([]byte{2}, sealed[1:]...), append([]byte{1, 0, 9}, sealed[3:]...), make([]byte, privacy.Overhead)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, envelope []byte) {
		text, err := ring.Open(here, envelope)
		if err == nil && (text != "علی‌رضا موسوی" || !bytes.Equal(envelope, sealed)) {
			t.Errorf("%x opens as %q", envelope, text)
		}
		if err != nil && !errors.Is(err, privacy.ErrEnvelope) && !errors.Is(err, privacy.ErrTampered) && !errors.Is(err, privacy.ErrKeyMissing) {
			t.Errorf("%x: %v", envelope, err)
		}
		if _, err := privacy.KeyOf(envelope); (err == nil) != (len(envelope) >= privacy.Overhead && envelope[0] == 1) {
			t.Errorf("%x: key %v", envelope, err)
		}
	})
}
