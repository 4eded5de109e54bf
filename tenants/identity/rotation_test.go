package identity_test

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/identity"
	"mofasa/tenants/identity/identitytest"
	"mofasa/tenants/privacy"
	"mofasa/tenants/privacy/privacytest"
	"mofasa/tenants/scope"
)

// with gives the door the keys of a test, as another process would have them.
func (d door) with(ring *privacy.Keyring, former []byte) door {
	d.Service = identity.NewService(d.run, newKeys(d.t), d.Now, cheap, identity.WithSecondFactors(identity.NewFactorSecrets(ring, former), false))
	return d
}

// sealFormerly writes somebody's secret as it was sealed before the keys of personal data did.
func (d door) sealFormerly(key []byte, person uuid.UUID, secret string) {
	d.t.Helper()
	plain, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		d.t.Fatal(err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		d.t.Fatal(err)
	}
	gcm, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		d.t.Fatal(err)
	}
	d.exec(`UPDATE second_factors SET secret = ? WHERE person_id = ?`, gcm.Seal(nil, nil, plain, person[:]), person)
}

// opens signs in by a code of the present step.
func (d door) opens(username, secret string) error {
	d.advance(time.Minute) // a step counts once
	_, err := d.signInWith(username, d.code(secret))
	return err
}

// TestSecondFactorsThroughAChangeOfKeys brings a secret of before to the keys of personal data, and from one of them to the next: the same authenticator fits all the
// while, and in the end the old keys are not needed.
func TestSecondFactorsThroughAChangeOfKeys(t *testing.T) {
	t.Parallel()
	keys, former := privacytest.NewKeys(), []byte(strings.Repeat("f", 32))
	d := newDoor(t, false).with(keys.Ring(t), former)
	zahra, sara := d.signIn("zahra"), d.signIn("sara")
	secret, _ := d.factor(zahra)
	other, _ := d.factor(sara)
	d.sealFormerly(former, zahra.Person.ID, secret)
	d.exec(`INSERT INTO second_factors (person_id, secret, changed_at) SELECT id, '', now() FROM people WHERE username = 'navid'`) // removed
	if err := d.opens("zahra", secret); err != nil {
		t.Errorf("under the former key: %v", err)
	}
	if err := d.with(keys.Ring(t), nil).opens("zahra", secret); !errors.Is(err, privacy.ErrKeyMissing) {
		t.Errorf("without the former key: %v", err)
	}
	rotate := func(former []byte) (privacy.Rotation, []privacy.Count) {
		t.Helper()
		ring := keys.Ring(t)
		service := privacy.NewService(d.run, ring, identity.NewFactorSecrets(ring, former))
		done, err := service.Rotate(d.ctx(), func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		counts, err := service.Status(d.ctx())
		if err != nil {
			t.Fatal(err)
		}
		return done, counts
	}
	seals := func(key privacy.KeyID, rows int64, newest bool) privacy.Count {
		return privacy.Count{Table: "second_factors", Family: privacy.Seals, Key: key, Rows: rows, Held: true, Newest: newest}
	}
	before := privacy.Count{Table: "second_factors", Family: identity.FormerFactorKey, Key: 1}
	left := func(rows int64, held bool) privacy.Count { c := before; c.Rows, c.Held = rows, held; return c }

	if done, counts := rotate(nil); len(done.Broken) != 1 || done.Done != 0 || !slices.Equal(counts, []privacy.Count{seals(1, 1, true), left(1, false)}) {
		t.Errorf("without the former key: %+v, %+v", done, counts)
	}
	if done, counts := rotate(former); len(done.Broken) != 0 || done.Done != 1 || !slices.Equal(counts, []privacy.Count{seals(1, 2, true), left(0, true)}) {
		t.Errorf("to the first key: %+v, %+v", done, counts)
	}
	if err := d.with(keys.Ring(t), nil).opens("zahra", secret); err != nil {
		t.Errorf("sealed anew, without the former key: %v", err)
	}
	keys.Add(2)
	if done, counts := rotate(nil); done.Done != 2 || !slices.Equal(counts, []privacy.Count{seals(2, 2, true), {Family: privacy.Seals, Key: 1, Held: true}}) {
		t.Errorf("to the second key: %+v, %+v", done, counts)
	}
	keys.Remove(1)
	last := d.with(keys.Ring(t), nil)
	for username, secret := range map[string]string{"zahra": secret, "sara": other} {
		if err := last.opens(username, secret); err != nil {
			t.Errorf("%s without the first key: %v", username, err)
		}
	}
	// A secret that was put beside somebody else's name opens for nobody, and a rotation names it.
	d.exec(`UPDATE second_factors f SET secret = g.secret FROM second_factors g WHERE f.person_id = ? AND g.person_id = ?`, zahra.Person.ID, sara.Person.ID)
	if err := last.opens("zahra", other); !errors.Is(err, privacy.ErrTampered) {
		t.Errorf("somebody else's secret: %v", err)
	}
	keys.Add(3)
	if done, _ := rotate(nil); done.Done != 1 || len(done.Broken) != 1 || !strings.Contains(done.Broken[0], zahra.Person.ID.String()) {
		t.Errorf("%+v", done)
	}
}

// TestOneHumanThroughAChangeOfIndexKeys enrols the same humans at two homes at once, by processes of which one has not heard of the new key, beside rotations: every
// national ID is one human.
func TestOneHumanThroughAChangeOfIndexKeys(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	keys := privacytest.NewKeys()
	const humans = 15
	for i := range 3 { // known before the change
		if err := b.enrolWith(keys.Ring(t), atShiraz, i); err != nil {
			t.Fatal(err)
		}
	}
	behind := make([]*privacy.Keyring, humans)
	for i := range behind {
		behind[i] = keys.Ring(t)
	}
	keys.AddIndex(2)
	var all sync.WaitGroup
	for i := range humans {
		all.Go(func() {
			if err := b.enrolWith(behind[i], atQom, i); err != nil {
				t.Error(err)
			}
		})
		all.Go(func() {
			if err := b.enrolWith(keys.Ring(t), atPlatform, i); err != nil {
				t.Error(err)
			}
		})
		if i%5 == 0 {
			all.Go(func() {
				if _, err := privacy.NewService(b.run, keys.Ring(t), identity.SealedHumans{}).Rotate(b.ctx(), func(int) {}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	var ids, people, old int
	err := b.in(scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT count(DISTINCT human_id), count(*), (SELECT count(*) FROM humans WHERE index_key < 2) FROM people WHERE username LIKE 'twin%'`).Row().Scan(&ids, &people, &old)
	})
	if err != nil || ids != humans || people != 2*humans+3 {
		t.Errorf("%d people are %d humans, want %d; %v", people, ids, humans, err)
	}
	if _, err := privacy.NewService(b.run, keys.Ring(t), identity.SealedHumans{}).Rotate(b.ctx(), func(int) {}); err != nil {
		t.Error(err)
	}
	keys.RemoveIndex(1)
	if err := b.enrolWith(keys.Ring(t), atShiraz, 0); err == nil || !strings.Contains(fmt.Sprint(err), "person_works_here") {
		t.Errorf("somebody of before is not known without the old key: %v", err)
	}
}

// TestTheFirstUseOfANewKeyIsWaitedFor lets a process that has not heard of a new key enrol a human while another one, which has, is just enrolling them: nobody has
// stored anything under the new key yet that the first could see.
func TestTheFirstUseOfANewKeyIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := newBureau(t)
	keys := privacytest.NewKeys()
	behind := keys.Ring(t)
	keys.AddIndex(2)
	ahead := keys.Ring(t)
	second := make(chan error, 1)
	err := b.in(scope.Platform(), func(tx *scope.Tx) error {
		if err := enrolIn(tx, ahead, atShiraz, 7); err != nil {
			return err
		}
		go func() { second <- b.enrolWith(behind, atQom, 7) }()
		select {
		case err := <-second:
			t.Errorf("the second did not wait: %v", err)
			second <- err
		case <-time.After(300 * time.Millisecond):
		}
		return nil
	})
	if err = errors.Join(err, <-second); err != nil {
		t.Fatal(err)
	}
	var ids int
	err = b.in(scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT count(DISTINCT human_id) FROM people WHERE username LIKE 'twin%'`).Row().Scan(&ids)
	})
	if err != nil || ids != 1 {
		t.Errorf("one human is %d, %v", ids, err)
	}
}

// enrolWith enrols a human, under a user name of the home's and the keys' own.
func (b bureau) enrolWith(ring *privacy.Keyring, home identity.Home, number int) error {
	return b.in(scope.Platform(), func(tx *scope.Tx) error { return enrolIn(tx, ring, home, number) })
}

func enrolIn(tx *scope.Tx, ring *privacy.Keyring, home identity.Home, number int) error {
	role := map[identity.HomeKind]identity.Role{identity.AtPlatform: identity.PlatformSupport}[home.Kind]
	if role == "" {
		role = identity.Auditor
	}
	_, err := identity.Enrol(tx, identity.NewPerson{Home: home, Username: fmt.Sprintf("twin%d.%s%d.k%d", number, home.Kind, home.MunicipalityID, ring.NewestIndex()), Password: password, NameFA: "نام",
		Role: role, NationalID: identitytest.NationalID(fmt.Sprint("human ", number))}, identity.Enrolment{Cost: cheap, Humans: identity.NewHumans(ring)})
	return err
}
