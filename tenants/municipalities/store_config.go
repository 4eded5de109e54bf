package municipalities

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/scope"
)

type configRow struct {
	Number      int
	Body        []byte
	Restores    int
	TariffDraft uuid.NullUUID
	Reason      string
	At          time.Time
	ActorKind   string
	ActorID     uuid.NullUUID
}

func (r configRow) config() Config {
	return Config{Number: r.Number, Restores: r.Restores, TariffDraft: r.TariffDraft.UUID, Reason: r.Reason, At: r.At.UTC(), ActorKind: r.ActorKind, ActorID: r.ActorID.UUID}
}

// loadConfig reads a configuration, with number 0 the newest.
func loadConfig(tx *scope.Tx, code, number int) (Config, error) {
	var row configRow
	err := tx.DB.Raw(`SELECT number, body, coalesce(restores, 0) AS restores, tariff_draft, reason, at, actor_kind, actor_id FROM municipality_configs
	  WHERE municipality_id = ? AND (? = 0 OR number = ?) ORDER BY number DESC LIMIT 1`, code, number, number).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Config{}, errConfigUnknown.On("number")
	}
	if err != nil {
		return Config{}, fmt.Errorf("load configuration: %w", err)
	}
	c := row.config()
	c.Pack, err = decodePack(row.Body)
	return c, err
}

func configs(tx *scope.Tx, code int) ([]Config, error) {
	var rows []configRow
	err := tx.DB.Raw(`SELECT number, coalesce(restores, 0) AS restores, tariff_draft, reason, at, actor_kind, actor_id FROM municipality_configs
	  WHERE municipality_id = ? ORDER BY number DESC`, code).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list configurations: %w", err)
	}
	list := make([]Config, len(rows))
	for i, r := range rows {
		list[i] = r.config()
	}
	return list, nil
}

// insertConfig stores a configuration. One that goes back takes the old body itself, whatever of it this program still writes.
// Errors: municipality_config_moved, where somebody else was first.
func insertConfig(tx *scope.Tx, c Config) error {
	body, err := c.Pack.encode()
	if err != nil {
		return err
	}
	err = tx.DB.Exec(`INSERT INTO municipality_configs (municipality_id, number, body, restores, tariff_draft, reason, at, actor_kind, actor_id)
	  VALUES (?, ?, coalesce((SELECT o.body FROM municipality_configs o WHERE o.municipality_id = ? AND o.number = ?), CAST(? AS jsonb)), nullif(?, 0), ?, ?, ?, ?, ?)`,
		c.Pack.Code, c.Number, c.Pack.Code, c.Restores, string(body), c.Restores,
		uuid.NullUUID{UUID: c.TariffDraft, Valid: c.TariffDraft != uuid.Nil}, c.Reason, tx.Now, string(tx.Actor.Kind), actorID(tx)).Error
	if scope.Constraint(err) == "municipality_configs_pkey" {
		return errConfigMoved.On("number").Because(err)
	}
	if err != nil {
		return fmt.Errorf("store configuration: %w", err)
	}
	return nil
}

// current is what holds now: of the newest configuration what stands nowhere else, and the rest from the city's own rows, which an import may have changed since.
func current(tx *scope.Tx, code int) (Config, error) {
	c, err := loadConfig(tx, code, 0)
	if err != nil && !errors.Is(err, errConfigUnknown) {
		return Config{}, err
	}
	var row struct {
		NameFA, NameEN, ProvinceFA, ProvinceEN, CountyFA string
		BillCompany, BillPrefix                          int
		Settings, Accounts                               []byte
	}
	err = tx.DB.Raw(`SELECT name_fa, name_en, province_fa, province_en, county_fa, bill_company, bill_prefix, settings,
	  coalesce((SELECT jsonb_object_agg(a.charge, a.iban) FROM municipality_accounts a WHERE a.municipality_id = m.id), '{}') AS accounts
	  FROM municipalities m WHERE id = ?`, code).Take(&row).Error
	if err != nil {
		return Config{}, fmt.Errorf("read municipality: %w", err)
	}
	p := &c.Pack
	p.Code, p.Names, p.Province, p.County = code, Names{FA: row.NameFA, EN: row.NameEN}, Names{FA: row.ProvinceFA, EN: row.ProvinceEN}, row.CountyFA
	p.Bill, p.Settings, p.Accounts = Bill{Company: row.BillCompany, Prefix: row.BillPrefix}, DefaultSettings(), map[string]string{}
	if err := errors.Join(json.Unmarshal(row.Settings, &p.Settings), json.Unmarshal(row.Accounts, &p.Accounts)); err != nil {
		return Config{}, fmt.Errorf("read municipality %d: %w", code, err)
	}
	return c, nil
}

// unusedBill refuses other bill numbers for a city that has issued bills: another city could take the old ones and issue the same bill IDs again.
func unusedBill(tx *scope.Tx, code int) error {
	var drawn bool
	if err := tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM bill_serials WHERE municipality_id = ? AND next > 1)`, code).Row().Scan(&drawn); err != nil {
		return fmt.Errorf("look for issued bills: %w", err)
	}
	if drawn {
		return refused([]Problem{{Path: "bill", Fault: errBillUsed}})
	}
	return nil
}

// writeCity makes the city's own rows what the pack says.
func writeCity(tx *scope.Tx, p Pack) error {
	settings, err := json.Marshal(p.Settings)
	if err != nil {
		return fmt.Errorf("encode settings: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO municipalities (id, name_fa, name_en, province_fa, province_en, county_fa, stage, bill_company, bill_prefix, settings)
	  VALUES (?, ?, ?, ?, ?, ?, 'draft', ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name_fa = excluded.name_fa, name_en = excluded.name_en,
	    province_fa = excluded.province_fa, province_en = excluded.province_en, county_fa = excluded.county_fa, bill_company = excluded.bill_company,
	    bill_prefix = excluded.bill_prefix, settings = excluded.settings`,
		p.Code, p.Names.FA, p.Names.EN, p.Province.FA, p.Province.EN, p.County, p.Bill.Company, p.Bill.Prefix, string(settings)).Error
	switch scope.Constraint(err) {
	case "municipalities_name":
		return refused([]Problem{{Path: "names.fa", Fault: errNameTaken.Because(err)}})
	case "municipalities_bill":
		return refused([]Problem{{Path: "bill.prefix", Fault: errPrefixTaken.Because(err)}})
	}
	if err != nil {
		return fmt.Errorf("write municipality: %w", err)
	}
	if err := tx.DB.Exec(`INSERT INTO bill_serials (municipality_id, next) VALUES (?, 1) ON CONFLICT (municipality_id) DO NOTHING`, p.Code).Error; err != nil {
		return fmt.Errorf("begin bill serials: %w", err)
	}
	return writeAccounts(tx, p)
}

func writeAccounts(tx *scope.Tx, p Pack) error {
	charges := slices.Sorted(maps.Keys(p.Accounts))
	if err := tx.DB.Exec(`DELETE FROM municipality_accounts WHERE municipality_id = ? AND charge NOT IN ?`, p.Code, charges).Error; err != nil {
		return fmt.Errorf("drop accounts: %w", err)
	}
	for _, c := range charges {
		err := tx.DB.Exec(`INSERT INTO municipality_accounts (municipality_id, charge, iban) VALUES (?, ?, ?)
		  ON CONFLICT (municipality_id, charge) DO UPDATE SET iban = excluded.iban`, p.Code, c, p.Accounts[c]).Error
		if err != nil {
			return fmt.Errorf("write account: %w", err)
		}
	}
	return nil
}
