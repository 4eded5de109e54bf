package certificates

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"image"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tdewolff/canvas"
	"rsc.io/qr"

	"mofasa/tenants/identifiers"
)

const specimenURL = "https://mofasa.example/v/7K3Q-9XPT-2WAB-X/ungWv48Bz-pBQUDe"

// houseFonts is where the build puts the typeface; it may be absent, and the fallback is tested without it.
const houseFonts = "../../web/dist/fonts"

var allFonts = sync.OnceValue(func() []Fonts {
	fallback, err := LoadFonts(nil)
	if err != nil {
		panic(err)
	}
	if _, err := os.Stat(filepath.Join(houseFonts, regularFile)); err != nil {
		return []Fonts{fallback}
	}
	house, err := LoadFonts(os.DirFS(houseFonts))
	if err != nil {
		panic(err)
	}
	return []Fonts{fallback, house}
})

func render(t testing.TB, d Document, fonts Fonts) []byte {
	t.Helper()
	paper, err := Render(d, RenderOptions{VerifyURL: specimenURL, Fonts: fonts})
	return must(t, paper, err)
}

// crowded is a document in which everything is as long as it gets.
func crowded(rows int) Document {
	d := specimen(rows)
	d.AllMunicipalities = false
	d.OwnerMasked = "سیده ف*** ح*** ط*** و شرکا (سهامی خاص)"
	d.Vehicle.EngineNo, d.Vehicle.ChassisNo = "M13-EF7-CNG-0123456789", "NAAM01CA9KE123456-0987"
	d.Vehicle.TypeName = "وانت دوکابین کاپرا ۲ فول اتوماتیک چهارچرخ متحرک (4×4) ساخت بهمن موتور"
	d.Vehicle.ClassFA = "وانت دوکابین داخلی دوگانه‌سوز با کاربری حمل بار شهری و برون‌شهری"
	d.OfficeName = strings.Repeat("دفتر پیشخوان خدمات دولت و بخش عمومی غیردولتی ", 3)
	d.OfficeLicence = "72-11-1234-5678/الف/1402-ویژه"
	d.PaymentReference = strings.Repeat("A00000000000000000000000000412345678 ", 6)
	d.TotalRial = 0
	for i := range d.Dues {
		due := &d.Dues[i]
		due.MunicipalityNameFA = "شهر جدید بندر امام خمینی و منطقه ویژه اقتصادی"
		due.ProvinceFA = "کهگیلویه و بویراحمد و توابع"
		due.FiscalYears = []int{1380, 1382, 1384, 1386, 1388, 1390, 1392, 1394, 1396, 1398}
		due.AmountRial = math.MaxInt64 / maxRows
		due.BillID, due.PaymentID, due.Tracking = "940120456761012345", "157400000123456789", "A0000000000000000000000000041234"
		d.TotalRial += due.AmountRial
	}
	return d
}

// samples are the pages whose layout is checked, by name.
func samples() map[string]Document {
	all := map[string]Document{}
	for _, rows := range []int{1, 3, 12, 30, maxRows} {
		all[fmt.Sprintf("%d rows", rows)] = specimen(rows)
	}
	for _, rows := range []int{2, 12, 40} {
		all[fmt.Sprintf("%d crowded rows", rows)] = crowded(rows)
	}
	blank := specimen(2)
	blank.Vehicle = Vehicle{EngineNo: "M13", ChassisNo: "S14", Plate: "12ب14547"}
	blank.OfficeName, blank.OfficeLicence, blank.PaymentReference = "", "", ""
	for i, due := range blank.Dues {
		blank.Dues[i] = Due{MunicipalityNameFA: due.MunicipalityNameFA, FiscalYears: due.FiscalYears, AmountRial: due.AmountRial}
	}
	all["blanks"] = blank
	for _, plate := range []string{"12145478", "99ی99990", "12الف45150", "12تشریفات34511", "34D21511"} {
		d := specimen(3)
		d.Vehicle.Plate = plate
		all["plate "+plate] = d
	}
	return all
}

// recorder is a page that remembers what was drawn where, in the page's coordinates with y upwards.
type recorder struct {
	texts []mark
	paths []*canvas.Path
	fills []canvas.Style
}

// mark is one line of text and the rectangle that its ink covers.
type mark struct {
	text   string
	bounds canvas.Rect
	blanks []string // pieces for which the font has no glyph
}

