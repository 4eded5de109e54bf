package devices_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"mofasa/migrations/pgtest"
	"mofasa/tenants/devices"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

type fixture struct {
	t              *testing.T
	run            *scope.Runner
	now            *atomic.Int64
	svc            *devices.Service
	office, branch uuid.UUID
	manager        uuid.UUID
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	db, pool, err := scope.Open(pgtest.New(t).AppURL, 6)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pool.Close() })
	f := fixture{t: t, now: &atomic.Int64{}, office: uuid.New(), branch: uuid.New(), manager: uuid.New()}
	f.now.Store(time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC).Unix())
	f.run = scope.NewRunner(db, func() time.Time { return time.Unix(f.now.Load(), 0) }, func() uuid.UUID { return uuid.Must(uuid.NewV7()) })
	f.svc = devices.NewService(f.run, rand.Reader)
	f.exec(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix) VALUES (122, 'شیراز', 'Shiraz', 'فارس', 'Fars', 'شیراز', 2, 1)`)
	f.exec(`INSERT INTO offices (id, municipality_id, name_fa, licence_no, valid_from, parent_id) VALUES (?, 122, 'دفتر', '72-1', '2026-01-01', NULL), (?, 122, 'شعبه', '72-1/1', '2026-01-01', ?)`,
		f.office, f.branch, f.office)
	f.exec(`INSERT INTO people (id, office_id, username, password_hash, name_fa, role) VALUES (?, ?, 'manager', 'x', 'مدیر', 'office_manager')`, f.manager, f.office)
	return f
}

func (f fixture) exec(query string, args ...any) {
	f.t.Helper()
	if err := f.run.InTx(f.ctx(), scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Exec(query, args...).Error }); err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) ctx() context.Context {
	return scope.WithActor(f.t.Context(), scope.Actor{Kind: scope.ActorPerson, ID: f.manager})
}

func (f fixture) nobody() context.Context {
	return scope.WithActor(f.t.Context(), scope.Actor{Kind: scope.ActorPublic})
}

func (f fixture) invite(office uuid.UUID) devices.Invitation {
	f.t.Helper()
	i, err := f.svc.Invite(f.ctx(), scope.Office(office), " صندوق ۱ ", devices.Till)
	if err != nil {
		f.t.Fatal(err)
	}
	return i
}

// device is a key pair that signs as a device does.
func device(t *testing.T, code string) (devices.Enrolment, ed25519.PrivateKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return devices.Enrolment{Code: code, PublicKey: public, Signature: ed25519.Sign(private, devices.EnrolmentMessage(code))}, private
}

func wantCode(t *testing.T, what string, err error, want string) {
	t.Helper()
	code, field, _ := strings.Cut(want, "@")
	got := fault.Of(err)
	if got == nil || got.Code != code || field != "" && (len(got.Fields) == 0 || got.Fields[0].Name != field) {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestADeviceIsEnrolledOnceAndRevokedForEver(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.invite(f.office)
	if i.State != devices.Invited || i.Name != "صندوق ۱" || len(i.Code) != 19 || i.PublicKey != nil {
		t.Fatalf("%+v", i)
	}
	e, private := device(t, i.Code)
	e.Code = strings.ToLower(strings.ReplaceAll(i.Code, "-", " ")) // as somebody types it
	d, err := f.svc.Enrol(f.nobody(), e)
	if err != nil || d.State != devices.Enrolled || d.OfficeID != f.office || !d.PublicKey.Equal(private.Public()) {
		t.Fatalf("%+v %v", d, err)
	}
	_, err = f.svc.Enrol(f.nobody(), e)
	wantCode(t, "the code again", err, "device_code@code")
	other := f.invite(f.office)
	_, err = f.svc.Enrol(f.nobody(), devices.Enrolment{Code: other.Code, PublicKey: e.PublicKey, Signature: ed25519.Sign(private, devices.EnrolmentMessage(other.Code))})
	wantCode(t, "the key again", err, "device_key_taken@public_key")

	_, err = f.svc.Revoke(f.ctx(), scope.Office(f.office), d.ID, " ")
	wantCode(t, "no reason", err, "device_reason@reason")
	for _, s := range []uuid.UUID{f.branch, uuid.New()} {
		_, err = f.svc.Revoke(f.ctx(), scope.Office(s), d.ID, "x")
		wantCode(t, "another office", err, "device_unknown")
	}
	if d, err = f.svc.Revoke(f.ctx(), scope.Office(f.office), d.ID, "stolen"); err != nil || d.State != devices.Revoked || d.Reason != "stolen" {
		t.Fatalf("%+v %v", d, err)
	}
	_, err = f.svc.Revoke(f.ctx(), scope.Office(f.office), d.ID, "x")
	wantCode(t, "revoked twice", err, "device_revoked")
	if _, err := f.svc.Revoke(f.ctx(), scope.Office(f.office), other.ID, "not needed"); err != nil {
		t.Fatal(err)
	}
	again, _ := device(t, other.Code)
	_, err = f.svc.Enrol(f.nobody(), again)
	wantCode(t, "a revoked code", err, "device_code@code")
	list, err := f.svc.List(f.ctx(), scope.Office(f.office))
	if err != nil || len(list) != 2 {
		t.Errorf("%+v %v", list, err)
	}
	if list, err := f.svc.List(f.ctx(), scope.Office(f.branch)); err != nil || len(list) != 0 {
		t.Errorf("the branch sees %+v, %v", list, err)
	}
}

func TestOnlyWhoHasTheKeyIsEnrolled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i, j := f.invite(f.office), f.invite(f.office)
	good, private := device(t, i.Code)
	for want, spoil := range map[string]func(*devices.Enrolment){
		"device_key@public_key":                   func(e *devices.Enrolment) { e.PublicKey = e.PublicKey[:31] },
		"device_signature@signature":              func(e *devices.Enrolment) { e.Signature = append([]byte{e.Signature[0] ^ 1}, e.Signature[1:]...) },
		"device_signature@signature of nothing":   func(e *devices.Enrolment) { e.Signature = nil },
		"device_signature@signature of bare code": func(e *devices.Enrolment) { e.Signature = ed25519.Sign(private, []byte(i.Code)) },
		"device_signature@signature by another":   func(e *devices.Enrolment) { other, _ := device(t, i.Code); e.PublicKey = other.PublicKey },
		"device_signature@signature of another":   func(e *devices.Enrolment) { e.Code = j.Code },
		"device_code@code": func(e *devices.Enrolment) {
			e.Code = "AAAA-AAAA-AAAA-AAAA"
			e.Signature = ed25519.Sign(private, devices.EnrolmentMessage(e.Code))
		},
	} {
		e := good
		spoil(&e)
		_, err := f.svc.Enrol(f.nobody(), e)
		code, _, _ := strings.Cut(want, " ")
		wantCode(t, want, err, code)
	}
	f.exec(`UPDATE offices SET state = 'suspended' WHERE id = ?`, f.office)
	_, err := f.svc.Enrol(f.nobody(), good)
	wantCode(t, "a suspended office", err, "device_code@code")
	b := f.invite(f.branch)
	atBranch, _ := device(t, b.Code)
	_, err = f.svc.Enrol(f.nobody(), atBranch)
	wantCode(t, "a branch of a suspended office", err, "device_code@code")
	f.exec(`UPDATE offices SET state = 'active' WHERE id = ?`, f.office)
	f.now.Add(int64(devices.CodeLifetime / time.Second))
	_, err = f.svc.Enrol(f.nobody(), good)
	wantCode(t, "too late", err, "device_code@code")
	if list, err := f.svc.List(f.ctx(), scope.Office(f.office)); err != nil || list[0].State != devices.Lapsed {
		t.Errorf("%+v %v", list, err)
	}
}

func TestOfTwoDevicesWithOneCodeOneIsEnrolled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.invite(f.office)
	var enrolled atomic.Int32
	var all sync.WaitGroup
	for range 6 {
		e, _ := device(t, i.Code)
		all.Go(func() {
			if _, err := f.svc.Enrol(f.nobody(), e); err == nil {
				enrolled.Add(1)
			}
		})
	}
	all.Wait()
	if enrolled.Load() != 1 {
		t.Errorf("%d devices enrolled by one code", enrolled.Load())
	}
}

func TestNoCodeIsStored(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	i := f.invite(f.office)
	bare := strings.ReplaceAll(i.Code, "-", "")
	var found int
	err := f.run.InTx(f.ctx(), scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT (SELECT count(*) FROM devices d WHERE d::text ILIKE ? OR d::text ILIKE ?) + (SELECT count(*) FROM audit_log a WHERE a::text ILIKE ? OR a::text ILIKE ?)
		  + (SELECT count(*) FROM idempotency_keys k WHERE k::text ILIKE ? OR k::text ILIKE ?)`, "%"+i.Code+"%", "%"+bare+"%", "%"+i.Code+"%", "%"+bare+"%", "%"+i.Code+"%", "%"+bare+"%").Row().Scan(&found)
	})
	if err != nil || found != 0 {
		t.Errorf("%d rows hold the code, %v", found, err)
	}
}

