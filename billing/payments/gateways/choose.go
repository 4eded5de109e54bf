package gateways

import (
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/billing/payments/gateway"
)

// line is a terminal with what it can be sent.
type line struct {
	gateway.Gateway
	settings Settings
}

// takes tells whether the parts, with a fee, fit into one payment over the terminal: its limits, the share of its own account, and the accounts that it knows.
func (l line) takes(parts []payments.Part, fee *payments.Fee) bool {
	r := gateway.StartRequest{MerchantReference: "fit", CallbackURL: "https://fit.invalid"}
	for _, p := range parts {
		r.Splits = append(r.Splits, gateway.Split{IBAN: p.IBAN, Amount: p.Amount})
	}
	if fee != nil {
		r.Splits = append(r.Splits, gateway.Split{IBAN: fee.IBAN, Amount: fee.Amount})
	}
	for _, split := range r.Splits {
		if l.Provider() == Mellat && !l.reaches(split.IBAN, len(r.Splits)) {
			return false
		}
		var err error
		if r.Amount, err = r.Amount.Add(split.Amount); err != nil {
			return false
		}
	}
	return l.Limits().Check(r) == nil
}

// reaches tells whether Mellat's terminal can send money to an account: its own gets an undivided payment, others need a number.
func (l line) reaches(iban string, rows int) bool {
	return l.settings.SubServices[iban] != 0 || rows == 1 && iban == l.settings.OwnAccount
}

// market is which terminals there are at one moment: those of cities, and the platform's in the order in which they are tried.
type market struct {
	cities   map[int]line
	platform []line
}

// of picks the terminal of one city's parts with a fee: its own where they fit into it, else the platform's.
func (m market) of(city int, parts []payments.Part, fee *payments.Fee) (line, bool) {
	candidates := m.platform
	if own, found := m.cities[city]; found {
		candidates = append([]line{own}, candidates...)
	}
	for _, l := range candidates {
		if l.takes(parts, fee) {
			return l, true
		}
	}
	return line{}, false
}

// choose picks which terminal takes the next payment of some parts, which are in the order of cities, and of which cities: the first city that any terminal can take
// together with the fee, and all after it that fit beside it into the same payment. Where no terminal takes any, it is the standard one, of any cities: whoever
// cuts the payment then says why it cannot be.
func (m market) choose(parts []payments.Part, fee *payments.Fee) (to line, cities []int) {
	found := false
	var together []payments.Part
	for len(parts) > 0 {
		city := parts[0].MunicipalityID
		n := 0
		for n < len(parts) && parts[n].MunicipalityID == city {
			n++
		}
		own := parts[:n]
		parts = parts[n:]
		l, ok := m.of(city, own, fee)
		switch {
		case !ok:
			continue
		case !found:
			to, found = l, true
		case l.Gateway != to.Gateway:
			continue
		}
		if joint := append(together[:len(together):len(together)], own...); to.takes(joint, fee) {
			together, cities = joint, append(cities, city)
		}
	}
	if !found {
		return m.platform[len(m.platform)-1], nil
	}
	return to, cities
}

// sample is an amount that every provider takes.
const sample money.Rial = 10_000_000

// serves tells whether a terminal may take the bills of its home: a city's own must be able to send money to each of the city's accounts, and the platform's must leave
// nothing with an account of its own, since the money is never the platform's.
func (l line) serves(home int, accounts []string) bool {
	if home == 0 {
		limits := l.Limits()
		return limits.OwnPercent == 0 && limits.MaxSplits > 1
	}
	for _, iban := range accounts {
		if !l.takes([]payments.Part{{IBAN: iban, Amount: sample}}, nil) {
			return false
		}
	}
	return true
}