func (*recorder) Size() (width, height float64) { return pageWidth, pageHeight }

func (r *recorder) RenderPath(path *canvas.Path, style canvas.Style, m canvas.Matrix) {
	r.paths = append(r.paths, path.Copy().Transform(m))
	r.fills = append(r.fills, style)
}

func (r *recorder) RenderText(text *canvas.Text, m canvas.Matrix) {
	drawn := mark{text: strings.Trim(text.Text, markLTR+markRTL), bounds: text.OutlineBounds().Transform(m)}
	text.WalkSpans(func(_, _ float64, span canvas.TextSpan) {
		for _, glyph := range span.Glyphs {
			if glyph.ID == 0 {
				drawn.blanks = append(drawn.blanks, glyph.Text)
			}
		}
	})
	r.texts = append(r.texts, drawn)
}

// rules are the straight lines, as rectangles of a hair's width.
func (r *recorder) rules() (all []canvas.Rect) {
	for _, path := range r.paths {
		if b := path.Bounds(); b.W() == 0 || b.H() == 0 {
			all = append(all, b.Expand(0.05))
		}
	}
	return all
}

func (*recorder) RenderImage(image.Image, canvas.Matrix) {}

func (r *recorder) has(text string) bool {
	for _, t := range r.texts {
		if strings.Contains(t.text, text) {
			return true
		}
	}
	return false
}

func record(t testing.TB, d Document, url string, fonts Fonts) *recorder {
	t.Helper()
	s, err := newSheet(d, url)
	must(t, s, err)
	parsed, giveBack, err := fonts.borrow()
	must(t, parsed, err)
	defer giveBack()
	r := &recorder{}
	s.draw(r, parsed)
	return r
}

func TestNothingOverlapsOrLeavesThePage(t *testing.T) {
	t.Parallel()
	const longURL = "https://certificates.municipal-clearance.example.org/mofasa/v/7K3Q-9XPT-2WAB-X/ungWv48Bz-pBQUDe"
	for _, fonts := range allFonts() {
		for name, d := range samples() {
			t.Run(fonts.Name()+", "+name, func(t *testing.T) {
				t.Parallel()
				checkLayout(t, record(t, d, longURL, fonts))
			})
		}
	}
}

// checkLayout wants every text inside the printed area, with all its glyphs, and clear of other texts and of rules.
func checkLayout(t *testing.T, r *recorder) {
	t.Helper()
	rules := r.rules()
	for i, a := range r.texts {
		if len(a.blanks) > 0 || a.bounds.W() <= 0 || a.bounds.H() <= 0 {
			t.Errorf("%q has no size, or no glyphs for %q", a.text, a.blanks)
		}
		if b := a.bounds; b.X0 < edgeLeft || b.X1 > edgeRight+0.3 || b.Y0 < 10 || b.Y1 > pageHeight-10 {
			t.Errorf("%q leaves the printed area: %v", a.text, b)
		}
		for _, rule := range rules {
			if a.bounds.Overlaps(rule) {
				t.Errorf("%q is crossed by a rule at %v", a.text, rule)
			}
		}
		for _, b := range r.texts[:i] {
			if a.bounds.Overlaps(b.bounds) {
				t.Errorf("%q overlaps %q", a.text, b.text)
			}
		}
	}
}

func TestPaperShowsTheDocument(t *testing.T) {
	t.Parallel()
	d := specimen(3)
	d.OwnerMasked = "ع*** م***"
	r := record(t, d, specimenURL, allFonts()[0])
	for _, text := range []string{
		"مفاصا", "گواهی پرداخت عوارض سالانه خودرو", string(specimenSerial), "۱۴۰۵/۰۸/۲۹", "دفتر خدمات الکترونیک", "۷۲-۱۱-۱۲۳۴",
		"۱۲", "ب", "۱۴۵", "ایران", "۴۷", "I.R.", "IRAN", "NAS411100G1205275", d.Vehicle.TypeName, d.Vehicle.ClassFA, "۱۳۹۵", "ع*** م***",
		"تسویه تا پایان سال ۱۴۰۴", "(۱۴۰۴/۱۲/۲۹)", "به هیچ شهرداری بدهی ندارد",
		"تهران", "خمینی‌شهر", "اصفهان", "شهرکرد", "چهارمحال و بختیاری", "۱۳۹۹ تا ۱۴۰۲", "۱۴۰۳", "۱۳۹۵، ۱۳۹۷ تا ۱۳۹۹، ۱۴۰۱",
		"۴٬۷۱۹٬۰۰۰", "۶٬۲۹۲٬۰۰۰", "۱۷٬۳۰۳٬۰۰۰", "۹۴۰۱۲۰۴۵۶۷۶۱۰", "۱۵۷۴۰۰۰۰۲", "۷۳۱۲۰۵۸۸۰۰۰۱",
		"۲۸٬۳۱۴٬۰۰۰ ریال", "بیست و هشت میلیون و سیصد و چهارده هزار ریال", "۷۳۱۲۰۵۸۸۱۲۳۴", specimenURL, "mofasa.example",
	} {
		if !r.has(text) {
			t.Errorf("the paper does not show %q", text)
		}
	}
}

