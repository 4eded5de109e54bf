package scope

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// Tx is one transaction: its database handle, scope, actor, time and id source. Rows written together agree on Now.
type Tx struct {
	DB        *gorm.DB
	Scope     Scope
	Actor     Actor
	Now       time.Time // UTC, microseconds, as PostgreSQL keeps it
	VehicleID uuid.UUID // the vehicle that the scope names, or Nil where no such vehicle is known
	conn      *sql.Conn // of the transaction; nil in a pipeline
	ids       func() uuid.UUID
}

// NewID makes a UUIDv7.
func (tx *Tx) NewID() uuid.UUID { return tx.ids() }

// Runner opens transactions. Clock and ids are injected, so that tests can predict both.
type Runner struct {
	db    *gorm.DB
	clock func() time.Time
	ids   func() uuid.UUID
}

// NewRunner binds a database, a clock and an id source.
func NewRunner(db *gorm.DB, clock func() time.Time, ids func() uuid.UUID) *Runner {
	return &Runner{db: db, clock: clock, ids: ids}
}

// maxAttempts bounds how often a transaction is repeated after a serialization failure or a deadlock.
const maxAttempts = 3

// InTx runs fn in one READ COMMITTED transaction in scope s, with the actor of ctx. fn may run up to three times, so all that it does must be
// done through tx. An error from fn rolls everything back.
func (r *Runner) InTx(ctx context.Context, s Scope, fn func(*Tx) error) error {
	actor, ok := ActorOf(ctx)
	if !ok {
		return errNoActor
	}
	for attempt := 1; ; attempt++ {
		err := r.once(ctx, s, actor, fn)
		if err == nil || attempt == maxAttempts || !repeatable(err) {
			return err
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

func (r *Runner) once(ctx context.Context, s Scope, actor Actor, fn func(*Tx) error) error {
	return r.pinned(ctx, func(db *gorm.DB, conn *sql.Conn) error {
		return db.Transaction(func(db *gorm.DB) error {
			tx := &Tx{DB: db, Scope: s, Actor: actor, Now: r.clock().UTC().Truncate(time.Microsecond), conn: conn, ids: r.ids}
			if err := tx.enter(); err != nil {
				return fmt.Errorf("enter scope: %w", err)
			}
			return fn(tx)
		}, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	})
}

// pinned gives fn a connection of its own, which Send needs; where the runner has one already, that one.
func (r *Runner) pinned(ctx context.Context, fn func(*gorm.DB, *sql.Conn) error) error {
	if conn, own := r.db.Statement.ConnPool.(*sql.Conn); own {
		return fn(r.db.WithContext(ctx), conn)
	}
	return r.db.WithContext(ctx).Connection(func(db *gorm.DB) error {
		conn, ok := db.Statement.ConnPool.(*sql.Conn)
		if !ok {
			return errNoConnection
		}
		return fn(db, conn)
	})
}

// enterSQL names the scope to row-level security and resolves the named vehicle, in one trip.
const enterSQL = `SELECT enter_scope(?, ?, ?, ?, ?, ?, ?, ?)`

func (tx *Tx) enterArgs() []any { return tx.Scope.enterArgs(tx.Now) }

func (s Scope) enterArgs(now time.Time) []any {
	return []any{string(s.kind), nullInt(s.municipality), nullID(s.office), nullID(s.vehicle), nullText(s.vin), nullText(s.plate), nullText(s.certificate), now}
}

func (tx *Tx) enter() error {
	var vehicle uuid.NullUUID
	err := tx.DB.Raw(enterSQL, tx.enterArgs()...).Row().Scan(&vehicle)
	tx.VehicleID = vehicle.UUID
	return err
}

// repeatable holds for what PostgreSQL rolled back only because of somebody else's transaction.
func repeatable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

// pause waits 5–15 ms, doubled per attempt, so that two losers do not meet again.
func pause(ctx context.Context, attempt int) error {
	timer := time.NewTimer((5*time.Millisecond + rand.N(10*time.Millisecond)) << (attempt - 1))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func nullInt(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

func nullID(id uuid.UUID) any {
	if id == uuid.Nil {
		return nil
	}
	return id
}

func nullText(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Constraint names the constraint that err says was violated, or "".
func Constraint(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "23505" || pg.Code == "23503" || pg.Code == "23514") {
		return pg.ConstraintName
	}
	return ""
}

// As runs fn in another scope of the same transaction, and then goes on in the present one. It is for a use case that begins with what its caller may do and ends
// with what only the platform may say, where both must be one transaction.
func (tx *Tx) As(s Scope, fn func() error) error {
	own, vehicle := tx.Scope, tx.VehicleID
	if tx.Scope = s; vehicle != uuid.Nil {
		tx.Scope = s.NamingVehicle(vehicle)
	}
	if err := tx.enter(); err != nil {
		return fmt.Errorf("enter scope: %w", err)
	}
	if err := fn(); err != nil {
		return err
	}
	tx.Scope = own
	if err := tx.enter(); err != nil {
		return fmt.Errorf("go back to scope: %w", err)
	}
	return nil
}

// Entering is As for Send, without the way back: what is sent behind it, and all that the transaction does then, is in another scope.
func (tx *Tx) Entering(s Scope) Statement {
	if tx.VehicleID != uuid.Nil {
		s = s.NamingVehicle(tx.VehicleID)
	}
	return Statement{SQL: enterSQL, Args: s.enterArgs(tx.Now), Into: []any{entered{tx, s}}}
}

// entered notes that a statement of Send has entered a scope.
type entered struct {
	tx *Tx
	s  Scope
}

// Scan takes the id of the named vehicle as text, or null.
func (e entered) Scan(value any) error {
	e.tx.Scope = e.s
	return named{e.tx}.Scan(value)
}

// Naming is NameVehicle for Send, of the vehicle that a query answers. It is sent before whatever needs the vehicle.
func (tx *Tx) Naming(query string, args ...any) Statement {
	own := tx.enterArgs()
	return Statement{SQL: `SELECT enter_scope(?, ?, ?, (` + query + `), ?, ?, ?, ?)`, Args: slices.Concat(own[:3], args, own[4:]), Into: []any{named{tx}}}
}

// named keeps the vehicle that a statement of Send has named.
type named struct{ tx *Tx }

// Scan takes the id as text, or null.
func (n named) Scan(value any) error {
	var id uuid.NullUUID
	if err := id.Scan(value); err != nil {
		return err
	}
	n.tx.VehicleID, n.tx.Scope = id.UUID, n.tx.Scope.NamingVehicle(id.UUID)
	return nil
}

// NameVehicle lets the rest of an office's transaction see a vehicle that one of the office's own rows has led to.
func (tx *Tx) NameVehicle(id uuid.UUID) error {
	tx.Scope = tx.Scope.NamingVehicle(id)
	return tx.enter()
}
