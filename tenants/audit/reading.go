package audit

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// Key is where a page ends: the time and the id of its last entry.
type Key struct {
	At time.Time
	ID uuid.UUID
}

// String writes a key as microseconds and id, "1763596800000000.0198…".
func (k Key) String() string { return strconv.FormatInt(k.At.UnixMicro(), 10) + "." + k.ID.String() }

var errCursor = fault.Define(fault.Invalid, "audit_cursor", "نشانگر صفحه درست نیست.", "The cursor of the page is wrong.")

// ParseKey reads what Key.String wrote. Error: audit_cursor.
func ParseKey(text string) (Key, error) {
	micros, rest, _ := strings.Cut(text, ".")
	at, err := strconv.ParseInt(micros, 10, 64)
	if err != nil {
		return Key{}, errCursor
	}
	id, err := uuid.Parse(rest)
	if err != nil {
		return Key{}, errCursor
	}
	return Key{At: time.UnixMicro(at).UTC(), ID: id}, nil
}

// Query chooses entries; what is absent chooses nothing. The newest come first.
type Query struct {
	Owner                        string // whose entries: "platform", "municipality:122", "office:<id>"; absent: those of the scope itself
	From, To                     time.Time
	Action, TargetKind, TargetID string
	After                        *Key // the end of the page before
	Limit                        int  // at least 1
	Export                       bool // the page goes into a file
}

// Entry is one row of the log as an auditor reads it.
type Entry struct {
	ID           uuid.UUID      `json:"id"`
	At           time.Time      `json:"at"`
	Owner        string         `json:"owner"`
	ActorKind    string         `json:"actor_kind"`
	PersonID     *uuid.UUID     `json:"person_id,omitempty"`   // or, where the kind is client, the client's
	PersonName   string         `json:"person_name,omitempty"` // of the person or the API client, where the scope may see it
	Action       string         `json:"action"`
	TargetKind   string         `json:"target_kind"`
	TargetID     string         `json:"target_id"`
	Purpose      string         `json:"purpose,omitempty"`
	Details      map[string]any `json:"details,omitempty"`
	RequestID    string         `json:"request_id,omitempty"`
	Municipality int            `json:"about_municipality,omitempty"`
}

// Key is where a page that ends with the entry ends.
func (e Entry) Key() Key { return Key{At: e.At, ID: e.ID} }

var (
	errOwner = fault.Define(fault.Forbidden, "audit_owner", "هر بازرس تنها رویدادهای سازمان خود را می‌بیند.", "An auditor reads the entries of the own organisation alone.")
	errWhose = fault.Define(fault.Invalid, "audit_owner_format", "صاحب رویدادها platform، municipality:کد یا office:شناسه است.",
		"Whose entries: platform, municipality:<code> or office:<id>.")
)

// List gives a page of entries of a scope's own organisation, with what others have done about its city; the platform may name another organisation. That the log
// was read, and what was asked for, goes into the log. more tells whether older entries follow. Errors: audit_owner and audit_owner_format (owner).
func (s *Service) List(ctx context.Context, own scope.Scope, q Query) (page []Entry, more bool, err error) {
	city, err := q.checkOwner(own)
	if err != nil {
		return nil, false, err
	}
	err = s.tx.InTx(ctx, own, func(tx *scope.Tx) error {
		page, err = loadEntries(tx, q, city)
		if err != nil {
			return err
		}
		if more = len(page) > q.Limit; more {
			page = page[:q.Limit]
		}
		return Write(tx, q.record())
	})
	return page, more, err
}

// checkOwner gives the city whose entries are asked for, or 0.
func (q Query) checkOwner(own scope.Scope) (city int, err error) {
	if q.Owner == "" {
		return own.MunicipalityID(), nil
	}
	if own.Kind() != scope.KindPlatform {
		return 0, errOwner.On("owner")
	}
	kind, id, named := strings.Cut(q.Owner, ":")
	switch kind {
	case "platform", "public":
		if !named {
			return 0, nil
		}
	case "municipality":
		if city, err = strconv.Atoi(id); err == nil && city > 0 && strconv.Itoa(city) == id {
			return city, nil
		}
	case "office":
		if parsed, err := uuid.Parse(id); err == nil && parsed.String() == id {
			return 0, nil
		}
	}
	return 0, errWhose.On("owner")
}

func (q Query) record() Record {
	r := Record{Action: "audit.read", TargetKind: "audit_log", TargetID: q.Owner, Details: map[string]any{}}
	if q.Export {
		r.Action = "audit.exported"
	}
	if r.TargetID == "" {
		r.TargetID = "own"
	}
	for name, value := range map[string]string{"action": q.Action, "target_kind": q.TargetKind, "target_id": q.TargetID, "from": day(q.From), "to": day(q.To)} {
		if value != "" {
			r.Details[name] = value
		}
	}
	return r
}

func day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// Each hands every entry of a query, page by page, to fn; q.Limit is the size of a page. Errors: those of List, and fn's.
func (s *Service) Each(ctx context.Context, own scope.Scope, q Query, fn func(Entry) error) error {
	for {
		page, more, err := s.List(ctx, own, q)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := fn(e); err != nil {
				return err
			}
		}
		if !more {
			return nil
		}
		key := page[len(page)-1].Key()
		q.After = &key
	}
}
