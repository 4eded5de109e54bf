package municipalities

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

// Tenant is a city as those who run the platform list it.
type Tenant struct {
	Municipality
	ProvinceEN string
	CountyFA   string
	Config     int // the number of its newest configuration; 0: none was applied
}

type tenantRow struct {
	ID                                               int
	NameFA, NameEN, ProvinceFA, ProvinceEN, CountyFA string
	Stage                                            Stage
	Config                                           int
}

// tenants lists the cities that the scope is about, or the one with a code. The list of cities is for everybody to read, so a city's own limit stands here.
func tenants(tx *scope.Tx, code int) ([]Tenant, error) {
	var rows []tenantRow
	err := tx.DB.Raw(`SELECT m.id, m.name_fa, m.name_en, m.province_fa, m.province_en, m.county_fa, m.stage,
	  coalesce((SELECT max(c.number) FROM municipality_configs c WHERE c.municipality_id = m.id), 0) AS config
	  FROM municipalities m WHERE (? = 0 OR m.id = ?) AND (scope_is_platform() OR scope_kind() = 'municipality' AND m.id = scope_municipality()) ORDER BY m.id`, code, code).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list tenants: %w", err)
	}
	found := make([]Tenant, len(rows))
	for i, r := range rows {
		found[i] = Tenant{Municipality: Municipality{ID: r.ID, NameFA: r.NameFA, NameEN: r.NameEN, ProvinceFA: r.ProvinceFA, Stage: r.Stage},
			ProvinceEN: r.ProvinceEN, CountyFA: r.CountyFA, Config: r.Config}
	}
	return found, nil
}

func tenantOf(tx *scope.Tx, code int) (Tenant, error) {
	if code == 0 {
		return Tenant{}, ErrUnknown.On("municipality")
	}
	found, err := tenants(tx, code)
	if err != nil {
		return Tenant{}, err
	}
	if len(found) == 0 {
		return Tenant{}, ErrUnknown.On("municipality")
	}
	return found[0], nil
}

func moves(tx *scope.Tx, code int) ([]Move, error) {
	var rows []struct {
		Number    int
		Was       Stage
		Stage     Stage
		Reason    string
		At        time.Time
		ActorKind string
		ActorID   uuid.NullUUID
	}
	err := tx.DB.Raw(`SELECT number, was, stage, reason, at, actor_kind, actor_id FROM municipality_stages WHERE municipality_id = ? ORDER BY number`, code).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read stages: %w", err)
	}
	list := make([]Move, len(rows))
	for i, r := range rows {
		list[i] = Move{Number: r.Number, Was: r.Was, Stage: r.Stage, Reason: r.Reason, At: r.At.UTC(), ActorKind: r.ActorKind, ActorID: r.ActorID.UUID}
	}
	return list, nil
}

// lockStage holds a city's row against other moves and configurations. NO KEY, so that bills of the city, which refer to the row, are issued meanwhile.
func lockStage(tx *scope.Tx, code int) (Stage, error) {
	var row struct{ Stage Stage }
	err := tx.DB.Raw(`SELECT stage FROM municipalities WHERE id = ? FOR NO KEY UPDATE`, code).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return "", ErrUnknown.On("municipality")
	}
	if err != nil {
		return "", fmt.Errorf("lock municipality: %w", err)
	}
	return row.Stage, nil
}

func storeMove(tx *scope.Tx, code int, m Move) error {
	err := tx.DB.Exec(`INSERT INTO municipality_stages (municipality_id, number, was, stage, reason, at, actor_kind, actor_id)
	  SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ?, ?, ? FROM municipality_stages WHERE municipality_id = ?`,
		code, string(m.Was), string(m.Stage), m.Reason, tx.Now, string(tx.Actor.Kind), actorID(tx), code).Error
	if err != nil {
		return fmt.Errorf("store stage: %w", err)
	}
	if err := tx.DB.Exec(`UPDATE municipalities SET stage = ? WHERE id = ?`, string(m.Stage), code).Error; err != nil {
		return fmt.Errorf("change stage: %w", err)
	}
	return nil
}

func actorID(tx *scope.Tx) uuid.NullUUID {
	return uuid.NullUUID{UUID: tx.Actor.ID, Valid: tx.Actor.ID != uuid.Nil}
}

func codeText(code int) string { return strconv.Itoa(code) }

// openCities is the class of the advisory locks that Hold shares and Close takes alone.
const openCities = 0x636974

// Hold keeps cities from being closed until the transaction ends, for whoever is about to claim or to pay something of theirs. What it reads afterwards of
// their stage stays true of closing; a pause waits for nobody.
func Hold(tx *scope.Tx, codes []int) error {
	if len(codes) == 0 {
		return nil
	}
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock_shared(?, m.id) FROM municipalities m WHERE m.id IN ? ORDER BY m.id`, openCities, codes).Error; err != nil {
		return fmt.Errorf("hold municipalities: %w", err)
	}
	return nil
}

// Holding is Hold for scope.Tx's Send, of the cities whose codes a query answers.
func Holding(query string, args ...any) scope.Statement {
	return scope.Statement{SQL: `SELECT pg_advisory_xact_lock_shared(?, m.id) FROM municipalities m WHERE m.id IN (` + query + `) ORDER BY m.id`,
		Args: append([]any{openCities}, args...)}
}

// holdAlone waits for everybody who holds the city.
func holdAlone(tx *scope.Tx, code int) error {
	if err := tx.DB.Exec(`SELECT pg_advisory_xact_lock(?, ?)`, openCities, code).Error; err != nil {
		return fmt.Errorf("hold municipality alone: %w", err)
	}
	return nil
}

// inFlight says whether somebody holds a due of the city, or its money is under way or under review.
func inFlight(tx *scope.Tx, code int) (bool, error) {
	var found bool
	err := tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM due_claims c WHERE c.municipality_id = ? AND (c.state = 'paying' OR c.state = 'claimed' AND c.claimed_until >= ?))
	  OR EXISTS (SELECT 1 FROM payment_bills b JOIN payments p ON p.id = b.payment_id WHERE b.municipality_id = ? AND p.state NOT IN ('captured','failed'))`,
		code, tx.Now, code).Row().Scan(&found)
	if err != nil {
		return false, fmt.Errorf("look for what is in flight: %w", err)
	}
	return found, nil
}
