package gateways

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/billing/payments/gateway"
	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// Sealed is the table whose rows hold the terminals' secrets, for a change of keys.
var Sealed = privacy.Table{Name: "gateways", Columns: []string{"secret_enc"}}

// stored is a row with its envelope.
type stored struct {
	Terminal
	envelope []byte
}

// sealing is how secrets are written inside an envelope.
type sealing struct {
	MerchantID string `json:"merchant_id,omitempty"`
	UserName   string `json:"user_name,omitempty"`
	Password   string `json:"password,omitempty"`
}

func place(id uuid.UUID) privacy.Place {
	return privacy.Place{Table: Sealed.Name, Column: Sealed.Columns[0], Row: id.String()}
}

func (s Secrets) seal(ring *privacy.Keyring, id uuid.UUID) ([]byte, error) {
	text, err := json.Marshal(sealing{s.MerchantID.Reveal(), s.UserName.Reveal(), s.Password.Reveal()})
	if err != nil {
		return nil, fmt.Errorf("encode secrets of a gateway: %w", err)
	}
	return ring.Seal(place(id), string(text))
}

func (s stored) unseal(ring *privacy.Keyring) (Secrets, error) {
	text, err := ring.Open(place(s.ID), s.envelope)
	if err != nil {
		return Secrets{}, err
	}
	var open sealing
	if err := json.Unmarshal([]byte(text), &open); err != nil {
		return Secrets{}, errors.New("decode secrets of a gateway") // the text stays out of logs
	}
	return Secrets{MerchantID: gateway.Secret(open.MerchantID), UserName: gateway.Secret(open.UserName), Password: gateway.Secret(open.Password)}, nil
}

type row struct {
	MunicipalityID      int
	ID                  uuid.UUID
	Provider, Number    string
	Settings, SecretEnc []byte
	State               string
	AskedBy             uuid.UUID
	AskedAt             time.Time
	OpenedAt, ClosedAt  sql.NullTime
	Approval            uuid.NullUUID
}

const selectSQL = `SELECT g.municipality_id, g.id, g.provider, g.terminal AS number, g.settings, g.secret_enc, g.state, g.asked_by, g.asked_at, g.opened_at, g.closed_at FROM gateways g `

func (r row) stored() (stored, error) {
	t := Terminal{MunicipalityID: r.MunicipalityID, ID: r.ID, Provider: r.Provider, Number: r.Number, State: State(r.State), AskedBy: r.AskedBy, AskedAt: r.AskedAt.UTC(),
		Approval: r.Approval.UUID}
	if r.OpenedAt.Valid {
		t.OpenedAt = r.OpenedAt.Time.UTC()
	}
	if r.ClosedAt.Valid {
		t.ClosedAt = r.ClosedAt.Time.UTC()
	}
	if err := json.Unmarshal(r.Settings, &t.Settings); err != nil {
		return stored{}, fmt.Errorf("decode settings of gateway %s: %w", r.ID, err)
	}
	return stored{t, r.SecretEnc}, nil
}

func find(tx *scope.Tx, query string, args ...any) ([]stored, error) {
	var rows []row
	if err := tx.DB.Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read gateways: %w", err)
	}
	list := make([]stored, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = r.stored(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// used reads what was ever opened, oldest first, those that are open now last.
func used(tx *scope.Tx) ([]stored, error) {
	return find(tx, selectSQL+`WHERE g.state <> 'asked' ORDER BY g.state = 'open', g.opened_at, g.id`)
}

// every reads the whole registry, by home and newest first, with the request that waits about each.
func every(tx *scope.Tx) ([]stored, error) {
	return find(tx, `SELECT g.*, a.id AS approval FROM (`+selectSQL+`) g LEFT JOIN approvals a ON a.municipality_id = 0 AND a.office_id IS NULL AND a.kind = 'gateway_change'
	  AND a.target_id = g.id::text AND a.state = 'open' AND a.expires_at > ? ORDER BY g.municipality_id, g.asked_at DESC, g.id`, tx.Now)
}

func changes(tx *scope.Tx) (v version, err error) {
	if err := tx.DB.Raw(`SELECT count(opened_at) AS opened, count(closed_at) AS closed FROM gateways`).Take(&v).Error; err != nil {
		return v, fmt.Errorf("read version of gateways: %w", err)
	}
	return v, nil
}

// lock reads a terminal and holds its row. Errors: gateway_unknown.
func lock(tx *scope.Tx, id uuid.UUID) (stored, error) {
	list, err := find(tx, selectSQL+`WHERE g.id = ? FOR UPDATE`, id)
	if err != nil {
		return stored{}, err
	}
	if len(list) == 0 {
		return stored{}, ErrUnknown
	}
	return list[0], nil
}

func insert(tx *scope.Tx, t Terminal, envelope []byte) error {
	settings, err := json.Marshal(t.Settings)
	if err != nil {
		return fmt.Errorf("encode settings of a gateway: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO gateways (municipality_id, id, provider, terminal, settings, secret_enc, state, asked_by, asked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.MunicipalityID, t.ID, t.Provider, t.Number, string(settings), envelope, string(t.State), t.AskedBy, t.AskedAt).Error
	if err != nil {
		return fmt.Errorf("insert gateway: %w", err)
	}
	return nil
}

// closeHome closes what is open for a home, whose place another terminal takes.
func closeHome(tx *scope.Tx, home int) error {
	if err := tx.DB.Exec(`UPDATE gateways SET state = 'closed', closed_at = ? WHERE municipality_id = ? AND state = 'open'`, tx.Now, home).Error; err != nil {
		return fmt.Errorf("close gateways of a home: %w", err)
	}
	return nil
}

// move opens or closes a held terminal. Errors: gateway_terminal_taken.
func move(tx *scope.Tx, t Terminal, to State) error {
	column := map[State]string{Open: "opened_at", Closed: "closed_at"}[to]
	err := tx.DB.Exec(`UPDATE gateways SET state = ?, `+column+` = ? WHERE municipality_id = ? AND id = ?`, string(to), tx.Now, t.MunicipalityID, t.ID).Error
	if scope.Constraint(err) == "gateways_terminal" {
		return ErrTaken
	}
	if err != nil {
		return fmt.Errorf("move gateway: %w", err)
	}
	return nil
}

// busy tells whether a terminal is open for another home.
func busy(tx *scope.Tx, t Terminal) (taken bool, err error) {
	err = tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM gateways WHERE provider = ? AND terminal = ? AND state = 'open' AND municipality_id <> ?)`, t.Provider, t.Number, t.MunicipalityID).Row().Scan(&taken)
	if err != nil {
		return false, fmt.Errorf("look for a terminal: %w", err)
	}
	return taken, nil
}

// accounts lists where a city's money goes. Errors: gateway_city.
func accounts(tx *scope.Tx, city int) (ibans []string, err error) {
	err = tx.DB.Raw(`SELECT iban FROM municipality_accounts WHERE municipality_id = ? ORDER BY 1`, city).Scan(&ibans).Error
	if err != nil && !errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, fmt.Errorf("read accounts of a city: %w", err)
	}
	if len(ibans) == 0 {
		return nil, ErrCity
	}
	return ibans, nil
}
