// Package packs knows what a tenant pack says of tariffs, which the tenants' own package may not: which charges there are, and how the tariff part becomes a
// draft. It decides nothing about an amount and publishes nothing.
package packs

import (
	"maps"
	"slices"

	"github.com/google/uuid"

	"mofasa/billing/tariffs"
	"mofasa/tenants/fault"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

// NewService gives the tenants' use cases with packs that are checked and drafted here.
func NewService(tx *scope.Runner) *municipalities.Service {
	return municipalities.NewService(tx, municipalities.Laws{Check: Check, Draft: draft})
}

// Check names every account that stands under no charge, and what is wrong in the tariff part: the codes of tariffs.Parse.
func Check(p *municipalities.Pack) (problems []municipalities.Problem) {
	for _, charge := range slices.Sorted(maps.Keys(p.Accounts)) {
		if charge != municipalities.EveryCharge && !slices.Contains(tariffs.Charges(), tariffs.Charge(charge)) {
			problems = append(problems, municipalities.Problem{Path: "accounts." + charge, Fault: municipalities.ErrCharge})
		}
	}
	if p.Tariff == nil {
		return problems
	}
	if _, err := tariffs.Proposed(p.Code, p.Tariff.Version); err != nil {
		problems = append(problems, municipalities.Problem{Path: inVersion(err), Fault: tariffFault(err)})
	}
	return problems
}

// inVersion is the path of a tariff's fault in the pack.
func inVersion(err error) string {
	const at = "tariff.version"
	if f := fault.Of(err); f != nil && len(f.Fields) > 0 {
		return at + "." + f.Fields[len(f.Fields)-1].Name
	}
	return at
}

// tariffFault never is nil: what has no public meaning is a text that cannot be read.
func tariffFault(err error) *fault.Error {
	if f := fault.Of(err); f != nil {
		return f
	}
	return municipalities.ErrTariff.Because(err)
}

// draft keeps the draft of an unchanged tariff part, whatever its readers have made of it since.
func draft(tx *scope.Tx, c municipalities.TariffChange) (uuid.UUID, error) {
	if c.Was.Same(c.Now) {
		return c.Draft, nil
	}
	var proposal *tariffs.Proposal
	if c.Now != nil {
		proposal = &tariffs.Proposal{Text: c.Now.Version, Reason: c.Now.Reason}
	}
	return tariffs.Propose(tx, c.Code, c.Draft, proposal)
}
