package main

import (
	"errors"
	"fmt"

	"mofasa/tenants/vehicles"
)

// vinAlphabet is every character of a VIN (ISO 3779).
const vinAlphabet = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"

// vinYears are the codes of the tenth character from the year 2000 on (ISO 3779); they repeat every 30 years.
const vinYears = "Y123456789ABCDEFGHJKLMNPRSTVWX"

// vinOf is the VIN of the i-th vehicle: maker, model, the millions of i, year, plant and the rest of i.
func vinOf(t *fleetType, modelYear, i int) string {
	millions := i / 1_000_000
	year := vinYears[(modelYear+621-2000+30)%30]
	return fmt.Sprintf("%s%s%c%c%cT%06d", t.maker, t.model, vinAlphabet[millions/33%33], vinAlphabet[millions%33], year, i%1_000_000)
}

var errNoPlates = errors.New("a fleet of this size needs more plates than there are")

// plateLetters are the letters of a car's plate by usage (Traffic Police).
var plateLetters = map[vehicles.Usage][]string{
	vehicles.Private:      {"ب", "ج", "د", "س", "ص", "ط", "ق", "ل", "م", "ن", "و", "ه", "ی"},
	vehicles.Taxi:         {"ت"},
	vehicles.Public:       {"ع"},
	vehicles.Government:   {"الف"},
	vehicles.Agricultural: {"ک"},
}

// motorcycleRegions are some of the regions in use.
var motorcycleRegions = []int{111, 112, 113, 114, 115, 116, 117, 118, 119, 121, 122, 123, 124, 125, 126, 127, 128, 129, 131, 132, 133, 134, 135, 136, 137, 138,
	531, 532, 533, 534, 535, 561, 562, 563, 564, 565, 566, 567, 568, 569, 687, 688, 689, 691, 692, 693, 694, 695, 696, 697, 761, 762, 763, 764, 765, 766, 767, 768, 769}

// plates gives out each plate once, in an order that looks random: multiplying by a prime that does not divide the number of plates permutes them.
type plates struct {
	seed  uint64
	given map[string]uint64 // by the first letter that the plate may bear
}

const stride = 1_000_000_007

func newPlates(seed uint64) *plates { return &plates{seed: seed % stride, given: map[string]uint64{}} }

func (p *plates) next(t *fleetType, usage vehicles.Usage) (string, error) {
	if t.class == vehicles.Motorcycle {
		return p.motorcycle()
	}
	letters := plateLetters[usage]
	for {
		n, err := p.draw(letters[0], 81*729*90*uint64(len(letters)))
		if err != nil {
			return "", err
		}
		region, rest := 10+n%90, n/90
		letter, rest := letters[rest%uint64(len(letters))], rest/uint64(len(letters))
		plate := fmt.Sprintf("%d%d%s%d%d%d%d", 1+rest/6561%9, 1+rest/729%9, letter, 1+rest/81%9, 1+rest/9%9, 1+rest%9, region)
		if plate != showcasePlate {
			return plate, nil
		}
	}
}

func (p *plates) motorcycle() (string, error) {
	n, err := p.draw("", uint64(len(motorcycleRegions))*65_610)
	if err != nil {
		return "", err
	}
	serial, region := n%65_610, motorcycleRegions[n/65_610]
	last, rest := serial%10, serial/10 // zero stands last only
	return fmt.Sprintf("%d%d%d%d%d%d", region, 1+rest/729%9, 1+rest/81%9, 1+rest/9%9, 1+rest%9, last), nil
}

func (p *plates) draw(group string, space uint64) (uint64, error) {
	i := p.given[group]
	if i >= space {
		return 0, errNoPlates
	}
	p.given[group]++
	return (i*stride + p.seed) % space, nil
}
