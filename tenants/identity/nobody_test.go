package identity

import (
	"testing"

	"github.com/alexedwards/argon2id"
)

// An unknown user name is checked against a hash that costs as much as a real one, and that no password opens.
func TestNobodysHashCostsAsMuch(t *testing.T) {
	t.Parallel()
	for _, params := range []argon2id.Params{
		{Memory: 64 << 10, Iterations: 3, Parallelism: 2, SaltLength: 16, KeyLength: 32},
		{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16},
	} {
		real, err := argon2id.CreateHash("somebody", &params)
		if err != nil {
			t.Fatal(err)
		}
		want, _, _, err := argon2id.DecodeHash(real)
		if err != nil {
			t.Fatal(err)
		}
		if got, _, _, err := argon2id.DecodeHash(nobody(&params)); err != nil || *got != *want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
		for _, password := range []string{"", "nobody", "somebody"} {
			if match, err := argon2id.ComparePasswordAndHash(password, nobody(&params)); match || err != nil {
				t.Errorf("%q: %t, %v", password, match, err)
			}
		}
	}
}
