package payments

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/scope"
)

// Step is one line of a payment's story.
type Step struct {
	Number    int
	At        time.Time
	Event     Event
	From, To  State
	ActorKind scope.ActorKind
	ActorID   uuid.UUID // Nil: the system
	Reason    string
	Said      map[string]any // the other side's words
}

// tell writes the next line of a payment's story, as it stands now.
func tell(tx *scope.Tx, p *Payment, event Event, from State, said map[string]any) error {
	told, err := telling(tx, p, event, from, said)
	if err != nil {
		return err
	}
	if err := tx.Send(told); err != nil {
		return fmt.Errorf("tell story: %w", err)
	}
	return nil
}

// telling is tell for Send.
func telling(tx *scope.Tx, p *Payment, event Event, from State, said map[string]any) (scope.Statement, error) {
	if said == nil {
		said = map[string]any{}
	}
	words, err := json.Marshal(said)
	if err != nil {
		return scope.Statement{}, fmt.Errorf("encode story: %w", err)
	}
	return scope.Statement{SQL: `INSERT INTO payment_events (payment_id, number, office_id, at, event, from_state, to_state, actor_kind, actor_id, reason, said)
	  VALUES (?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, nullif(?, ''), ?::jsonb)`, Args: []any{p.ID, p.Version, p.OfficeID, tx.Now, string(event), string(from), string(p.State),
		string(tx.Actor.Kind), known(tx.Actor.ID), p.Reason, string(words)}}, nil
}

// Story reads what happened to a payment in the transaction's scope, oldest first.
func Story(tx *scope.Tx, payment uuid.UUID) ([]Step, error) {
	var rows []struct {
		Number                    int
		At                        time.Time
		Event, FromState, ToState string
		ActorKind                 string
		ActorID                   uuid.NullUUID
		Reason                    string
		Said                      []byte
	}
	err := tx.DB.Raw(`SELECT number, at, event, coalesce(from_state, '') AS from_state, to_state, actor_kind, actor_id, coalesce(reason, '') AS reason, said
	  FROM payment_events WHERE payment_id = ? ORDER BY number`, payment).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read story: %w", err)
	}
	story := make([]Step, len(rows))
	for i, r := range rows {
		story[i] = Step{Number: r.Number, At: r.At.UTC(), Event: Event(r.Event), From: State(r.FromState), To: State(r.ToState), ActorKind: scope.ActorKind(r.ActorKind),
			ActorID: r.ActorID.UUID, Reason: r.Reason}
		if err := json.Unmarshal(r.Said, &story[i].Said); err != nil {
			return nil, fmt.Errorf("decode story: %w", err)
		}
	}
	return story, nil
}
