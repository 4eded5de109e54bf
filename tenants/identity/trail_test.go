package identity_test

import (
	"slices"
	"testing"

	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/scope"
)

// What the platform and the console do to a city's people stands in the city's own log, and in no other city's.
func TestACityReadsWhatIsDoneToItsPeople(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	if err := w.stand("op1", "sara", identity.Locked); err != nil {
		t.Fatal(err)
	}
	err := w.in(scope.Platform(), func(tx *scope.Tx) error {
		if err := identity.Unlock(tx, "sara"); err != nil {
			return err
		}
		_, err := identity.InviteBySystem(tx, identity.Invited{Home: atShiraz, Username: "mina", NameFA: "مینا", NationalID: identitytest.NationalID("mina"), Role: identity.Treasurer}, identitytest.Humans())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read := func(s scope.Scope) (actions []string) {
		err := w.in(s, func(tx *scope.Tx) error {
			return tx.DB.Raw(`SELECT DISTINCT action FROM audit_log WHERE about_municipality = 122 ORDER BY action`).Scan(&actions).Error
		})
		if err != nil {
			t.Fatal(err)
		}
		return actions
	}
	if got, want := read(scope.Municipality(122)), []string{"person.enrolled", "person.invited", "person.locked", "person.unlocked"}; !slices.Equal(got, want) {
		t.Errorf("Shiraz reads %q, want %q", got, want)
	}
	if got := read(scope.Municipality(1)); len(got) != 0 {
		t.Errorf("Qom reads %q", got)
	}
}