func TestStatementNamesItsScope(t *testing.T) {
	t.Parallel()
	const limit = "درباره شهرداری‌های دیگر نیست"
	d := specimen(1)
	for _, all := range []bool{true, false} {
		d.AllMunicipalities = all
		var statement strings.Builder
		for _, text := range record(t, d, specimenURL, allFonts()[0]).texts {
			statement.WriteString(text.text + " ")
		}
		if got := strings.Contains(statement.String(), limit); got == all {
			t.Errorf("all municipalities %v: limit stated %v", all, got)
		}
	}
}

// A name is data: it can neither break a line nor turn what stands beside it around.
func TestNamesCannotReorderThePage(t *testing.T) {
	t.Parallel()
	d := specimen(1)
	d.OfficeName = "دفتر\u202e ۱۲\r\nشهر\u2029\u2067"
	d.Vehicle.TypeName = "پراید\t\x00۱۱۱"
	r := record(t, d, specimenURL, allFonts()[0])
	if !r.has("دفتر ۱۲  شهر ") || !r.has("پراید  ۱۱۱") {
		t.Error("the names are not shown as plain text")
	}
	for _, text := range r.texts {
		if strings.ContainsAny(text.text, "\n\r\t\x00\u202e\u2029\u2067") {
			t.Errorf("%q is drawn", text.text)
		}
	}
}

func TestMotorcyclePlateHasTwoRows(t *testing.T) {
	t.Parallel()
	d := specimen(1)
	d.Vehicle.Plate = "12145478"
	r := record(t, d, specimenURL, allFonts()[0])
	var region, serial canvas.Rect
	for _, text := range r.texts {
		switch text.text {
		case "۱۲۱":
			region = text.bounds
		case "۴۵۴۷۸":
			serial = text.bounds
		}
	}
	if region.Empty() || serial.Empty() || region.Y0 < serial.Y1 {
		t.Errorf("region %v is not above serial %v", region, serial)
	}
}

func TestPlateColours(t *testing.T) {
	t.Parallel()
	tests := map[string]paint{
		"12ب14547": {white, black}, "34ت21511": {plateYellow, black}, "34ع21511": {plateYellow, black}, "34ک21511": {plateYellow, black},
		"34الف21511": {plateRed, white}, "34تشریفات21511": {plateRed, white}, "34پ21511": {plateGreen, white}, "34ث21511": {plateGreen, white},
		"34ش21511": {plateSand, black}, "34ز21511": {plateBlue, white}, "34ف21511": {plateBlue, white}, "34D21511": {plateSky, black},
		"34S21511": {plateSky, black}, "34ژ21511": {white, black}, "34گ21511": {white, black}, "12145478": {white, black},
	}
	for text, want := range tests {
		plate, err := identifiers.ParsePlate(text)
		if got := paintOf(must(t, plate, err).Category()); got != want {
			t.Errorf("%s is painted %v, want %v", text, got, want)
		}
	}
}

// An office printer without colour must keep every plate legible: WCAG 2.2 contrast of at least 4.5.
func TestPlateColoursKeepContrastInGrey(t *testing.T) {
	t.Parallel()
	luminance := func(c [3]uint8) float64 {
		var linear [3]float64
		for i, v := range c {
			s := float64(v) / 255
			linear[i] = s / 12.92
			if s > 0.04045 {
				linear[i] = math.Pow((s+0.055)/1.055, 2.4)
			}
		}
		return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
	}
	for category, p := range platePaints {
		a := luminance([3]uint8{p.ground.R, p.ground.G, p.ground.B}) + 0.05
		b := luminance([3]uint8{p.ink.R, p.ink.G, p.ink.B}) + 0.05
		if contrast := max(a, b) / min(a, b); contrast < 4.5 {
			t.Errorf("%s: contrast %.1f", category, contrast)
		}
	}
}

