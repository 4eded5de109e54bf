package municipalities

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"mofasa/tenants/fault"
)

// Pack is all that a city is configured with, in one text: the stage alone is not in it. A Pack that ParsePack gives is canonical: whatever says the same has
// the same JSON, to the byte. Field names are the same in YAML, in the database and in the API.
type Pack struct {
	Code              int               `json:"code" yaml:"code"`
	Names             Names             `json:"names" yaml:"names"`
	Province          Names             `json:"province" yaml:"province"`
	County            string            `json:"county" yaml:"county"`     // Persian; the district of the offices that stand in the city
	Accounts          map[string]string `json:"accounts" yaml:"accounts"` // IBAN by charge; "*" receives every charge that is not named
	Bill              Bill              `json:"bill" yaml:"bill"`
	Settings          Settings          `json:"settings" yaml:"settings"`
	AgreementTemplate string            `json:"agreement_template,omitempty" yaml:"agreement_template,omitempty"` // what an office accepts, Persian
	ServiceCard       string            `json:"service_card,omitempty" yaml:"service_card,omitempty"`             // شناسنامهٔ خدمت, Persian
	Tariff            *TariffPart       `json:"tariff,omitempty" yaml:"tariff,omitempty"`
	Logo              string            `json:"logo,omitempty" yaml:"logo,omitempty"` // PNG, base64
}

// Names is a name in both languages.
type Names struct {
	FA string `json:"fa" yaml:"fa"`
	EN string `json:"en" yaml:"en"`
}

// Bill is what the bill IDs of a city begin with: no two cities share both numbers.
type Bill struct {
	Company int `json:"company" yaml:"company"` // informatics code, 0–999
	Prefix  int `json:"prefix" yaml:"prefix"`   // 1–99
}

// Settings is what a request reads of a city. Zero parts of a pack's text become the defaults of DefaultSettings.
type Settings struct {
	Rollout              Rollout `json:"rollout" yaml:"rollout"`
	OrderValidityMinutes int     `json:"order_validity_minutes" yaml:"order_validity_minutes"`                   // how long an order holds its dues unpaid
	RefundThresholdRial  int     `json:"refund_threshold_rial,omitempty" yaml:"refund_threshold_rial,omitempty"` // above it a second person grants a refund; 0: the platform's
}

// Rollout says which offices may already work for a pilot: those that stand in one of the counties, and of all others those whose place, which never changes,
// is below the share. Nobody is dropped where a county is added or the share is raised.
type Rollout struct {
	Districts []string `json:"districts" yaml:"districts"` // counties (شهرستان), Persian, ascending
	SharePPM  int      `json:"share_ppm" yaml:"share_ppm"` // 0–1,000,000
}

// TariffPart proposes the city's next tariff version. What it says is opaque here; it becomes a draft, which two people bring to publication.
type TariffPart struct {
	Reason  string          `json:"reason" yaml:"reason"`
	Version json.RawMessage `json:"version" yaml:"version"`
}

// DefaultSettings is what holds where a pack says nothing: a pilot reaches no office yet.
func DefaultSettings() Settings {
	return Settings{Rollout: Rollout{Districts: []string{}}, OrderValidityMinutes: 30}
}

// EveryCharge is the account that receives all charges without an account of their own.
const EveryCharge = "*"

// encode is the canonical JSON of a pack.
func (p *Pack) encode() ([]byte, error) {
	body, err := json.Marshal(p)
	if err != nil {
		return nil, fmt.Errorf("encode pack: %w", err)
	}
	return body, nil
}

// decodePack reads a stored body. jsonb has its own order of keys, so the opaque part is brought to the canonical one.
func decodePack(body []byte) (Pack, error) {
	var p Pack
	if err := json.Unmarshal(body, &p); err != nil {
		return Pack{}, fmt.Errorf("decode pack: %w", err)
	}
	if p.Tariff != nil {
		var err error
		if p.Tariff.Version, err = canonical(p.Tariff.Version); err != nil {
			return Pack{}, err
		}
	}
	return p, nil
}

