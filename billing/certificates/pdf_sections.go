package certificates

import (
	"cmp"
	"strings"

	"mofasa/billing/calendar"
	"mofasa/billing/money"
)

// title is the name of the paper in the words of the municipalities.
const title = "گواهی پرداخت عوارض سالانه خودرو"

// The printed area, and the lines of the page that never move.
const (
	edgeLeft  = 16.0
	edgeRight = pageWidth - edgeLeft
	middle    = pageWidth / 2
	inner     = edgeRight - edgeLeft

	headRule = 40.0
	proofTop = 229.0
)

// drawFrame draws the double border of an official paper, inside what office printers reach.
func (s *sheet) drawFrame() {
	s.rect(8, 8, pageWidth-16, pageHeight-16, brush{ink: black, line: 0.6})
	s.rect(9.4, 9.4, pageWidth-18.8, pageHeight-18.8, brush{ink: hair, line: 0.15})
}

// drawHead is the letterhead: who issued at the right, what in the middle, number and date at the left.
func (s *sheet) drawHead() {
	const side, numberRight = 54.0, edgeLeft + 48
	s.centre(middle, 25, label{text: "مفاصا", size: 26, bold: true})
	s.centre(middle, 34.5, label{text: title, size: 12.5, bold: true, room: 64})

	s.right(edgeRight, 17, label{text: "دفتر صادرکننده", size: 8.5, ink: soft})
	s.block(edgeRight, 24, 11, label{text: cmp.Or(s.doc.OfficeName, "—"), size: 10.5, bold: true, room: side}, s.right)
	s.pair(edgeRight, 34, "شماره پروانه", label{text: cmp.Or(digitsText(s.doc.OfficeLicence), "—"), size: 9.5, room: side})

	s.right(numberRight, 17, label{text: "شماره گواهی", size: 8.5, ink: soft})
	s.right(numberRight, 25.2, label{text: string(s.doc.Serial), size: 11.5, bold: true, ltr: true, room: numberRight - edgeLeft})
	s.pair(numberRight, 34, "تاریخ صدور",
		label{text: calendar.DateOf(s.doc.IssuedAt).Persian(), size: 9.5, room: numberRight - edgeLeft})

	s.rule(edgeLeft, headRule, edgeRight, headRule, 0.5)
	s.rule(edgeLeft, headRule+0.9, edgeRight, headRule+0.9, 0.15)
}

// drawStatement says what the paper certifies, and about which municipalities; y is the end of what stands above.
func (s *sheet) drawStatement(y float64) (end float64) {
	const leading = 7.2
	year := calendar.FiscalYear(s.doc.ThroughFiscalYear)
	scope := "به هیچ شهرداری بدهی ندارد."
	if !s.doc.AllMunicipalities {
		scope = "به شهرداری‌های نام‌برده در جدول بدهی ندارد. این گواهی درباره شهرداری‌های دیگر نیست."
	}
	next := s.paragraph(edgeRight, y+8.6, leading, label{size: 11.5, room: inner, text: "گواهی می‌شود عوارض سالانه خودرویی " +
		"با مشخصات زیر، به شرح جدول، پرداخت شده است و این خودرو تا پایان سال " + year.Persian() + " (" +
		year.End().Persian() + ") بابت عوارض سالانه " + scope})
	return next - leading
}

// drawVehicle shows the plate and the facts by which the vehicle is recognised.
func (s *sheet) drawVehicle(y float64) (end float64) {
	const height, split, side, plateWidth = 40.0, 26.0, 84.0, 76.0
	top := y + 6.8
	end = top + height
	s.drawPlate(edgeLeft+side/2, top+split/2, plateWidth)
	s.rule(edgeLeft, top+split, edgeLeft+side, top+split, 0.15)
	s.centre(edgeLeft+side/2, top+split+9, label{bold: true, size: 15, room: side - 6,
		text: "تسویه تا پایان سال " + yearText(s.doc.ThroughFiscalYear)})

	facts := s.facts()
	pitch := height / float64(len(facts)+1)
	for i, fact := range facts {
		s.pair(edgeRight-4, top+pitch*(float64(i)+1)+1.2, fact.key, fact.value)
	}
	s.rule(edgeLeft+side, top, edgeLeft+side, end, 0.15)
	s.rect(edgeLeft, top, inner, height, brush{ink: black, line: 0.3})
	return end
}

// fact is one line of the vehicle's description.
type fact struct {
	key   string
	value label
}

// facts lists what is known; at most seven lines.
func (s *sheet) facts() []fact {
	v := s.doc.Vehicle
	all := []fact{
		{"شناسه خودرو (VIN)", label{text: v.VIN, ltr: true}},
		{"شماره موتور", label{text: v.EngineNo, ltr: true}},
		{"شماره شاسی", label{text: v.ChassisNo, ltr: true}},
		{"نوع", label{text: v.TypeName}},
		{"گروه", label{text: v.ClassFA}},
		{"سال ساخت", label{text: money.PersianDigits(modelYear(v.ModelYear))}},
		{"مالک", label{text: s.doc.OwnerMasked}},
	}
	var known []fact
	for _, f := range all {
		if f.value.text == "" {
			continue
		}
		f.value.size, f.value.bold, f.value.room = 10, true, 86
		known = append(known, f)
	}
	return known
}

// drawProof is the foot of the page: the code, and how a reader checks that the paper is genuine.
func (s *sheet) drawProof() {
	const room, size, leading = edgeRight - codeX - codeSide - 8, 8.8, 5.0
	s.rule(edgeLeft, proofTop, edgeRight, proofTop, 0.5)
	s.drawCode()
	s.right(edgeRight, proofTop+7, label{text: "راستی‌آزمایی این گواهی", size: 11, bold: true})
	y := proofTop + 13.5
	for _, step := range []string{
		"۱. کد روبه‌رو را با دوربین تلفن همراه بخوانید یا نشانی زیر آن را در مرورگر بنویسید.",
		"۲. نام دامنه در نوار نشانی باید دقیقاً " + host(s.url) + " باشد.",
		"۳. پلاک، شماره گواهی، نام شهرداری‌ها و مبلغ‌ها را با این برگ مقایسه کنید.",
	} {
		y = s.paragraph(edgeRight, y, leading, label{text: step, size: size, room: room}) + 0.8
	}
	s.paragraph(edgeRight, y+0.6, leading, label{size: size, bold: true, room: room,
		text: "این برگ تنها زمانی معتبر است که صفحه یادشده گواهی را معتبر بداند و همین پلاک و همین مبلغ‌ها را نشان دهد. " +
			"با برگشت یا ابطال پرداخت، گواهی از اعتبار می‌افتد."})
}

// host is the part of a URL that a reader compares: between "//" and the next "/".
func host(url string) string {
	_, rest, found := strings.Cut(url, "//")
	if !found {
		rest = url
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}
