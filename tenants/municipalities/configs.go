package municipalities

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// What a configuration is refused with, besides what is wrong in its pack.
var (
	errConfigUnknown = fault.Define(fault.NotFound, "municipality_config_unknown", "شهرداری پیکربندی‌ای با این شماره ندارد.", "The municipality has no configuration with this number.")
	errConfigMoved   = fault.Define(fault.Conflict, "municipality_config_moved",
		"پیکربندی شهرداری در این میان تغییر کرده است؛ نخست نسخهٔ تازه را بخوانید.", "The municipality's configuration has changed in the meantime; read it again first.")
	errConfigClosed = fault.Define(fault.Conflict, "municipality_closed_config", "شهرداری پایان یافته است و دیگر پیکربندی نمی‌شود.", "The municipality is closed and is configured no more.")
	errBillUsed     = fault.Define(fault.Conflict, "municipality_bill_used",
		"با این شماره‌ها قبض صادر شده است؛ پیش‌شماره و کد شرکت دیگر عوض نمی‌شود.", "Bills were issued under these numbers; prefix and company code change no more.")
	// ErrCode says that a pack is of another city.
	ErrCode = fault.Define(fault.Invalid, "municipality_code", "کد بسته با کد شهرداری یکی نیست.", "The pack's code is not the municipality's.")
)

// Config is one configuration that a city had or has.
type Config struct {
	Number      int // 0: none was applied; Pack then says what the city has been imported with
	Pack        Pack
	Restores    int       // the number whose body this is, where it goes back; else 0
	TariffDraft uuid.UUID // the draft that stands for the pack's tariff part, or Nil
	Reason      string
	At          time.Time
	ActorKind   string
	ActorID     uuid.UUID
}

// Laws is what a package that knows tariffs does for this one, which may not. Its zero value knows no charge by name and keeps tariff parts as they are.
type Laws struct {
	// Check says what is wrong in a pack's charges and tariff part. It may be nil.
	Check func(*Pack) []Problem
	// Draft brings a city's draft in line with the tariff part of its new configuration, in the transaction of the configuration, and gives the draft that
	// stands for it now, or Nil. It may be nil.
	Draft func(*scope.Tx, TariffChange) (uuid.UUID, error)
}

// TariffChange is what a new configuration does to the tariff part; Was and Now are nil where there is none.
type TariffChange struct {
	Code     int
	Draft    uuid.UUID // what stood for Was, or Nil
	Was, Now *TariffPart
}

// Change is one place in which two packs differ.
type Change struct {
	Path   string // "accounts.*", "settings.rollout.share_ppm"
	Before string // JSON of the value; "" where there was none
	After  string
}

// differences lists the places in which two packs differ, by path. Of a logo only the fingerprint is shown.
func differences(before, after *Pack) ([]Change, error) {
	was, err := places(before)
	if err != nil {
		return nil, err
	}
	now, err := places(after)
	if err != nil {
		return nil, err
	}
	changes := []Change{}
	all := maps.Clone(was)
	maps.Copy(all, now)
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if was[path] != now[path] {
			changes = append(changes, Change{Path: path, Before: was[path], After: now[path]})
		}
	}
	return changes, nil
}

// places is every value of a pack by its path; a nil pack has none.
func places(p *Pack) (map[string]string, error) {
	found := map[string]string{}
	if p == nil {
		return found, nil
	}
	body, err := p.encode()
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value map[string]any
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("read pack: %w", err)
	}
	if p.Logo != "" {
		value["logo"] = fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(p.Logo)))
	}
	return found, spread(found, "", value)
}

func spread(into map[string]string, path string, value any) error {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			at := key
			if path != "" {
				at = path + "." + key
			}
			if err := spread(into, at, member); err != nil {
				return err
			}
		}
	case []any:
		for i, item := range v {
			if err := spread(into, path+"["+strconv.Itoa(i)+"]", item); err != nil {
				return err
			}
		}
	default:
		text, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("show %s: %w", path, err)
		}
		into[path] = string(text)
	}
	return nil
}

// paths names where something changes, for the audit log, which holds no values.
func paths(changes []Change) []string {
	list := make([]string, len(changes))
	for i, c := range changes {
		list[i] = c.Path
	}
	return list
}
