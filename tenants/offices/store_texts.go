package offices

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// selectNewerText is the version of the city's present text where it says something else than the one that proposal p had the office accept. Which of them is the
// present one its number says, and whether two say the same their hashes: going back to an older text makes it the accepted one again.
const selectNewerText = `coalesce((SELECT n.version FROM (SELECT version, hash FROM agreement_texts t WHERE t.municipality_id = p.municipality_id ORDER BY number DESC LIMIT 1) n,
    agreement_texts x WHERE x.municipality_id = p.municipality_id AND x.version = p.text_version AND x.hash <> n.hash), '')`

// insertText gives a wording the next number of its city. Errors: agreement_text_taken; agreement_meanwhile for the second of two at once.
func insertText(tx *scope.Tx, w Wording) (Wording, error) {
	hash := sha256.Sum256([]byte(w.BodyFA))
	w.Hash = hex.EncodeToString(hash[:])
	err := tx.DB.Raw(`INSERT INTO agreement_texts (municipality_id, version, number, hash, body_fa, config, offered_by, offered_at)
	  SELECT CAST(? AS integer), ?, 1 + coalesce(max(number), 0), ?, ?, CAST(nullif(CAST(? AS integer), 0) AS integer), ?, ? FROM agreement_texts WHERE municipality_id = ? RETURNING number`,
		w.MunicipalityID, w.Version, hash[:], w.BodyFA, w.Config, nullID(w.OfferedBy), w.OfferedAt, w.MunicipalityID).Row().Scan(&w.Number)
	switch scope.Constraint(err) {
	case "agreement_texts_pkey":
		return Wording{}, errTextTaken.On("version")
	case "agreement_texts_number":
		return Wording{}, errMeanwhile
	}
	if err != nil {
		return Wording{}, fmt.Errorf("insert text: %w", err)
	}
	return w, nil
}

const selectText = `SELECT municipality_id, version, number, encode(hash, 'hex') AS hash, coalesce(config, 0) AS config, offered_by, offered_at`

func texts(tx *scope.Tx, query string, args ...any) ([]Wording, error) {
	var rows []struct {
		MunicipalityID int
		Version, Hash  string
		Number, Config int
		BodyFA         string `gorm:"column:body_fa"`
		OfferedBy      uuid.NullUUID
		OfferedAt      time.Time
	}
	if err := tx.DB.Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	found := make([]Wording, len(rows))
	for i, r := range rows {
		found[i] = Wording{MunicipalityID: r.MunicipalityID, Version: r.Version, Number: r.Number, Hash: r.Hash, BodyFA: r.BodyFA, Config: r.Config,
			OfferedBy: r.OfferedBy.UUID, OfferedAt: r.OfferedAt.UTC()}
	}
	return found, nil
}

func listTexts(tx *scope.Tx) ([]Wording, error) {
	return texts(tx, selectText+` FROM agreement_texts ORDER BY municipality_id, number DESC`)
}

// loadText reads a wording with its body, with an empty version the city's present one. Errors: agreement_text_unknown.
func loadText(tx *scope.Tx, municipality int, version string) (Wording, error) {
	found, err := texts(tx, selectText+`, body_fa FROM agreement_texts WHERE municipality_id = ? AND (? = '' OR version = ?) ORDER BY number DESC LIMIT 1`,
		municipality, version, version)
	if err != nil || len(found) == 0 {
		return Wording{}, firstOf(err, ErrTextUnknown)
	}
	return found[0], nil
}

func firstOf(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}
