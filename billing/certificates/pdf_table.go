package certificates

import (
	"cmp"
	"strconv"

	"mofasa/billing/money"
)

// The table fills the space that is left: rows are rowMost high, or as low as their number asks for.
const (
	tableEnd   = 208.0 // the lowest place of the last row's end
	rowMost    = 8.5
	headHeight = 7.0
	cellPad    = 1.5
)

// column is one column of the table, from right to left.
type column struct {
	head  string
	right float64 // its right side on the page
	width float64
	ltr   bool
	bold  bool
	text  func(i int, due Due) string
}

// columns fill the printed width exactly.
var columns = []column{
	{head: "ردیف", right: edgeRight, width: 8, text: func(i int, _ Due) string { return money.PersianDigits(strconv.Itoa(i + 1)) }},
	{head: "شهرداری", right: edgeRight - 8, width: 25, bold: true, text: func(_ int, d Due) string { return d.MunicipalityNameFA }},
	{head: "استان", right: edgeRight - 33, width: 24, text: func(_ int, d Due) string { return d.ProvinceFA }},
	{head: "سال‌های عوارض", right: edgeRight - 57, width: 30, text: func(_ int, d Due) string { return Years(d.FiscalYears) }},
	{head: "مبلغ (ریال)", right: edgeRight - 87, width: 25, bold: true, text: func(_ int, d Due) string { return money.Rial(d.AmountRial).Persian() }},
	{head: "شناسه قبض", right: edgeRight - 112, width: 24, ltr: true, text: func(_ int, d Due) string { return digitsText(d.BillID) }},
	{head: "شناسه پرداخت", right: edgeRight - 136, width: 21, ltr: true, text: func(_ int, d Due) string { return digitsText(d.PaymentID) }},
	{head: "شماره پیگیری", right: edgeRight - 157, width: 21, ltr: true, text: func(_ int, d Due) string { return digitsText(d.Tracking) }},
}

// drawDues lists what was paid and sums it up; y is the end of what stands above.
func (s *sheet) drawDues(y float64) {
	top := y + 11
	s.right(edgeRight, top-3.2, label{text: "پرداخت‌ها به تفکیک شهرداری", size: 10.5, bold: true})
	rows := float64(len(s.doc.Dues))
	height := min(rowMost, (tableEnd-top-headHeight)/rows)
	end := top + headHeight + height*rows

	s.rect(edgeLeft, top, inner, headHeight, brush{fill: tint})
	for _, c := range columns {
		s.cell(c, top, headHeight, label{text: c.head, size: 8.5, bold: true})
		if c.right < edgeRight {
			s.rule(c.right, top, c.right, end, 0.15)
		}
	}
	for i, due := range s.doc.Dues {
		rowTop := top + headHeight + height*float64(i)
		s.rule(edgeLeft, rowTop, edgeRight, rowTop, 0.15)
		s.drawRow(i, due, rowTop, height)
	}
	s.rect(edgeLeft, top, inner, end-top, brush{ink: black, line: 0.3})
	s.drawTotal(end)
}

// drawRow sets one due; its type follows the row's height.
func (s *sheet) drawRow(i int, due Due, top, height float64) {
	const most, fill = 9.0, 0.68
	size := min(most, fill*height/mmPerPoint)
	for _, c := range columns {
		s.cell(c, top, height, label{text: c.text(i, due), size: size, bold: c.bold, ltr: c.ltr})
	}
}

// cell centres a label in a column; a dash says that there is nothing to show.
func (s *sheet) cell(c column, top, height float64, l label) {
	l.text = cmp.Or(l.text, "—")
	l.room = c.width - 2*cellPad
	s.block(c.right-c.width/2, top+height/2, height, l, s.centre)
}

// drawTotal states the sum in digits and in words, and the payment that it belongs to.
func (s *sheet) drawTotal(top float64) {
	const height, amountRoom = 9.0, 62.0
	s.rect(edgeLeft, top, inner, height, brush{fill: tint})
	s.rect(edgeLeft, top, inner, height, brush{ink: black, line: 0.3})
	baseline := top + height/2 + capRise*10*mmPerPoint
	s.right(edgeRight-3, baseline, label{text: "جمع کل", size: 10.5, bold: true})
	s.right(edgeRight-22, baseline, label{size: 11.5, bold: true, room: amountRoom,
		text: money.Rial(s.doc.TotalRial).Persian() + " ریال"})
	const half = edgeLeft + inner/2 - 8
	used := s.right(half, baseline, label{text: "شماره مرجع درگاه:", size: 9.5, ink: soft}) + 1.6
	s.block(half-used, top+height/2, height,
		label{text: cmp.Or(digitsText(s.doc.PaymentReference), "—"), ltr: true, size: 9.5, room: half - used - edgeLeft - 3}, s.right)
	s.pair(edgeRight-3, top+height+6.5, "به حروف", label{text: Words(s.doc.TotalRial) + " ریال", size: 9.5, room: inner - 6})
}

// modelYear is blank for an unknown year.
func modelYear(year int) string {
	if year == 0 {
		return ""
	}
	return strconv.Itoa(year)
}
