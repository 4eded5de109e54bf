package api

import (
	"context"
	"encoding/base64"

	"mofasa/api/gen"
	"mofasa/tenants/devices"
)

// ListDevices shows the devices of the caller's office.
func (s *server) ListDevices(ctx context.Context, _ gen.ListDevicesRequestObject) (gen.ListDevicesResponseObject, error) {
	found, err := s.Devices.List(ctx, scopeOf(ctx))
	view := gen.ListDevices200JSONResponse{Devices: make([]gen.Device, 0, len(found))}
	for _, d := range found {
		view.Devices = append(view.Devices, deviceView(d))
	}
	return view, err
}

// InviteDevice gives the code that enrols a new device.
func (s *server) InviteDevice(ctx context.Context, r gen.InviteDeviceRequestObject) (gen.InviteDeviceResponseObject, error) {
	invited, err := s.Devices.Invite(ctx, scopeOf(ctx), r.Body.Name, devices.Kind(r.Body.Kind))
	return gen.InviteDevice201JSONResponse{Device: deviceView(invited.Device), Code: invited.Code}, err
}

// RevokeDevice takes a device's key away.
func (s *server) RevokeDevice(ctx context.Context, r gen.RevokeDeviceRequestObject) (gen.RevokeDeviceResponseObject, error) {
	revoked, err := s.Devices.Revoke(ctx, scopeOf(ctx), r.DeviceId, r.Body.Reason)
	return gen.RevokeDevice200JSONResponse(deviceView(revoked)), err
}

// EnrolDevice takes the key of a device that knows a code. What is no base64 is no key and no signature.
func (s *server) EnrolDevice(ctx context.Context, r gen.EnrolDeviceRequestObject) (gen.EnrolDeviceResponseObject, error) {
	key, _ := base64.RawURLEncoding.DecodeString(r.Body.PublicKey)
	signature, _ := base64.RawURLEncoding.DecodeString(r.Body.Signature)
	enrolled, err := s.Devices.Enrol(ctx, devices.Enrolment{Code: r.Body.Code, PublicKey: key, Signature: signature})
	return gen.EnrolDevice201JSONResponse(deviceView(enrolled)), err
}

func deviceView(d devices.Device) gen.Device {
	return gen.Device{Id: d.ID, Name: d.Name, Kind: gen.DeviceKind(d.Kind), State: gen.DeviceState(d.State), PublicKey: optional(base64.RawURLEncoding.EncodeToString(d.PublicKey)),
		InvitedAt: d.InvitedAt, CodeExpiresAt: d.CodeExpiresAt, EnrolledAt: moment(d.EnrolledAt), RevokedAt: moment(d.RevokedAt), Reason: optional(d.Reason)}
}
