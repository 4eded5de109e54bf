package sim

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"mofasa/billing/calendar"
)

// fileLayout is one of the two layouts of a bank's return file, which differ in the width of their dates.
type fileLayout struct {
	yearDigits int // of a date
	name       func(letters, date, company string) string
}

// layouts by the names in the address. Layout B's name ends in the company's code.
func layouts() map[string]fileLayout {
	return map[string]fileLayout{
		"a": {2, func(letters, date, _ string) string { return letters + date + ".txt" }},
		"b": {4, func(letters, date, company string) string { return letters + date + "." + company }},
	}
}

// bankLetters are the codes that file names begin with; Shahr (61) has none that is known.
func bankLetters(bank string) string {
	letters := map[string]string{
		"11": "SAM", "12": "MLT", "13": "REF", "14": "MSK", "15": "SEP", "16": "KSH", "17": "MLI", "18": "TEJ", "19": "SDT", "20": "TOS", "21": "PST",
		"53": "KAR", "54": "PAR", "55": "EQN", "56": "SMN", "57": "PSG", "58": "SRM",
	}
	return or(letters[bank], "BNK")
}

// handleFile gives the return file of one bank (query bank, 17 if none) for one company and one day of sending: GET /_sim/files/a/14050829?company=009.
// The company may be missing where the day has one only. fault=truncated_line cuts the last line.
func (s *Server) handleFile(w http.ResponseWriter, r *http.Request) {
	layout, known := layouts()[r.PathValue("layout")]
	date, ok := fileDate(r.PathValue("date"))
	query := r.URL.Query()
	fault := query.Get("fault")
	if !known || !ok || fault != "" && fault != truncatedLine {
		http.Error(w, "file: layout is a or b, date yyyymmdd of the Persian calendar, fault "+truncatedLine, http.StatusNotFound)
		return
	}
	bank := or(query.Get("bank"), "17")
	rows, company := s.sentOn(date, bank, query.Get("company"))
	if len(rows) == 0 {
		http.Error(w, "file: no payments of one company on that day", http.StatusNotFound)
		return
	}
	if fault == truncatedLine {
		rows[len(rows)-1].Fault = truncatedLine
	}
	w.Header().Set("Content-Type", "text/plain; charset=us-ascii")
	w.Header().Set("Content-Disposition", `attachment; filename="`+layout.name(bankLetters(bank), layout.date(date), company)+`"`)
	io.WriteString(w, layout.file(rows, date))
}

// sentOn lists a bank's payments of one company and day of sending. Without a company all of them must have the same.
func (s *Server) sentOn(date calendar.Date, bank, company string) ([]BillPayment, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows []BillPayment
	for _, paid := range s.bills {
		if paid.Sent != date || paid.Bank != bank || company != "" && paid.company() != company {
			continue
		}
		rows = append(rows, paid)
	}
	for _, paid := range rows {
		if paid.company() != rows[0].company() {
			return nil, ""
		}
		company = paid.company()
	}
	return rows, company
}

// fileDate reads yyyymmdd of the Persian calendar.
func fileDate(text string) (calendar.Date, bool) {
	const digits = 8
	if len(text) != digits || strings.Trim(text, "0123456789") != "" {
		return calendar.Date{}, false
	}
	date, err := calendar.NewDate(int(number(text[:4])), int(number(text[4:6])), int(number(text[6:])))
	return date, err == nil
}

// file writes a header and one line for each payment, each closed by CRLF. The header's total is in thousand rial.
func (l fileLayout) file(rows []BillPayment, date calendar.Date) string {
	var total int64
	for _, paid := range rows {
		total += paid.Amount / magicUnit
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s%s%s%s%010d%08d\r\n", rows[0].service(), rows[0].company(), rows[0].Bank, l.date(date), total, len(rows))
	for _, paid := range rows {
		line := paid.Branch + paid.Channel + l.date(paid.Date) + fmt.Sprintf("%013d%013d", number(paid.BillID), number(paid.PaymentID)) + paid.Reference
		if paid.Fault == truncatedLine {
			line = line[:len(line)/2]
		}
		b.WriteString(line + "\r\n")
	}
	return b.String()
}

func (l fileLayout) date(date calendar.Date) string {
	text := fmt.Sprintf("%04d%02d%02d", date.Year, date.Month, date.Day)
	return text[4-l.yearDigits:]
}
