package main

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mofasa/tenants/identity"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
)

// demoCity has people of its own in the demo.
const demoCity = "شیراز"

// cityStaff works for demoCity.
func cityStaff() []identity.NewPerson {
	return []identity.NewPerson{
		{Username: "shiraz.editor", NameFA: "سارا مرادی", Role: identity.TariffEditor},
		{Username: "shiraz.approver", NameFA: "حمید رستگار", Role: identity.TariffApprover},
		{Username: "shiraz.cases", NameFA: "لیلا کاظمی", Role: identity.CaseOfficer},
		{Username: "shiraz.treasurer", NameFA: "بهروز صادقی", Role: identity.Treasurer},
		{Username: "shiraz.admin", NameFA: "فرزانه توکلی", Role: identity.MunicipalityAdmin},
		{Username: "shiraz.deputy", NameFA: "کامران دهقان", Role: identity.MunicipalityAdmin}, // the second person of an agreement
		{Username: "shiraz.auditor", NameFA: "الهام نوری", Role: identity.Auditor},
	}
}

// nationalStaff works for the platform.
func nationalStaff() []identity.NewPerson {
	return []identity.NewPerson{
		{Username: "national.editor", NameFA: "نوید شریفی", Role: identity.TariffEditor},
		{Username: "national.approver", NameFA: "مینا فرهمند", Role: identity.TariffApprover},
		{Username: "platform.operator", NameFA: "آرش نیک‌نام", Role: identity.PlatformOperator},
		{Username: "platform.auditor", NameFA: "پریسا جعفری", Role: identity.Auditor},
	}
}

// newStaff is who works for a city and who for the platform.
type newStaff struct {
	city string
	with identity.Enrolment
}

// inventedID is a national ID with a good check digit for somebody who is made up, the same for the same user name.
func inventedID(username string) string {
	sum := sha256.Sum256([]byte(username))
	digits := fmt.Sprintf("%09d", 100_000_000+binary.BigEndian.Uint64(sum[:8])%800_000_000)
	weighed := 0
	for i, d := range digits {
		weighed += int(d-'0') * (10 - i)
	}
	check := weighed % 11
	if check >= 2 {
		check = 11 - check
	}
	return digits + strconv.Itoa(check)
}

func (s newStaff) enrol(tx *scope.Tx) error {
	all, err := municipalities.All(tx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(m municipalities.Municipality) bool { return m.NameFA == s.city })
	if at < 0 {
		return errors.New("the built-in municipalities lack " + s.city)
	}
	city := identity.Home{Kind: identity.AtMunicipality, MunicipalityID: all[at].ID}
	for home, staff := range map[identity.Home][]identity.NewPerson{city: cityStaff(), {Kind: identity.AtPlatform}: nationalStaff()} {
		for _, person := range staff {
			person.Home, person.Password, person.NationalID = home, demoPassword, inventedID(person.Username)
			if _, err := identity.Enrol(tx, person, s.with); err != nil {
				return err
			}
		}
	}
	return nil
}

// usernames lists staff for the demo's last lines.
func usernames(staff []identity.NewPerson) string {
	var names []string
	for _, p := range staff {
		names = append(names, p.Username)
	}
	return strings.Join(names, ", ")
}