// The drawn squares are the modules of the code for the URL, 30 mm and more across, with a quiet zone of four modules.
func TestCodeHoldsTheURL(t *testing.T) {
	t.Parallel()
	code, err := qr.Encode(specimenURL, qr.M)
	must(t, code, err)
	r := record(t, specimen(60), specimenURL, allFonts()[0])
	module := codeSide / float64(code.Size+2*quietZone)
	if side := module * float64(code.Size); side < 30 {
		t.Errorf("the code is %.1f mm wide", side)
	}
	area := canvas.RectFromSize(codeX, pageHeight-codeY-codeSide, codeSide, codeSide)
	drawn := map[image.Point]bool{}
	for i, path := range r.paths {
		if !path.Bounds().Overlaps(area) || path.Bounds().Contains(area) {
			continue
		}
		if r.fills[i].Fill.Color != black || r.fills[i].HasStroke() {
			t.Fatalf("%v is drawn into the code's area", path.Bounds())
		}
		for _, run := range path.Split() {
			b := run.Bounds()
			y := int(math.Round((area.Y1-b.Y1)/module)) - quietZone
			from, to := int(math.Round((b.X0-area.X0)/module)), int(math.Round((b.X1-area.X0)/module))
			for x := from; x < to; x++ {
				drawn[image.Pt(x-quietZone, y)] = true
			}
		}
	}
	for y := -quietZone; y < code.Size+quietZone; y++ {
		for x := -quietZone; x < code.Size+quietZone; x++ {
			if drawn[image.Pt(x, y)] != code.Black(x, y) {
				t.Fatalf("module %d, %d is wrong", x, y)
			}
		}
	}
	for _, text := range r.texts {
		if text.bounds.Overlaps(area) {
			t.Errorf("%q lies in the quiet zone", text.text)
		}
	}
}

func TestRenderGivesOnePageWithEmbeddedFonts(t *testing.T) {
	t.Parallel()
	page := regexp.MustCompile(`/Type/Page[^s]`)
	base := regexp.MustCompile(`/BaseFont/([A-Z]{6})\+(?:Vazirmatn|DejaVuSans)`)
	for _, fonts := range allFonts() {
		for _, rows := range []int{1, 3, 12, 30, maxRows} {
			paper := render(t, specimen(rows), fonts)
			if pages := len(page.FindAll(paper, -1)); pages != 1 || !bytes.Contains(paper, []byte("/MediaBox[0 0 595.27559 841.88976]")) {
				t.Errorf("%s, %d rows: %d pages, want one of A4", fonts.Name(), rows, pages)
			}
			if programs := len(fontProgram.FindAll(paper, -1)); programs != 2 {
				t.Errorf("%s, %d rows: %d fonts embedded, want two", fonts.Name(), rows, programs)
			}
			tags := map[string]bool{}
			for _, match := range base.FindAllSubmatch(paper, -1) {
				tags[string(match[1])] = true
			}
			if len(tags) != 2 {
				t.Errorf("%s, %d rows: subset tags %v, want two", fonts.Name(), rows, tags)
			}
			if size := len(paper); size > 60_000 {
				t.Errorf("%s, %d rows: %d bytes", fonts.Name(), rows, size)
			}
			if !bytes.Contains(paper, []byte("/URI("+specimenURL+")")) {
				t.Errorf("%s, %d rows: no link behind the code", fonts.Name(), rows)
			}
		}
	}
}

// The file keeps its bytes whenever and however often it is made, but for a stated time of making.
func TestRenderIsDeterministic(t *testing.T) {
	t.Parallel()
	for _, fonts := range allFonts() {
		first := render(t, specimen(3), fonts)
		synctest.Test(t, func(t *testing.T) {
			for range 2 {
				time.Sleep(400 * 24 * time.Hour)
				if !bytes.Equal(render(t, specimen(3), fonts), first) {
					t.Errorf("%s: another file on %s", fonts.Name(), time.Now())
				}
			}
		})
		later, err := Render(specimen(3), RenderOptions{VerifyURL: specimenURL, Fonts: fonts, Now: time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)})
		if !bytes.Contains(must(t, later, err), []byte("(D:20270102030405Z)")) || bytes.Equal(later, first) {
			t.Error("the creation date is not the one that was asked for")
		}
	}
}

