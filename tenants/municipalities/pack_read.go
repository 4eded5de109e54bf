package municipalities

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"

	"mofasa/tenants/fault"
	"mofasa/tenants/identifiers"
)

// ParsePack reads a pack from its YAML, or from JSON, which YAML contains. It is strict: an unknown field, a key named twice, something missing, another type
// than wanted, an anchor, a second document or a wrong value is a problem with its path and line, and all of them are told at once. check, which may be nil,
// adds what others know to be wrong. Errors: *PackError (municipality_pack).
func ParsePack(text []byte, check func(*Pack) []Problem) (Pack, error) {
	root, err := document(text)
	if err != nil {
		return Pack{}, err
	}
	r := &reader{lines: map[string]int{}}
	p := Pack{Settings: DefaultSettings(), Accounts: map[string]string{}}
	r.object(root, "", p.fields(r))
	if p.Tariff != nil && len(p.Tariff.Version) > mostTariff {
		r.problems = append(r.problems, Problem{Path: "tariff.version", Line: r.lineOf("tariff.version"), Fault: errPackText})
	}
	if len(r.problems) == 0 && check != nil {
		for _, found := range check(&p) {
			found.Line = r.lineOf(found.Path)
			r.problems = append(r.problems, found)
		}
	}
	return p, refused(r.problems)
}

// longestPack is far above any pack: a logo and a tariff.
const longestPack = 1 << 20

// document reads the one YAML document of a text.
func document(text []byte) (*yaml.Node, error) {
	broken := func(cause error) (*yaml.Node, error) {
		return nil, refused([]Problem{{Line: lineIn(cause), Fault: errPackSyntax.Because(cause)}})
	}
	if len(text) > longestPack {
		return nil, refused([]Problem{{Fault: errPackText}})
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	var root, more yaml.Node
	if err := d.Decode(&root); err != nil {
		return broken(err)
	}
	if err := d.Decode(&more); !errors.Is(err, io.EOF) {
		return broken(errors.New("more than one document"))
	}
	return root.Content[0], nil
}

// fields says how each field of a pack is read.
func (p *Pack) fields(r *reader) []field {
	return []field{
		{name: "code", read: r.whole(&p.Code, 1, 999)},
		{name: "names", read: r.names(&p.Names)},
		{name: "province", read: r.names(&p.Province)},
		{name: "county", read: r.text(&p.County, name)},
		{name: "accounts", read: r.accounts(p.Accounts)},
		{name: "bill", read: r.fields(
			field{name: "company", read: r.whole(&p.Bill.Company, 0, 999)},
			field{name: "prefix", read: r.whole(&p.Bill.Prefix, 1, 99)})},
		{name: "settings", optional: true, read: r.fields(
			field{name: "rollout", optional: true, read: r.fields(
				field{name: "districts", optional: true, read: r.counties(&p.Settings.Rollout.Districts)},
				field{name: "share_ppm", optional: true, read: r.whole(&p.Settings.Rollout.SharePPM, 0, 1_000_000)})},
			field{name: "order_validity_minutes", optional: true, read: r.whole(&p.Settings.OrderValidityMinutes, 5, 60)},
			field{name: "refund_threshold_rial", optional: true, read: r.whole(&p.Settings.RefundThresholdRial, 1, 1_000_000_000_000)})},
		{name: "agreement_template", optional: true, read: r.text(&p.AgreementTemplate, prose)},
		{name: "service_card", optional: true, read: r.text(&p.ServiceCard, prose)},
		{name: "logo", optional: true, read: r.text(&p.Logo, picture)},
		{name: "tariff", optional: true, read: func(n *yaml.Node, path string) {
			p.Tariff = &TariffPart{}
			r.object(n, path, []field{
				{name: "reason", read: r.text(&p.Tariff.Reason, required)},
				{name: "version", read: r.opaque(&p.Tariff.Version)},
			})
		}},
	}
}

func (r *reader) names(into *Names) func(*yaml.Node, string) {
	return r.fields(field{name: "fa", read: r.text(&into.FA, name)}, field{name: "en", read: r.text(&into.EN, name)})
}

// counties reads a list of names, each once, and puts it in order.
func (r *reader) counties(into *[]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		*into = []string{}
		r.list(n, path, func(item *yaml.Node, path string) {
			var one string
			r.text(&one, name)(item, path)
			if slices.Contains(*into, one) {
				r.fail(item, path, errPackRepeated)
			}
			*into = append(*into, one)
		})
		slices.Sort(*into)
	}
}

// accounts reads the IBANs by charge.
func (r *reader) accounts(into map[string]string) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		r.members(n, path, func(key, value *yaml.Node, path string) {
			if _, err := charge(key.Value); err != nil {
				r.fail(key, path, fault.Of(err))
			}
			var iban string
			r.text(&iban, func(cell string) (string, error) {
				number, err := identifiers.ParseIBAN(cell)
				return number.String(), err
			})(value, path)
			into[key.Value] = iban
		})
		if _, named := into[EveryCharge]; !named && n.Kind == yaml.MappingNode {
			r.fail(n, path+"."+EveryCharge, errPackMissing)
		}
	}
}

// opaque reads a mapping that somebody else understands into canonical JSON.
func (r *reader) opaque(into *json.RawMessage) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.MappingNode {
			r.fail(n, path, errPackType)
			return
		}
		value := r.value(n, path)
		body, err := json.Marshal(value)
		if err != nil {
			r.fail(n, path, errPackType.Because(err))
			return
		}
		*into = body
	}
}

// mostTariff bounds the tariff part in bytes of JSON.
const mostTariff = 128 << 10
