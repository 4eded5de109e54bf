package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// showcaseMaker is what the VINs of showcase vehicles begin with; the last six digits count.
const showcaseMaker = "NAAM01CA9EH"

// showcase gives the plate of a showcase vehicle that nobody has begun to clear. Where all of them are, it imports one more, with the same history.
func (d *demo) showcase(ctx context.Context) (string, error) {
	free, known, err := d.showcases(ctx)
	if err != nil || len(free) > 0 {
		return strings.Join(free[:min(1, len(free))], ""), err
	}
	for n := known; ; n++ {
		plate, vin := showcaseNumber(n)
		taken, err := d.taken(ctx, plate, vin)
		if err != nil {
			return "", err
		}
		if taken {
			continue
		}
		var rows bytes.Buffer
		if err := writeFleet(&rows, 1, 0, []int{1}); err != nil {
			return "", err
		}
		file := strings.NewReplacer(showcasePlate, plate, showcaseVIN, vin).Replace(rows.String())
		_, err = importWhole(ctx, &vehicles.Importer{Runner: d.runner, ParseDay: parseDay}, strings.NewReader(file))
		return plate, err
	}
}

// showcases lists the plates of those that nobody has begun to clear, and counts all.
func (d *demo) showcases(ctx context.Context) (free []string, known int, err error) {
	err = d.runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		free = nil
		if err := tx.DB.Raw(`SELECT count(*) FROM vehicles WHERE vin LIKE ?`, showcaseMaker+"%").Row().Scan(&known); err != nil {
			return err
		}
		return tx.DB.Raw(`SELECT p.plate FROM vehicles v JOIN vehicle_plates p ON p.vehicle_id = v.id AND p.valid_to IS NULL
		  WHERE v.vin LIKE ? AND NOT EXISTS (SELECT FROM due_claims c WHERE c.vehicle_id = v.id) ORDER BY v.vin`, showcaseMaker+"%").Scan(&free).Error
	})
	return free, known, err
}

func (d *demo) taken(ctx context.Context, plate, vin string) (taken bool, err error) {
	err = d.runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT EXISTS (SELECT FROM vehicle_plates WHERE plate = ?) OR EXISTS (SELECT FROM vehicles WHERE vin = ?)`, plate, vin).Row().Scan(&taken)
	})
	return taken, err
}

// showcaseNumber is the n-th showcase vehicle: the plate counts up from the first one in digits from 1 to 9, letter and region stay.
func showcaseNumber(n int) (plate, vin string) {
	first := []rune(showcasePlate)
	letter, region := string(first[2]), string(first[6:])
	value := 0
	for _, digit := range string(first[:2]) + string(first[3:6]) {
		value = value*9 + int(digit-'1')
	}
	digits := [5]byte{}
	for i, rest := 4, value+n; i >= 0; i, rest = i-1, rest/9 {
		digits[i] = byte('1' + rest%9)
	}
	serial, _ := strconv.Atoi(strings.TrimPrefix(showcaseVIN, showcaseMaker))
	return string(digits[:2]) + letter + string(digits[2:]) + region, fmt.Sprintf("%s%06d", showcaseMaker, (serial+n)%1_000_000)
}

// nextPlates are vehicles of the fleet that owe several cities, to try in the portal.
func (d *demo) nextPlates(ctx context.Context) (string, error) {
	var found []string
	err := d.runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		found = nil
		return tx.DB.Raw(`SELECT p.plate FROM vehicle_plates p JOIN vehicle_residences r ON r.vehicle_id = p.vehicle_id JOIN vehicles v ON v.id = p.vehicle_id
		  WHERE p.valid_to IS NULL AND v.class = ? AND NOT EXISTS (SELECT FROM due_claims c WHERE c.vehicle_id = v.id)
		  GROUP BY p.plate HAVING count(DISTINCT r.residence) > 1 ORDER BY count(*) DESC, p.plate LIMIT 3`, string(vehicles.PassengerCar)).Scan(&found).Error
	})
	for i, plate := range found {
		found[i] = steady(plate)
	}
	return strings.Join(found, ", "), err
}

// read scans one row, seen by the platform.
func (d *demo) read(ctx context.Context, query string, into ...any) error {
	return d.runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error { return tx.DB.Raw(query).Row().Scan(into...) })
}
