package identity

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"mofasa/tenants/privacy"
	"mofasa/tenants/scope"
)

// oneHuman is the index by which no human has two user names at a home.
const oneHuman = "people_one_human"

var errNoHumans = errors.New("identity: no keys of personal data")

// meetIndex has the ring hold every key under which somebody has made an index of a human. Error: privacy.ErrKeyMissing.
func meetIndex(tx *scope.Tx, ring *privacy.Keyring) error {
	var newest privacy.KeyID
	if err := tx.DB.Raw(`SELECT humans_newest_key()`).Row().Scan(&newest); err != nil {
		return fmt.Errorf("find the newest key of humans: %w", err)
	}
	if newest == 0 {
		return nil
	}
	return ring.Meet(privacy.Indexes, newest)
}

// knowHuman finds the human of a mark, or records them under the first. No home's scope reads the table.
func knowHuman(tx *scope.Tx, fresh uuid.UUID, marks []privacy.Mark, sealed []byte) (id uuid.UUID, err error) {
	sums := make([]string, len(marks))
	for i, m := range marks {
		sums[i] = hex.EncodeToString(m.Sum)
	}
	err = tx.DB.Raw(`SELECT know_human(?, ARRAY(SELECT decode(sum, 'hex') FROM unnest(string_to_array(?, ' ')) WITH ORDINALITY AS m (sum, n) ORDER BY n), ?, ?)`,
		fresh, strings.Join(sums, " "), int(marks[0].Key), sealed).Row().Scan(&id)
	if err != nil {
		return uuid.Nil, fmt.Errorf("record human: %w", err)
	}
	return id, nil
}

// saveHuman says who a held person is. Errors: person_works_here (national_id).
func saveHuman(tx *scope.Tx, person uuid.UUID, who human) error {
	id, masked := who.columns()
	err := tx.DB.Exec(`UPDATE people SET human_id = ?, national_id_masked = ? WHERE id = ?`, id, masked, person).Error
	if scope.Constraint(err) == oneHuman {
		return errHumanHere.On("national_id").Because(err)
	}
	if err != nil {
		return fmt.Errorf("record who a person is: %w", err)
	}
	return nil
}

// worksAt tells whether a human has a user name at a home, and has not left it.
func worksAt(tx *scope.Tx, home Home, who human) (works bool, err error) {
	office, city := home.columns()
	err = tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM people WHERE human_id = ? AND office_id IS NOT DISTINCT FROM ? AND municipality_id IS NOT DISTINCT FROM ? AND state <> 'left')`,
		who.ID, office, city).Row().Scan(&works)
	if err != nil {
		return false, fmt.Errorf("find human at home: %w", err)
	}
	return works, nil
}

// keepers counts the active keepers of a home.
func keepers(tx *scope.Tx, home Home) (int, error) { return otherKeepers(tx, &Member{Home: home}) }
