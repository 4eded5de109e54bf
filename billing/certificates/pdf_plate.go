package certificates

import (
	"fmt"
	"image/color"

	"github.com/tdewolff/canvas"

	"mofasa/billing/money"
	"mofasa/tenants/identifiers"
)

// The colours of the national plate.
var (
	plateYellow = color.RGBA{250, 200, 30, 255}
	plateRed    = color.RGBA{190, 22, 34, 255}
	plateGreen  = color.RGBA{0, 96, 60, 255}
	plateBlue   = color.RGBA{24, 64, 150, 255}
	plateSky    = color.RGBA{150, 200, 235, 255}
	plateSand   = color.RGBA{222, 205, 165, 255}
	flagGreen   = color.RGBA{35, 159, 64, 255}
	flagRed     = color.RGBA{218, 0, 0, 255}
)

// paint is the ground and the lettering of a plate. Each pair keeps its contrast in grey.
type paint struct{ ground, ink color.RGBA }

// platePaints gives the colours by the use that the plate declares (Traffic Police, national plate of 1384 and later); a
// category that is not here is black on white.
var platePaints = map[identifiers.Category]paint{
	identifiers.Taxi:         {plateYellow, black},
	identifiers.Public:       {plateYellow, black},
	identifiers.Agricultural: {plateYellow, black},
	identifiers.Government:   {plateRed, white},
	identifiers.Protocol:     {plateRed, white},
	identifiers.Police:       {plateGreen, white},
	identifiers.IRGC:         {plateGreen, white},
	identifiers.Army:         {plateSand, black},
	identifiers.Defence:      {plateBlue, white},
	identifiers.GeneralStaff: {plateBlue, white},
	identifiers.Diplomat:     {plateSky, black},
	identifiers.Service:      {plateSky, black},
}

func paintOf(category identifiers.Category) paint {
	if p, known := platePaints[category]; known {
		return p
	}
	return paint{ground: white, ink: black}
}

// PlateColours gives the ground and lettering of a plate as CSS colours, the same as on paper.
func PlateColours(category identifiers.Category) (ground, ink string) {
	p := paintOf(category)
	css := func(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
	return css(p.ground), css(p.ink)
}

// box is a rectangle by its top left corner.
type box struct{ x, y, width, height float64 }

// part gives a rectangle inside b by fractions of its sides.
func (b box) part(x, y, width, height float64) box {
	return box{b.x + x*b.width, b.y + y*b.height, width * b.width, height * b.height}
}

// The proportions of the plates: 520 × 110 mm on a car, 240 × 150 mm on a motorcycle.
const (
	carRatio   = 110.0 / 520
	motorRatio = 150.0 / 240
)

// drawPlate draws the plate around (x, y) as wide as a car's; a motorcycle's is narrower.
func (s *sheet) drawPlate(x, y, width float64) {
	colours := paintOf(s.plate.Category())
	if s.plate.Kind == identifiers.Motorcycle {
		width *= 0.45
		height := width * motorRatio
		s.drawMotorcyclePlate(box{x - width/2, y - height/2, width, height}, colours)
		return
	}
	height := width * carRatio
	s.drawCarPlate(box{x - width/2, y - height/2, width, height}, colours)
}

// drawCarPlate: blue band, two digits, letter, three digits, a bar, «ایران» over the region.
func (s *sheet) drawCarPlate(b box, colours paint) {
	s.drawGround(b, colours.ground, b.part(0, 0, 0.082, 1))
	s.figures(b.part(0.105, 0.26, 0.18, 0.48), s.plate.TwoDigits, colours.ink)
	letter := b.part(0.322, 0.22, 0.11, 0.56)
	if len([]rune(s.plate.Letter)) > 1 { // «الف», «تشریفات»
		letter = b.part(0.295, 0.22, 0.165, 0.40)
	}
	s.fitText(letter, s.plate.Letter, s.plate.Letter, colours.ink)
	s.figures(b.part(0.47, 0.26, 0.29, 0.48), s.plate.ThreeDigits, colours.ink)
	bar := b.part(0.79, 0, 0, 1)
	s.shape(bar.x, bar.y+bar.height, canvas.Line(0, bar.height), brush{ink: colours.ink, line: 0.5})
	s.fitText(b.part(0.82, 0.08, 0.15, 0.22), "ایران", "ایران", colours.ink)
	s.figures(b.part(0.805, 0.42, 0.18, 0.42), s.plate.Region, colours.ink)
	s.drawRim(b)
}

// drawMotorcyclePlate: region over serial, the band beside the region.
func (s *sheet) drawMotorcyclePlate(b box, colours paint) {
	s.drawGround(b, colours.ground, b.part(0, 0, 0.19, 0.48))
	s.figures(b.part(0.26, 0.10, 0.66, 0.33), s.plate.Region, colours.ink)
	s.figures(b.part(0.06, 0.54, 0.88, 0.35), s.plate.Serial, colours.ink)
	s.drawRim(b)
}

// drawGround fills the plate and its blue band with flag and country.
func (s *sheet) drawGround(b box, ground color.RGBA, band box) {
	s.shape(b.x, b.y+b.height, canvas.RoundedRectangle(b.width, b.height, 1), brush{fill: ground})
	s.rect(band.x+0.3, band.y+0.3, band.width-0.3, band.height-0.6, brush{fill: plateBlue})
	for i, stripe := range []color.RGBA{flagGreen, white, flagRed} {
		f := band.part(0.22, 0.12+0.09*float64(i), 0.62, 0.09)
		s.rect(f.x, f.y, f.width, f.height, brush{fill: stripe})
	}
	s.fitText(band.part(0.22, 0.58, 0.62, 0.10), "I.R."+markLTR, "IR", white)
	s.fitText(band.part(0.16, 0.75, 0.74, 0.12), "IRAN", "IRAN", white)
}

func (s *sheet) drawRim(b box) {
	s.shape(b.x, b.y+b.height, canvas.RoundedRectangle(b.width, b.height, 1), brush{ink: black, line: 0.55})
}

// figures sets digits so that all groups of a plate have one height and baseline.
func (s *sheet) figures(b box, digits string, ink color.RGBA) {
	s.fitText(b, money.PersianDigits(digits), money.PersianDigits("12346789"), ink)
}

// fitText centres text in a box: as large as the reference fills the box's height, smaller where the width asks for it.
func (s *sheet) fitText(b box, text, reference string, ink color.RGBA) {
	const trial = 100.0
	l := label{text: reference, size: trial, bold: true, ink: ink}
	model, _ := s.set(l)
	l.text = text
	line, _ := s.set(l)
	up, across := model.OutlineBounds(), line.OutlineBounds()
	scale := min(b.height/up.H(), b.width/across.W())

	l.size = trial * scale
	line, _ = s.set(l)
	x := b.x + b.width/2 - scale*(across.X0+across.X1)/2
	y := b.y + b.height/2 + scale*(up.Y0+up.Y1)/2
	s.ctx.DrawText(x, pageHeight-y, line)
}
