package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mofasa/tenants/vehicles"
)

// vehicleTables are what an import of vehicles fills, in the order of their references.
var vehicleTables = []string{"vehicles", "vehicle_plates", "vehicle_residences"}

const benchFleetSeed = 200_000

// measureImport imports the fleet from a file, and then copies the rows that it made into tables with the same columns and indexes.
// Both rates count the rows of the file, so that their ratio is one of times.
func (b *bench) measureImport(ctx context.Context) (figure, error) {
	if err := importDefaults(ctx, b.runner); err != nil {
		return figure{}, err
	}
	file, err := b.fleetFile(ctx)
	if err != nil {
		return figure{}, err
	}
	defer file.Close()
	b.say("importing %s", count(b.vehicles, "vehicle"))
	began := time.Now()
	report, err := importWhole(ctx, &vehicles.Importer{Runner: b.runner, ParseDay: parseDay}, file)
	if err != nil {
		return figure{}, err
	}
	ours := time.Since(began)
	b.say("copying the same rows")
	limit, err := b.copyRows(ctx)
	if err != nil {
		return figure{}, err
	}
	rows := float64(report.Read)
	return figure{Name: "import.vehicles", Value: rows / ours.Seconds(), Unit: "rows/s", Limit: "COPY, same columns, same indexed tables", LimitValue: rows / limit.Seconds()},
		run(ctx, b.config.DatabaseOwnerURL, `VACUUM (ANALYZE)`)
}

func (b *bench) fleetFile(ctx context.Context) (*os.File, error) {
	codes, err := cityCodes(ctx, b.runner)
	if err != nil {
		return nil, err
	}
	file, err := os.Create(filepath.Join(b.folder, "fleet.csv"))
	if err != nil {
		return nil, err
	}
	if err := writeFleet(file, b.vehicles, benchFleetSeed, codes); err != nil {
		return nil, err
	}
	_, err = file.Seek(0, 0)
	return file, err
}

// copyRows times COPY of all three tables in one transaction.
func (b *bench) copyRows(ctx context.Context) (time.Duration, error) {
	var dump, load, made, dropped strings.Builder
	dump.WriteString("SELECT enter_scope('platform', NULL, NULL, NULL, NULL, NULL, NULL, now());\n")
	for _, table := range vehicleTables {
		file := filepath.Join(b.folder, table+".copy")
		fmt.Fprintf(&dump, "\\copy (SELECT * FROM %s) TO '%s'\n", table, file)
		fmt.Fprintf(&made, "CREATE TABLE bench_%s (LIKE %s INCLUDING ALL);\n", table, table)
		fmt.Fprintf(&load, "\\copy bench_%s FROM '%s'\n", table, file)
		fmt.Fprintf(&dropped, "DROP TABLE bench_%s;\n", table)
	}
	if err := b.psqlFile(ctx, b.config.DatabaseURL, dump.String()); err != nil {
		return 0, err
	}
	if err := b.psqlFile(ctx, b.config.DatabaseOwnerURL, made.String()); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := b.psqlFile(ctx, b.config.DatabaseOwnerURL, load.String()); err != nil {
		return 0, err
	}
	took := time.Since(began)
	return took, b.psqlFile(ctx, b.config.DatabaseOwnerURL, dropped.String())
}
