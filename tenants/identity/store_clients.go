package identity

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

type clientRow struct {
	ID                       uuid.UUID
	OfficeID                 uuid.NullUUID
	City                     sql.NullInt64
	OfficeCity               sql.NullInt64
	NameFA, Scopes           string
	SecretHash, PreviousHash []byte
	PreviousUntil, RevokedAt *time.Time
	CreatedAt, ExpiresAt     time.Time
	CreatedBy                uuid.NullUUID
	CreatorFA, CreatorState  string
}

const clientSQL = `SELECT c.id, c.office_id, c.city, o.municipality_id AS office_city, c.name_fa, array_to_string(c.scopes, ' ') AS scopes, c.secret_hash, c.previous_hash, c.previous_until,
	  c.revoked_at, c.created_at, c.expires_at, c.created_by, coalesce(k.name_fa, '') AS creator_fa, coalesce(k.state, '') AS creator_state
	  FROM api_clients c LEFT JOIN offices o ON o.id = c.office_id LEFT JOIN people k ON k.id = c.created_by`

func (r *clientRow) home() Home {
	a := account{OfficeID: r.OfficeID, CityID: r.City, OfficeCityID: r.OfficeCity}
	return a.home()
}

func insertClient(tx *scope.Tx, c Client, hash []byte) error {
	office, city := c.Home.columns()
	scopes := make([]string, len(c.Scopes))
	for i, one := range c.Scopes {
		scopes[i] = string(one)
	}
	err := tx.DB.Exec(`INSERT INTO api_clients (id, office_id, city, name_fa, scopes, secret_hash, created_by, created_at, expires_at) VALUES (?, ?, ?, ?, string_to_array(?, ' '), ?, ?, ?, ?)`,
		c.ID, office, city, c.NameFA, strings.Join(scopes, " "), hash, uuid.NullUUID{UUID: tx.Actor.ID, Valid: tx.Actor.ID != uuid.Nil}, tx.Now, c.Expires).Error
	if err != nil {
		return fmt.Errorf("create client: %w", err)
	}
	return nil
}

// rotateClient finds the clients of the scope's own home alone: who holds a secret works as its home, also where the platform asks.
func rotateClient(tx *scope.Tx, id uuid.UUID, hash []byte, until time.Time) error {
	return changeClient(tx.DB.Exec(`UPDATE api_clients SET previous_hash = secret_hash, previous_until = ?, secret_hash = ? WHERE id = ? AND revoked_at IS NULL AND expires_at > ?
	  AND coalesce(office_id, '00000000-0000-0000-0000-000000000000') = ? AND coalesce(city, 0) = ?`, until, hash, id, tx.Now, tx.Scope.OfficeID(), tx.Scope.MunicipalityID()))
}

func revokeClient(tx *scope.Tx, id uuid.UUID) error {
	return changeClient(tx.DB.Exec(`UPDATE api_clients SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL`, tx.Now, id))
}

func changeClient(done *gorm.DB) error {
	if done.Error != nil {
		return fmt.Errorf("change client: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return errClientUnknown
	}
	return nil
}

// findClient finds a program that is not revoked, or nil.
func findClient(tx *scope.Tx, id uuid.UUID) (*clientRow, error) {
	var row clientRow
	err := tx.DB.Raw(clientSQL+` WHERE c.id = ? AND c.revoked_at IS NULL AND c.expires_at > ?`, id, tx.Now).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find client: %w", err)
	}
	return &row, nil
}

func listClients(tx *scope.Tx) ([]Client, error) {
	var rows []clientRow
	if err := tx.DB.Raw(clientSQL + ` ORDER BY c.created_at DESC, c.id`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	list := make([]Client, 0, len(rows))
	for _, r := range rows {
		c := Client{ID: r.ID, NameFA: r.NameFA, CreatedAt: r.CreatedAt, Expires: r.ExpiresAt, PreviousUntil: r.PreviousUntil, RevokedAt: r.RevokedAt, Home: r.home(),
			CreatedBy: r.CreatedBy.UUID, CreatorFA: r.CreatorFA, Creator: Standing(r.CreatorState)}
		for _, one := range strings.Fields(r.Scopes) {
			c.Scopes = append(c.Scopes, Permission(one))
		}
		list = append(list, c)
	}
	return list, nil
}

// clientsBy lists the programs that somebody has created and that work.
func clientsBy(tx *scope.Tx, person uuid.UUID) (ids []uuid.UUID, err error) {
	if err := tx.DB.Raw(`SELECT id FROM api_clients WHERE created_by = ? AND revoked_at IS NULL AND expires_at > ? ORDER BY id`, person, tx.Now).Scan(&ids).Error; err != nil {
		return nil, fmt.Errorf("list clients: %w", err)
	}
	return ids, nil
}

// keptBy finds whoever keeps the home of a client c among people k.
func (k HomeKind) keptBy() string {
	is := map[HomeKind]string{AtOffice: `k.office_id = c.office_id`, AtMunicipality: `k.office_id IS NULL AND k.municipality_id = c.city`,
		AtPlatform: `k.office_id IS NULL AND k.municipality_id IS NULL`}[k]
	return cmp.Or(is, `false`) + ` AND k.state = 'active' AND k.role = '` + string(k.Keeper()) + `'`
}

// clientStatement is statement for the token of an API client.
func (r *personRow) clientStatement(c Claims, now time.Time) scope.Statement {
	office, city := c.columns()
	return scope.Statement{SQL: `SELECT c.name_fa, array_to_string(c.scopes, ' '), coalesce(o.name_fa, ''), coalesce(o.state, ''), coalesce(o.licence_no, ''),
	  coalesce(o.valid_from <= scope_today() AND (o.valid_to IS NULL OR o.valid_to > scope_today()) AND CASE WHEN o.parent_id IS NULL THEN true ELSE office_works(o.parent_id) END, false),
	  coalesce(m.id, 0), coalesce(m.name_fa, ''), coalesce(m.name_en, ''), coalesce(m.province_fa, ''), coalesce(m.stage, ''), EXISTS (SELECT 1 FROM people k WHERE ` + c.Home.Kind.keptBy() + `)
	  FROM api_clients c LEFT JOIN offices o ON o.id = c.office_id LEFT JOIN municipalities m ON m.id = coalesce(c.city, o.municipality_id)
	  WHERE c.id = ? AND c.office_id IS NOT DISTINCT FROM ? AND c.city IS NOT DISTINCT FROM ? AND c.revoked_at IS NULL AND c.expires_at > ?`,
		Args: []any{c.ClientID, office, city, now},
		Into: []any{&r.NameFA, &r.granted, &r.OfficeNameFA, &r.officeState, &r.LicenceNo, &r.licensed,
			&r.City.ID, &r.City.NameFA, &r.City.NameEN, &r.City.ProvinceFA, &r.City.Stage, &r.kept}}
}
