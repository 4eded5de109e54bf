package certificates

import (
	"context"
	"crypto/ed25519"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/bills"
	"mofasa/billing/calendar"
	"mofasa/billing/inquiries"
	"mofasa/billing/tariffs"
	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Keys sign certificates and verify those of earlier keys.
type Keys interface {
	Signer() (kid string, key ed25519.PrivateKey)
	Find(kid string) (ed25519.PublicKey, bool)
}

// Service issues and checks certificates.
type Service struct {
	tx      *scope.Runner
	tariffs *tariffs.Catalogue
	keys    Keys
	random  io.Reader
	fonts   Fonts
	base    string
}

// Config is what the service is made of; PublicURL is where the public page lives.
type Config struct {
	Tx        *scope.Runner
	Tariffs   *tariffs.Catalogue
	Keys      Keys
	Random    io.Reader
	Fonts     Fonts
	PublicURL string
}

// NewService makes the service.
func NewService(c Config) *Service {
	return &Service{tx: c.Tx, tariffs: c.Tariffs, keys: c.Keys, random: c.Random, fonts: c.Fonts, base: c.PublicURL}
}

// Request asks for the certificate of a paid order.
type Request struct {
	OfficeID uuid.UUID
	OrderID  uuid.UUID
	Through  calendar.FiscalYear // 0: the last cleared year
	Key      scope.Key
}

// CertifyClearance records a signed certificate over every cleared due of the order's vehicle, in the transaction that reads them (I4). It happens
// once per Idempotency-Key, and an order has one certificate. Errors: bills.ErrOrderUnknown, ErrNotPaid, ErrOutstanding, ErrNoPlate.
func (s *Service) CertifyClearance(ctx context.Context, r Request) (Certificate, error) {
	book, err := s.tariffs.Book(ctx)
	if err != nil {
		return Certificate{}, err
	}
	var c Certificate
	err = s.tx.InTx(ctx, scope.Office(r.OfficeID), func(tx *scope.Tx) error {
		c, err = scope.Once(tx, r.Key, func() (Certificate, error) { return s.certify(tx, book, r) })
		return err
	})
	return c, err
}

func (s *Service) certify(tx *scope.Tx, book tariffs.Book, r Request) (Certificate, error) {
	order, err := bills.Lock(tx, r.OrderID)
	if err != nil {
		return Certificate{}, err
	}
	if order.State != bills.Paid {
		return Certificate{}, ErrNotPaid
	}
	existing, err := findByOrder(tx, r.OrderID)
	if err != nil {
		return Certificate{}, err
	}
	if existing != nil && existing.Status == Issued {
		if r.Through != 0 && int(r.Through) != existing.ThroughYear {
			return Certificate{}, ErrCertified
		}
		return *existing, audit.Write(tx, audit.Record{Action: "certificate.repeated", TargetKind: "certificate", TargetID: string(existing.Serial), Details: map[string]any{"order": r.OrderID}})
	}
	if err := tx.NameVehicle(order.VehicleID); err != nil {
		return Certificate{}, fmt.Errorf("name vehicle: %w", err)
	}
	if err := lockVehicle(tx, order.VehicleID); err != nil { // what is read from here on is taken away by nobody meanwhile
		return Certificate{}, err
	}
	assessed, err := inquiries.Assess(tx, book)
	if err != nil {
		return Certificate{}, err
	}
	cleared := clearedThrough(assessed.Dues)
	if cleared == 0 || r.Through > cleared {
		return Certificate{}, ErrOutstanding
	}
	if r.Through == 0 {
		r.Through = cleared
	}
	if assessed.Vehicle.Plate == "" {
		return Certificate{}, ErrNoPlate
	}
	return s.issue(tx, r, assessed.Vehicle)
}

func (s *Service) issue(tx *scope.Tx, r Request, v inquiries.Vehicle) (Certificate, error) {
	serial, err := NewSerial(s.random)
	if err != nil {
		return Certificate{}, err
	}
	doc := Document{Serial: serial, IssuedAt: tx.Now.Truncate(time.Second), ThroughFiscalYear: int(r.Through), AllMunicipalities: true,
		Vehicle: Vehicle{VIN: v.VIN, Plate: v.Plate, TypeName: v.TypeNameFA, ModelYear: v.Facts.ModelYear, ClassFA: v.Facts.Class.Name().FA}}
	paid, err := loadPaid(tx, int(r.Through))
	if err != nil {
		return Certificate{}, err
	}
	if len(paid) == 0 {
		return Certificate{}, ErrNothingCleared
	}
	doc.Dues, doc.TotalRial = byBill(paid)
	if err := describeOffice(tx, &doc); err != nil {
		return Certificate{}, err
	}
	if doc.PaymentReference, err = paymentReferences(tx, r.OrderID); err != nil {
		return Certificate{}, err
	}
	kid, key := s.keys.Signer()
	jws, err := Sign(doc, Key{ID: kid, Private: key})
	if err != nil {
		return Certificate{}, err
	}
	c := Certificate{Serial: serial, OfficeID: r.OfficeID, OrderID: r.OrderID, VehicleID: v.ID, ThroughYear: int(r.Through), JWS: jws, Proof: Proof(jws),
		IssuedAt: doc.IssuedAt, Status: Issued}
	if err := insert(tx, c, paid); err != nil {
		return Certificate{}, err
	}
	return c, audit.Write(tx, audit.Record{Action: "certificate.issued", TargetKind: "certificate", TargetID: string(serial),
		Details: map[string]any{"order": r.OrderID, "through": r.Through}})
}

func deref(c *Certificate) Certificate {
	if c == nil {
		return Certificate{}
	}
	return *c
}

// Certificate reads one that the office issued. Errors: certificate_serial, ErrUnknown.
func (s *Service) Certificate(ctx context.Context, office uuid.UUID, serial string) (Certificate, error) {
	parsed, err := ParseSerial(serial)
	if err != nil {
		return Certificate{}, err
	}
	return s.find(ctx, scope.Office(office), parsed)
}

func (s *Service) find(ctx context.Context, in scope.Scope, serial Serial) (Certificate, error) {
	var found *Certificate
	err := s.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		found, err = findBySerial(tx, serial)
		return err
	})
	if err == nil && found == nil {
		err = ErrUnknown
	}
	return deref(found), err
}

