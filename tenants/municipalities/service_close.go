package municipalities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// Archive is where an export goes; Create makes a file of it.
type Archive interface {
	Create(name string) (io.WriteCloser, error)
}

// Manifest tells what an export holds; it is its file "manifest.json".
type Manifest struct {
	Municipality int            `json:"municipality"`
	Stage        Stage          `json:"stage"`
	At           time.Time      `json:"at"` // of the moment that the whole export shows
	Files        []ManifestFile `json:"files"`
}

// ManifestFile is one table: a row a line, each a JSON object.
type ManifestFile struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of the file, in hexadecimal
}

const manifestName = "manifest.json"

// Close ends a paused city's work and hands over all that is its own. While a due of it is claimed, or money is under way or under review, it is refused.
// The city is closed before anything is written, so that nothing comes after; where writing fails, Close of the closed city writes the export again.
// Errors: tenant_unknown, municipality_reason, municipality_stage, municipality_in_flight.
func (s *Service) Close(ctx context.Context, in scope.Scope, code int, reason string, into Archive) (Manifest, error) {
	err := s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		if err := holdAlone(tx, code); err != nil {
			return err
		}
		stage, err := lockStage(tx, code)
		if err != nil || stage == Closed {
			return err
		}
		busy, err := inFlight(tx, code)
		if err != nil {
			return err
		}
		if busy {
			return errInFlight
		}
		return moveTo(tx, code, Closed, reason)
	})
	if err != nil {
		return Manifest{}, err
	}
	manifest, err := s.export(ctx, code, into)
	if err != nil {
		return Manifest{}, fmt.Errorf("municipality %d is closed, but its export is not written; close it again: %w", code, err)
	}
	return manifest, s.tx.InTx(ctx, in, func(tx *scope.Tx) error {
		return audit.Write(tx, audit.Record{Action: "municipality.exported", TargetKind: "municipality", TargetID: codeText(code), Municipality: code, Details: map[string]any{"files": manifest.Files}})
	})
}

// export writes every table's rows of one moment as the city itself may read them.
func (s *Service) export(ctx context.Context, code int, into Archive) (Manifest, error) {
	manifest := Manifest{Municipality: code}
	err := s.tx.InSnapshot(ctx, scope.Municipality(code), func(tx *scope.SnapshotTx) error {
		tenant, err := tenantOf(tx.Tx, code)
		if err != nil {
			return err
		}
		manifest.Stage, manifest.At = tenant.Stage, tx.Now
		tables, err := ownTables(tx.Tx)
		if err != nil {
			return err
		}
		for _, table := range tables {
			file, err := exportTable(tx.Tx, table, code, into)
			if err != nil {
				return fmt.Errorf("export %s: %w", table.name, err)
			}
			manifest.Files = append(manifest.Files, file)
		}
		return nil
	})
	if err != nil {
		return Manifest{}, err
	}
	return manifest, writeManifest(manifest, into)
}

func writeManifest(m Manifest, into Archive) error {
	body, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	file, err := into.Create(manifestName)
	if err != nil {
		return err
	}
	if _, err := file.Write(append(body, '\n')); err != nil {
		_ = file.Close()
		return fmt.Errorf("write manifest: %w", err)
	}
	return file.Close()
}

// exportTable writes one table and counts and fingerprints what it has written.
func exportTable(tx *scope.Tx, table ownTable, code int, into Archive) (ManifestFile, error) {
	done := ManifestFile{Name: table.name + ".jsonl"}
	file, err := into.Create(done.Name)
	if err != nil {
		return done, err
	}
	sum := sha256.New()
	out := io.MultiWriter(file, sum)
	err = table.each(tx, code, func(row []byte) error {
		done.Rows++
		_, err := out.Write(append(row, '\n'))
		return err
	})
	if err != nil {
		_ = file.Close()
		return done, err
	}
	done.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return done, file.Close()
}
