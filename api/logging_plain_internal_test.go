package api

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// TestPlainTextIsNotPersonal holds the quick test against the filter itself, on texts that are made of what the filter looks for.
func TestPlainTextIsNotPersonal(t *testing.T) {
	t.Parallel()
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"eyJ", ".", "-", " ", "IR", "D", "s", "98", "09", "+98", "12", "345", "00", "ب", "۱۲", "ایران", "NAAM01CA0ER123456", "ABCDEFGHJKLMNPRST", "office", "request", ":"}),
		rapid.StringMatching(`[0-9a-f]{1,12}`), rapid.StringMatching(`[0-9]{1,16}`), rapid.StringMatching(`[A-Za-z]{1,18}`),
		rapid.Just(uuid.NewString()), rapid.Custom(func(t *rapid.T) string { return uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")).String() }),
		rapid.StringMatching(`[0-9]{8}-[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{12}`), rapid.StringMatching(`[0-9d]{32}`), rapid.StringMatching(`[0-9]{2}d[0-9]{5}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`))
	plains := 0
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(piece, 1, 4).Draw(t, "pieces"), "")
		if !plain(s) {
			return
		}
		if plains++; personal.MatchString(s) {
			t.Fatalf("%q passes, and is personal", s)
		}
	})
	if plains == 0 {
		t.Error("nothing was plain")
	}
	for s, want := range map[string]bool{
		"POST": true, "CreateInquiry": true, "rate_limited: Too many requests; try again a little later.": true, "0198a000-0000-7000-8000-000000000001": true, strings.Repeat("0", 32): true, "": true,
		"0198A000-0000-7000-8000-000000000001": false, "0198a0000-000-7000-8000-000000000001": false, "ABCDEFGHJKLMNPRST": false, "eyJhb.eyJzd.x": false, "a 1": false, "تهران": false, "office 0198a000-0000-7000-8000-000000000001": true, "09 0198a000-0000-7000-8000-000000000001": false,
	} {
		if plain(s) != want {
			t.Errorf("%q: %t", s, !want)
		}
	}
}
