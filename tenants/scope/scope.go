// Package scope opens every transaction of the program. A transaction runs in a scope (municipality, office, platform or public)
// that PostgreSQL's row-level security enforces, and carries the actor, its own time and its id source.
package scope

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// Kind is one of the four scopes that row-level security knows.
type Kind string

// The scopes, from narrow to wide.
const (
	KindPublic       Kind = "public"
	KindOffice       Kind = "office"
	KindMunicipality Kind = "municipality"
	KindPlatform     Kind = "platform"
)

// Scope says which rows a transaction may see and write. Make one with Public, Office, Municipality or Platform.
type Scope struct {
	kind         Kind
	municipality int
	office       uuid.UUID
	vehicle      uuid.UUID
	vin, plate   string
	certificate  string
}

// Municipality is the scope of one city's staff: its own rows, nobody else's.
func Municipality(id int) Scope { return Scope{kind: KindMunicipality, municipality: id} }

// Office is the scope of one office's counter: its own rows, and the one vehicle that it names.
func Office(id uuid.UUID) Scope { return Scope{kind: KindOffice, office: id} }

// Platform is the scope of the platform's own work: imports, the payment resolver, sign-in.
func Platform() Scope { return Scope{kind: KindPlatform} }

// Public is the scope of somebody without a login who holds a certificate's serial, or of nobody in particular.
func Public(serial string) Scope { return Scope{kind: KindPublic, certificate: serial} }

// NamingVIN lets an office's transaction see the vehicle with this VIN. The text is canonical.
func (s Scope) NamingVIN(vin string) Scope { s.vin = vin; return s }

// NamingPlate lets an office's transaction see the vehicle that wears this plate now. The text is canonical.
func (s Scope) NamingPlate(plate string) Scope { s.plate = plate; return s }

// NamingVehicle lets an office's transaction see a vehicle that it has looked up before.
func (s Scope) NamingVehicle(id uuid.UUID) Scope { s.vehicle = id; return s }

// Kind tells which of the four scopes this is.
func (s Scope) Kind() Kind { return s.kind }

// MunicipalityID is the city of a municipality scope, else 0.
func (s Scope) MunicipalityID() int { return s.municipality }

// OfficeID is the office of an office scope, else uuid.Nil.
func (s Scope) OfficeID() uuid.UUID { return s.office }

// Actor is who acts; audit rows name it. A transaction without an actor is refused.
type Actor struct {
	Kind      ActorKind
	ID        uuid.UUID // the person or the API client, or Nil
	RequestID string
}

// Columns are who acts, for a table that names a person or an API client: exactly one of the two is not null.
func (a Actor) Columns() (person, client uuid.NullUUID) {
	id := uuid.NullUUID{UUID: a.ID, Valid: true}
	if a.Kind == ActorClient {
		return uuid.NullUUID{}, id
	}
	return id, uuid.NullUUID{}
}

// ActorKind is person, client, system or public.
type ActorKind string

// The kinds of actors.
const (
	ActorPerson ActorKind = "person"
	ActorClient ActorKind = "client"
	ActorSystem ActorKind = "system"
	ActorPublic ActorKind = "public"
)

type actorKey struct{}

var errNoActor = errors.New("scope: transaction without an actor")

// WithActor puts the actor of a request or a job into its context.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf reads the actor that WithActor put there.
func ActorOf(ctx context.Context) (Actor, bool) {
	a, ok := ctx.Value(actorKey{}).(Actor)
	return a, ok
}

// String names the scope for logs and tests; it holds no plate and no VIN.
func (s Scope) String() string {
	switch s.kind {
	case KindMunicipality:
		return fmt.Sprintf("municipality %d", s.municipality)
	case KindOffice:
		return "office " + s.office.String()
	default:
		return string(s.kind)
	}
}