func TestInvitationsRefuse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.svc.Invite(f.ctx(), scope.Office(f.office), " ", devices.Till)
	wantCode(t, "no name", err, "device_name@name")
	_, err = f.svc.Invite(f.ctx(), scope.Office(f.office), "x", "phone")
	wantCode(t, "unknown kind", err, "device_kind@kind")
	for _, s := range []scope.Scope{scope.Platform(), scope.Municipality(122), scope.Public("")} {
		if _, err := f.svc.Invite(f.ctx(), s, "x", devices.Till); err == nil {
			t.Errorf("%s invites a device", s)
		}
	}
	if _, err := f.svc.Invite(f.nobody(), scope.Office(f.office), "x", devices.Till); err == nil {
		t.Error("nobody invites a device")
	}
	i := f.invite(f.office)
	err = f.run.InTx(f.ctx(), scope.Office(f.office), func(tx *scope.Tx) error {
		return tx.DB.Exec(`UPDATE devices SET state = 'enrolled', public_key = decode(repeat('01', 32), 'hex'), enrolled_at = now() WHERE id = ?`, i.ID).Error
	})
	if err == nil {
		t.Error("an office enrols a device without its key")
	}
}

// FuzzEnrolmentMessage holds that a code is read the same however it is grouped, and that no other text is taken for it.
func FuzzEnrolmentMessage(f *testing.F) {
	f.Add("ABCD-EFGH-2345-WXYZ")
	f.Add("abcd efgh 0123")
	f.Fuzz(func(t *testing.T, code string) {
		message := string(devices.EnrolmentMessage(code))
		if again := string(devices.EnrolmentMessage(strings.TrimPrefix(message, "mofasa device enrolment v1\n"))); again != message {
			t.Errorf("%q becomes %q", message, again)
		}
	})
}