func TestRenderConcurrently(t *testing.T) {
	t.Parallel()
	want := [2][]byte{render(t, specimen(2), allFonts()[0]), render(t, specimen(5), allFonts()[0])}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			rows := 2 + i%2*3
			if !bytes.Equal(render(t, specimen(rows), allFonts()[0]), want[i%2]) {
				t.Errorf("page %d differs", i)
			}
		})
	}
	group.Wait()
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	fonts := allFonts()[0]
	invalid, plateless := specimen(1), specimen(1)
	invalid.TotalRial++
	plateless.Vehicle.Plate = "12345"
	tests := map[string]struct {
		doc Document
		opt RenderOptions
	}{
		"invalid document": {invalid, RenderOptions{VerifyURL: specimenURL, Fonts: fonts}},
		"no plate":         {plateless, RenderOptions{VerifyURL: specimenURL, Fonts: fonts}},
		"no fonts":         {specimen(1), RenderOptions{VerifyURL: specimenURL}},
		"endless URL":      {specimen(1), RenderOptions{VerifyURL: specimenURL + strings.Repeat("x", 3000), Fonts: fonts}},
	}
	for name, test := range tests {
		if paper, err := Render(test.doc, test.opt); err == nil {
			t.Errorf("%s: rendered %d bytes", name, len(paper))
		}
	}
}

// The embedded programs must satisfy the checksums of OpenType after their date is taken out.
func TestEmbeddedFontsAreSound(t *testing.T) {
	t.Parallel()
	for _, fonts := range allFonts() {
		_, objects, err := splitObjects(render(t, specimen(3), fonts))
		must(t, objects, err)
		programs := 0
		for _, object := range objects {
			_, packed, isStream := cutStream(object)
			if !isStream {
				continue
			}
			reader, err := zlib.NewReader(bytes.NewReader(packed))
			must(t, reader, err)
			program, err := io.ReadAll(reader)
			if isTrueType(must(t, program, err)) {
				programs++
				checkFont(t, program)
			}
		}
		if programs != 2 {
			t.Errorf("%s: %d font programs", fonts.Name(), programs)
		}
	}
}

// checkFont sums the program and its head table as OpenType says, and looks for the date.
func checkFont(t *testing.T, program []byte) {
	t.Helper()
	sum := func(b []byte) (total uint32) {
		for i := 0; i+4 <= len(b); i += 4 {
			total += binary.BigEndian.Uint32(b[i:])
		}
		return total
	}
	if got := sum(program); got != 0xB1B0AFBA {
		t.Errorf("the program sums to %08X", got)
	}
	for entry := program[12:]; ; entry = entry[16:] {
		if string(entry[:4]) != "head" {
			continue
		}
		at := binary.BigEndian.Uint32(entry[8:])
		head := bytes.Clone(program[at : at+56]) // 54 bytes and padding
		if binary.BigEndian.Uint64(head[28:]) != 0 {
			t.Error("the program has a date")
		}
		clear(head[8:12])
		if got, want := sum(head), binary.BigEndian.Uint32(entry[4:]); got != want {
			t.Errorf("head sums to %08X, its record says %08X", got, want)
		}
		return
	}
}

func FuzzStabilize(f *testing.F) {
	const object = "%PDF-1.7\n1 0 obj\n<</Length 12>>stream\n\x00\x01\x00\x00\x00\x01345678\nendstream\nendobj\n"
	f.Add([]byte(object + "xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n"))
	f.Add([]byte("xref\n0 2\n"))
	f.Add([]byte("xref\n0 2"))
	f.Add([]byte("\nxref\n0 99999999999\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		stable, err := stabilize(bytes.Clone(raw), time.Unix(0, 0))
		if err == nil && !bytes.HasSuffix(stable, []byte("%%EOF\n")) {
			t.Fatalf("%q became %q", raw, stable)
		}
	})
}

func BenchmarkRender(b *testing.B) {
	for _, fonts := range allFonts() {
		for _, rows := range []int{1, 12} {
			b.Run(fmt.Sprintf("%s/%d", fonts.Name(), rows), func(b *testing.B) {
				d := specimen(rows)
				b.ReportAllocs()
				for b.Loop() {
					render(b, d, fonts)
				}
			})
		}
	}
}