// canonical writes JSON with its keys in order and without blanks; numbers stay as they are written.
func canonical(body []byte) (json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("decode tariff part: %w", err)
	}
	ordered, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode tariff part: %w", err)
	}
	return ordered, nil
}

// Same says whether two tariff parts say the same; there may be none.
func (t *TariffPart) Same(other *TariffPart) bool {
	if t == nil || other == nil {
		return t == other
	}
	return t.Reason == other.Reason && bytes.Equal(t.Version, other.Version)
}

// MarshalYAML writes the opaque version as YAML.
func (t TariffPart) MarshalYAML() (any, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(t.Version, &document); err != nil {
		return nil, fmt.Errorf("tariff part: %w", err)
	}
	blockStyle(&document)
	return struct {
		Reason  string     `yaml:"reason"`
		Version *yaml.Node `yaml:"version"`
	}{t.Reason, document.Content[0]}, nil
}

// blockStyle takes the brackets of JSON away; quotes stay where a plain text would be read as something else.
func blockStyle(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		n.Style = 0
	}
	for _, child := range n.Content {
		blockStyle(child)
	}
}

// YAML is the pack as its file: what ParsePack reads into the same pack.
func (p Pack) YAML() ([]byte, error) {
	var text bytes.Buffer
	e := yaml.NewEncoder(&text)
	e.SetIndent(2)
	if err := e.Encode(p); err != nil {
		return nil, fmt.Errorf("write pack: %w", err)
	}
	return text.Bytes(), nil
}

// Problem is one thing that is wrong in a pack.
type Problem struct {
	Path  string // where: "accounts.annual_duty", "settings.rollout.districts[2]"; "" for the whole text
	Line  int    // in the text, from 1; 0 where it is not known
	Fault *fault.Error
}

// PackError lists everything that is wrong in a pack, in the order of the text. It is a fault with a field for each problem.
type PackError struct {
	Problems []Problem
}

// Error names the first problem.
func (e *PackError) Error() string {
	return fmt.Sprintf("%s: %s: %s", ErrPack.Code, e.Problems[0].Path, e.Problems[0].Fault.Code)
}

// Unwrap gives the public meaning.
func (e *PackError) Unwrap() error {
	f := *ErrPack
	for _, p := range e.Problems {
		f.Fields = append(f.Fields, fault.Field{Name: p.Path, Code: p.Fault.Code, Position: -1, Text: p.Fault.Text})
	}
	return &f
}

// refused is nil where nothing is wrong.
func refused(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int { return a.Line - b.Line })
	return &PackError{Problems: problems}
}

// PackFile is a pack with the name of its file.
type PackFile struct {
	Name string
	Pack Pack
}

// Collisions finds what the packs of one run contradict each other in: code, name in the province, numbers of the bills. Every file that is part of a
// contradiction is named, since nobody knows which of them is right.
func Collisions(files []PackFile) map[string][]Problem {
	found := map[string][]Problem{}
	for _, rule := range []struct {
		path string
		key  func(Pack) string
		says *fault.Error
	}{
		{"code", func(p Pack) string { return codeText(p.Code) }, errPackTwice},
		{"names.fa", func(p Pack) string { return p.Province.FA + "/" + p.Names.FA }, errNameTaken},
		{"bill.prefix", func(p Pack) string { return fmt.Sprint(p.Bill.Company, "/", p.Bill.Prefix) }, errPrefixTaken},
	} {
		holders := map[string][]string{}
		for _, f := range files {
			holders[rule.key(f.Pack)] = append(holders[rule.key(f.Pack)], f.Name)
		}
		for _, names := range holders {
			for _, name := range names {
				if len(names) > 1 {
					found[name] = append(found[name], Problem{Path: rule.path, Fault: rule.says})
				}
			}
		}
	}
	return found
}
