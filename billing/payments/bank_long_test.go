package payments_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/stdlib"

	"mofasa/billing/bills"
	"mofasa/billing/money"
	"mofasa/billing/payments"
	"mofasa/migrations/pgtest"
	"mofasa/tenants/scope"
)

var longFile = flag.Int("lines", 1_500, "lines of the long bank file of TestALongBankFile; each is an open bill")

// planted is a bill as the database takes it.
type planted struct {
	Order   uuid.UUID `json:"id"`
	Vehicle uuid.UUID `json:"vehicle"`
	Bill    uuid.UUID `json:"bill"`
	VIN     string    `json:"vin"`
	Number  string    `json:"bill_id"`
	Payment string    `json:"payment_id"`
}

// plant copies an order with its first bill, for as many cars as there are numbers.
func (c *counter) plant(o bills.Order, from, to int) {
	c.Helper()
	b := o.Bills[0]
	rows := make([]planted, 0, to-from)
	for i := from; i < to; i++ {
		bill := asking(c.T, 20_000_000+i, b.Municipality.ID, b.Amount)
		rows = append(rows, planted{newID(), newID(), newID(), fmt.Sprintf("NAP422100J%07d", i), string(bill.Pair.Bill), string(bill.Pair.Payment)})
	}
	body, err := json.Marshal(rows)
	if err != nil {
		c.Fatal(err)
	}
	c.platform(func(tx *scope.Tx) error {
		const of = ` FROM json_to_recordset(?::json) AS n(id uuid, vehicle uuid, bill uuid, vin text, bill_id text, payment_id text), `
		for _, statement := range []string{
			`INSERT INTO vehicles (id, vin, class, usage, fuel, origin, cylinders, type_code, model_year, first_registered)
			  SELECT n.vehicle, n.vin, x.class, x.usage, x.fuel, x.origin, x.cylinders, x.type_code, x.model_year, x.first_registered` + of + `vehicles x WHERE x.id = (SELECT vehicle_id FROM orders WHERE id = ?)`,
			`INSERT INTO orders (id, office_id, person_id, vehicle_id, inquiry_id, plate, total_rial, state, created_at, valid_until)
			  SELECT n.id, x.office_id, x.person_id, n.vehicle, x.inquiry_id, x.plate, ` + fmt.Sprint(int64(b.Amount)) + `, x.state, x.created_at, x.valid_until` + of + `orders x WHERE x.id = ?`,
			`INSERT INTO bills (municipality_id, id, office_id, order_id, vehicle_id, bill_id, payment_id, amount_rial, state, issued_at, valid_until)
			  SELECT x.municipality_id, n.bill, x.office_id, n.id, n.vehicle, n.bill_id, n.payment_id, x.amount_rial, x.state, x.issued_at, x.valid_until` + of + `bills x WHERE x.id = ?`,
			`INSERT INTO bill_dues (municipality_id, bill_id, fiscal_year, office_id, vehicle_id, amount_rial, lines, cites, assessed_on)
			  SELECT x.municipality_id, n.bill, x.fiscal_year, x.office_id, n.vehicle, x.amount_rial, x.lines, x.cites, x.assessed_on` + of + `bill_dues x WHERE x.bill_id = ?`,
			`INSERT INTO due_claims (municipality_id, vehicle_id, fiscal_year, office_id, order_id, state, amount_rial, claimed_until)
			  SELECT x.municipality_id, n.vehicle, x.fiscal_year, x.office_id, n.id, x.state, x.amount_rial, x.claimed_until` + of + `due_claims x
			  WHERE (x.municipality_id, x.order_id) = (SELECT municipality_id, order_id FROM bills WHERE id = ?)`,
		} {
			id := b.ID
			if strings.HasPrefix(statement, "INSERT INTO vehicles") || strings.HasPrefix(statement, "INSERT INTO orders") {
				id = o.ID
			}
			if err := tx.DB.Exec(statement, string(body), id).Error; err != nil {
				return err
			}
		}
		return nil
	})
}

// writeLong writes a file of the planted bills to the disk.
func (c *counter) writeLong(b bills.Bill, lines int) string {
	c.Helper()
	path := filepath.Join(c.TempDir(), "long.txt")
	out, err := os.Create(path)
	if err != nil {
		c.Fatal(err)
	}
	defer out.Close()
	fmt.Fprint(out, header(b.Amount*money.Rial(lines), lines))
	for i := range lines {
		bill := asking(c.T, 20_000_000+i, b.Municipality.ID, b.Amount)
		fmt.Fprintf(out, "00000159050828%013s%013s%06d\r\n", zeros(string(bill.Pair.Bill)), zeros(string(bill.Pair.Payment)), i%1_000_000)
	}
	return path
}

