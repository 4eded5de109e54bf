package devices

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/google/uuid"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

var errOffice = errors.New("devices: a person of an office must act")

// Service keeps the devices of offices.
type Service struct {
	tx     *scope.Runner
	random io.Reader
}

// NewService binds the use cases to their transactions and to the source of codes.
func NewService(tx *scope.Runner, random io.Reader) *Service { return &Service{tx: tx, random: random} }

// Invite makes a device of the office that waits CodeLifetime for its code to be used. Each call makes another device, since no code is stored to be given twice.
// Errors: device_name (name), device_kind (kind).
func (s *Service) Invite(ctx context.Context, in scope.Scope, name string, kind Kind) (Invitation, error) {
	name = strings.TrimSpace(name)
	if !said(name, 60) {
		return Invitation{}, errName.On("name")
	}
	if !slices.Contains(Kinds(), kind) {
		return Invitation{}, errKind.On("kind")
	}
	code, err := newCode(s.random)
	if err != nil {
		return Invitation{}, err
	}
	invited := Invitation{Code: spaced(code)}
	err = s.atOffice(ctx, in, func(tx *scope.Tx) error {
		invited.Device = Device{ID: tx.NewID(), OfficeID: in.OfficeID(), Name: name, Kind: kind, State: Invited, InvitedAt: tx.Now, CodeExpiresAt: tx.Now.Add(CodeLifetime)}
		if err := insert(tx, invited.Device, hash(code)); err != nil {
			return err
		}
		return record(tx, "device.invited", invited.ID)
	})
	return invited, err
}

// Enrol takes the public key of a device that knows a code which waits, at an office that works, and has signed EnrolmentMessage. Nobody has signed in: the code
// names the office. Errors: device_key (public_key), device_signature (signature), device_code (code), device_key_taken (public_key).
func (s *Service) Enrol(ctx context.Context, e Enrolment) (Device, error) {
	if err := e.check(); err != nil {
		return Device{}, err
	}
	var device Device
	err := s.tx.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		if device, err = enrol(tx, hash(e.Code), e.PublicKey); err != nil {
			return err
		}
		return record(tx, "device.enrolled", device.ID)
	})
	return device, err
}

// Revoke takes a device's key, or its code, away at once and for ever. Errors: device_reason (reason), device_unknown, device_revoked.
func (s *Service) Revoke(ctx context.Context, in scope.Scope, id uuid.UUID, reason string) (Device, error) {
	var device Device
	err := s.atOffice(ctx, in, func(tx *scope.Tx) (err error) {
		if device, err = Find(tx, id); err != nil {
			return err
		}
		if !said(reason, 500) {
			return errReason.On("reason")
		}
		if device.State == Revoked {
			return errRevoked
		}
		if device, err = revoke(tx, id, strings.TrimSpace(reason)); err != nil {
			return err
		}
		return record(tx, "device.revoked", id)
	})
	return device, err
}

// List names the devices of an office, newest first.
func (s *Service) List(ctx context.Context, in scope.Scope) (devices []Device, err error) {
	err = s.atOffice(ctx, in, func(tx *scope.Tx) (err error) {
		devices, err = list(tx)
		return err
	})
	return devices, err
}

func (s *Service) atOffice(ctx context.Context, in scope.Scope, fn func(*scope.Tx) error) error {
	if in.Kind() != scope.KindOffice {
		return errOffice
	}
	return s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		if tx.Actor.ID == uuid.Nil {
			return errOffice
		}
		return fn(tx)
	})
}

func record(tx *scope.Tx, action string, id uuid.UUID) error {
	return audit.Write(tx, audit.Record{Action: action, TargetKind: "device", TargetID: id.String()})
}
