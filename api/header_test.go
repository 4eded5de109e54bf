package api

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
)

// FuzzAuthorization reads headers of both schemes: nothing panics, nothing is both, and what is read can be written again.
func FuzzAuthorization(f *testing.F) {
	for _, seed := range []string{"", "Bearer ", "Bearer x", "Basic ", "Basic eDp5", "Basic eDp5Og==", "Basic JTQxOiUy", "basic eDp5", "Bearer " + strings.Repeat("x", 2049)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token, bearer := bearerToken(header)
		if bearer && (token == "" || len(token) > longestToken || "Bearer "+token != header) {
			t.Errorf("%q is the token %q", header, token)
		}
		id, secret, basic := basicCredentials(header)
		if bearer && basic {
			t.Errorf("%q is of both schemes", header)
		}
		if !basic {
			return
		}
		again := "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id)+":"+url.QueryEscape(secret)))
		if len(again) <= longestToken {
			if id2, secret2, ok := basicCredentials(again); !ok || id2 != id || secret2 != secret {
				t.Errorf("%q is %q, %q and then %q, %q", header, id, secret, id2, secret2)
			}
		}
	})
}
