package audit

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// columns are the cells of an exported row, in order.
var columns = [...]string{"id", "at", "owner", "actor_kind", "person_id", "person_name", "action", "target_kind", "target_id", "purpose", "details", "request_id", "about_municipality"}

// CSV writes entries as RFC 4180 with a header; times are UTC (RFC 3339). A cell that a spreadsheet would take for a formula begins with an apostrophe; JSON
// lines carry every text as it is.
type CSV struct{ w *csv.Writer }

// NewCSV writes the header.
func NewCSV(w io.Writer) (CSV, error) {
	c := CSV{w: csv.NewWriter(w)}
	return c, c.w.Write(columns[:])
}

// Write adds an entry.
func (c CSV) Write(e Entry) error {
	details, err := json.Marshal(e.Details)
	if err != nil {
		return fmt.Errorf("encode details: %w", err)
	}
	person, city := "", ""
	if e.PersonID != nil {
		person = e.PersonID.String()
	}
	if e.Municipality != 0 {
		city = strconv.Itoa(e.Municipality)
	}
	if e.Details == nil {
		details = nil
	}
	cells := []string{e.ID.String(), e.At.Format(time.RFC3339Nano), e.Owner, e.ActorKind, person, e.PersonName, e.Action, e.TargetKind, e.TargetID, e.Purpose, string(details),
		e.RequestID, city}
	for i, cell := range cells {
		cells[i] = harmless(cell)
	}
	return c.w.Write(cells)
}

// Flush writes what is buffered.
func (c CSV) Flush() error {
	c.w.Flush()
	return c.w.Error()
}

func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