// SerialOfOrder is the serial of an order's certificate, or "" where it has none.
func (s *Service) SerialOfOrder(ctx context.Context, office, order uuid.UUID) (string, error) {
	var found *Certificate
	err := s.tx.InTx(ctx, scope.Office(office), func(tx *scope.Tx) (err error) {
		found, err = findByOrder(tx, order)
		return err
	})
	return string(deref(found).Serial), err
}

// PDF renders a certificate that the office issued. The same certificate gives the same bytes.
func (s *Service) PDF(ctx context.Context, office uuid.UUID, serial string) ([]byte, error) {
	c, err := s.Certificate(ctx, office, serial)
	if err != nil {
		return nil, err
	}
	doc, err := Verify(c.JWS, s.keys.Find)
	if err != nil {
		return nil, fmt.Errorf("stored certificate %s does not verify: %w", c.Serial, err)
	}
	return Render(doc, RenderOptions{VerifyURL: s.URL(c), Fonts: s.fonts})
}

// URL is the public page of a certificate, as its QR code says it.
func (s *Service) URL(c Certificate) string { return VerifyURL(s.base, c.Serial, c.Proof) }

// Check tells anybody who holds a certificate's serial and proof whether it is valid now, and what it says.
func (s *Service) Check(ctx context.Context, serial, proof string) (Verdict, error) {
	parsed, err := ParseSerial(serial)
	if err != nil {
		return Verdict{Reason: ReasonUnknown}, nil
	}
	c, err := s.find(ctx, scope.Public(string(parsed)), parsed)
	if errors.Is(err, ErrUnknown) {
		return Verdict{Reason: ReasonUnknown}, nil
	}
	if err != nil {
		return Verdict{}, err
	}
	if subtle.ConstantTimeCompare([]byte(c.Proof), []byte(proof)) != 1 {
		return Verdict{Reason: ReasonProof}, nil
	}
	return s.judge(c), nil
}

// CheckDocument tells whether a signed document is what was issued under its serial, and whether it still holds.
func (s *Service) CheckDocument(ctx context.Context, jws string) (Verdict, error) {
	jws = strings.TrimSpace(jws)
	doc, err := Verify(jws, s.keys.Find)
	if err != nil {
		return Verdict{Reason: ReasonSignature}, nil
	}
	return s.Check(ctx, string(doc.Serial), Proof(jws))
}

func (s *Service) judge(c Certificate) Verdict {
	doc, err := Verify(c.JWS, s.keys.Find)
	switch {
	case err != nil:
		return Verdict{Reason: ReasonSignature}
	case c.Status == Superseded:
		return Verdict{Reason: ReasonSuperseded, Document: doc, EndedAt: c.StatusAt}
	case c.Status == Revoked:
		return Verdict{Reason: ReasonRevoked, Document: doc, EndedAt: c.StatusAt}
	}
	return Verdict{Document: doc}
}
