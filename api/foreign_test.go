package api_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"

	"mofasa/api/apitest"
)

// foreignIDs says, for each field of a body that takes an id, what of the visit a stranger could name there; a new field must add its own.
var foreignIDs = map[string]func(visit) string{
	"inquiry_id":   func(v visit) string { return v.anyID("inquiries") },
	"order_id":     func(v visit) string { return v.order.String() },
	"bill_id":      func(v visit) string { return v.anyID("bills") },
	"drafts":       func(v visit) string { return v.anyID("tariff_drafts") },
	"duplicate_id": func(v visit) string { return v.vehicle.String() },
}

// TestForeignIdsInBodiesFindNothing puts ids of the visited office or city into the bodies of every operation that takes one, in the same role elsewhere: nothing is done.
func TestForeignIdsInBodiesFindNothing(t *testing.T) {
	t.Parallel()
	v := visited(t)
	people := crew(v.Server)
	tried := 0
	for _, o := range operations(t) {
		body, ids := withForeignIDs(t, v, o)
		if len(ids) == 0 {
			continue
		}
		for _, id := range ids {
			if foreignIDs[id] == nil {
				t.Errorf("%s: nothing that %s could name", o.OperationID, id)
			}
		}
		stranger := people[o.holder(t).stranger]
		if stranger == nil || o.permission() == "public" {
			continue // the platform's people see everything, and strangers name what they hold
		}
		tried++
		if a := stranger.Once(o.method, o.url(), body); a.Status < 400 || a.Status >= 500 {
			t.Errorf("%s by %s, naming %v: %d %s", o.OperationID, o.holder(t).stranger, ids, a.Status, a.Body)
		}
	}
	if tried < 2 {
		t.Errorf("only %d operations were tried", tried)
	}
}

// withForeignIDs is the operation's body with every id in it replaced, and the names of those fields.
func withForeignIDs(t *testing.T, v visit, o operation) (body map[string]any, ids []string) {
	t.Helper()
	raw, err := json.Marshal(bodies[o.OperationID])
	if err != nil {
		t.Fatal(err)
	}
	if _, isFile := bodies[o.OperationID].(apitest.CSV); isFile || json.Unmarshal(raw, &body) != nil {
		return nil, nil
	}
	for _, field := range slices.Sorted(maps.Keys(body)) {
		list, isList := body[field].([]any)
		switch {
		case isList && len(list) > 0 && isID(list[0]):
			ids = append(ids, field)
			if foreignIDs[field] != nil {
				body[field] = []any{foreignIDs[field](v)}
			}
		case isID(body[field]):
			ids = append(ids, field)
			if foreignIDs[field] != nil {
				body[field] = foreignIDs[field](v)
			}
		}
	}
	return body, ids
}

func isID(value any) bool {
	text, _ := value.(string)
	return uuid.Validate(text) == nil && len(text) == 36
}