func zeros(digits string) string { return strings.Repeat("0", 13-len(digits)) + digits }

// peak watches how much of the heap lives, until it is stopped.
func peak() (stop func() uint64) {
	var most atomic.Uint64
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse))
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() uint64 { close(done); <-ended; return most.Load() }
}

// imported reads a file of the disk, and tells how long it takes and how much of the heap it needs, in MB.
func (c *counter) imported(path string) (payments.BankFile, time.Duration, uint64, error) {
	c.Helper()
	file, err := os.Open(path)
	if err != nil {
		c.Fatal(err)
	}
	defer file.Close()
	runtime.GC()
	stop, began := peak(), time.Now()
	f, err := c.payments.ImportBankFile(c.as(asks), filepath.Base(path), file)
	return f, time.Since(began), stop() >> 20, err
}

// mostHeap is what an import may hold at once, in MB, with the test's own program: as much for a million lines as for a thousand.
const mostHeap = 64

// TestALongBankFile pays a car's bill with every line, and then has all of them told again in another file. How long it takes is told beside a COPY of the same rows.
func TestALongBankFile(t *testing.T) {
	c := newCounter(t)
	o := c.order(cashierA, 0)
	for from := 0; from < *longFile; from += 10_000 {
		c.plant(o, from, min(from+10_000, *longFile))
	}
	path := c.writeLong(o.Bills[0], *longFile)
	f, captured, heap, err := c.imported(path)
	if err != nil || f.Captured != *longFile || f.FinishedAt.IsZero() || heap > mostHeap {
		t.Fatalf("%+v, %d MB, %v", f, heap, err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again.txt")
	if err := os.WriteFile(again, bytes.Replace(body, []byte("17050829"), []byte("17050830"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	f, repeated, heap, err := c.imported(again)
	if err != nil || f.Repeated != *longFile || heap > mostHeap {
		t.Fatalf("%+v, %d MB, %v", f, heap, err)
	}
	copied := c.copied()
	perSecond := func(took time.Duration) float64 { return float64(*longFile) / took.Seconds() }
	t.Logf("%d lines: captured %.0f a second, told before %.0f, COPY of their rows %.0f: ratios %.4f and %.4f", *longFile, perSecond(captured), perSecond(repeated), perSecond(copied),
		copied.Seconds()/captured.Seconds(), copied.Seconds()/repeated.Seconds())
}

// copied is how long PostgreSQL needs to COPY the rows of the first file's lines into a bare table.
func (c *counter) copied() time.Duration {
	c.Helper()
	owner := pgtest.Open(c.T, c.owner)
	conn, err := owner.Conn(c.Context())
	if err != nil {
		c.Fatal(err)
	}
	defer conn.Close()
	var took time.Duration
	err = conn.Raw(func(driver any) error {
		pg := driver.(*stdlib.Conn).Conn()
		var rows bytes.Buffer
		if _, err := pg.Exec(c.Context(), `ALTER TABLE bank_lines NO FORCE ROW LEVEL SECURITY; CREATE TABLE bare (LIKE bank_lines)`); err != nil {
			return err
		}
		if _, err := pg.PgConn().CopyTo(c.Context(), &rows, `COPY (SELECT * FROM bank_lines WHERE outcome = 'captured') TO STDOUT`); err != nil {
			return err
		}
		began := time.Now()
		done, err := pg.PgConn().CopyFrom(c.Context(), &rows, `COPY bare FROM STDIN`)
		if took = time.Since(began); err == nil && done.RowsAffected() != int64(*longFile) {
			err = fmt.Errorf("%d rows", done.RowsAffected())
		}
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	return took
}

// TestAMillionLinesAreReadInPlace: a file's totals are proven over a million lines without holding them.
func TestAMillionLinesAreReadInPlace(t *testing.T) {
	c := newCounter(t)
	const lines = 1_000_000
	path := filepath.Join(t.TempDir(), "million.txt")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	into := bufio.NewWriter(out)
	fmt.Fprint(into, header(1_000, lines)) // not what the lines sum to
	for i := range lines {
		fmt.Fprintf(into, "00000159050828%s%06d\r\n", "00000000000000000000000000", i)
	}
	if err := errors.Join(into.Flush(), out.Close()); err != nil {
		t.Fatal(err)
	}
	_, took, heap, err := c.imported(path)
	refused(t, err, "bank_file_totals")
	if heap > mostHeap {
		t.Errorf("%d MB", heap)
	}
	t.Logf("%.0f lines a second, %d MB", lines/took.Seconds(), heap)
}
