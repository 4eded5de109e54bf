package certificates

import (
	"image/color"
	"strings"
	"unicode"

	"github.com/tdewolff/canvas"
)

// The sheet is A4 portrait; lengths are millimetres, y runs down from the top edge, type sizes are points.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	mmPerPoint = 25.4 / 72
	// capRise is how far the optical middle of a line lies above its baseline, in parts of the type size.
	capRise = 0.28
)

// The inks keep their contrast on an office printer without colour.
var (
	black = color.RGBA{0, 0, 0, 255}
	soft  = color.RGBA{70, 70, 70, 255}    // labels
	hair  = color.RGBA{130, 130, 130, 255} // hairlines
	tint  = color.RGBA{236, 236, 236, 255} // table heads
	white = color.RGBA{255, 255, 255, 255}
)

// The directional marks that fix the base direction of a line whatever its first letter is (UAX #9).
const (
	markRTL = "\u200f"
	markLTR = "\u200e"
)

// label is one line of text. The zero ink is black; room is the width it may fill before it is set smaller, 0 for no limit.
type label struct {
	text string
	size float64
	bold bool
	ltr  bool
	ink  color.RGBA
	room float64
}

// pen draws on one page in its coordinates.
type pen struct {
	ctx   *canvas.Context
	faces *faces
}

func newPen(r canvas.Renderer, f *faces) pen { return pen{ctx: canvas.NewContext(r), faces: f} }

// set shapes a label, shrinking it to its room, and gives its width. Runs are laid out from the left edge: the library
// stacks the runs of a mixed line when it aligns them itself.
func (p pen) set(l label) (line *canvas.Text, width float64) {
	l.text = markRTL + printable(l.text)
	if l.ltr {
		l.text = markLTR + l.text[len(markRTL):]
	}
	line = canvas.NewTextLine(p.face(l), l.text, canvas.Left)
	width = advance(line)
	if l.room > 0 && width > l.room {
		l.size *= l.room / width
		line = canvas.NewTextLine(p.face(l), l.text, canvas.Left)
		width = advance(line)
	}
	return line, width
}

// printable keeps what was typed into a name from breaking or reordering a line: no line breaks, no bidirectional
// embeddings, overrides or isolates (UAX #9 §2).
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return ' '
		case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return -1
		}
		return r
	}, text)
}

func (p pen) face(l label) *canvas.FontFace {
	font := p.faces.regular
	if l.bold {
		font = p.faces.bold
	}
	if l.ink == (color.RGBA{}) {
		l.ink = black
	}
	return font.Face(l.size, l.ink)
}

// advance adds up the runs; the library's own width assumes that the last run is the rightmost.
func advance(line *canvas.Text) float64 {
	var width float64
	line.WalkSpans(func(_, _ float64, span canvas.TextSpan) { width += span.Width })
	return width
}

// right draws a label that ends at x on the baseline y, and gives its width; left and centre do alike.
func (p pen) right(x, y float64, l label) float64 {
	line, width := p.set(l)
	p.ctx.DrawText(x-width, pageHeight-y, line)
	return width
}

func (p pen) left(x, y float64, l label) float64 {
	line, width := p.set(l)
	p.ctx.DrawText(x, pageHeight-y, line)
	return width
}

func (p pen) centre(x, y float64, l label) float64 {
	line, width := p.set(l)
	p.ctx.DrawText(x-width/2, pageHeight-y, line)
	return width
}

// pair draws "key: value" leftwards from x within room.
func (p pen) pair(x, y float64, key string, value label) {
	const gap = 1.6
	room := value.room
	used := p.right(x, y, label{text: key + ":", size: value.size, ink: soft})
	value.room = room - used - gap
	p.right(x-used-gap, y, value)
}

// block places a label around the middle y of a space of some height; text that would have to shrink much goes on two
// lines where they can be larger than one.
func (p pen) block(x, y, height float64, l label, place func(x, y float64, l label) float64) {
	const tolerable, line, pitch = 0.75, 0.38, 0.46 // of the size, and of the height
	free := l
	free.room = 0
	_, width := p.set(free)
	single, double := l.room/width, min(1, line*height/mmPerPoint/l.size, l.room/width*1.9)
	first, second := halves(l.text)
	lines := []string{l.text}
	if single < tolerable && double > single && second != "" {
		l.size *= double
		lines = []string{first, second}
	} else {
		l.size *= min(1, single)
	}
	y += capRise*l.size*mmPerPoint - pitch*height/2*float64(len(lines)-1)
	for i, text := range lines {
		l.text = text
		place(x, y+pitch*height*float64(i), l)
	}
}

// halves parts a text at the space nearest to its middle; the second half is empty where there is none.
func halves(text string) (first, second string) {
	runes := []rune(text)
	at := -1
	for i, r := range runes {
		if r == ' ' && (at < 0 || abs(2*i-len(runes)) < abs(2*at-len(runes))) {
			at = i
		}
	}
	if at < 0 {
		return text, ""
	}
	return string(runes[:at]), string(runes[at+1:])
}

func abs(n int) int { return max(n, -n) }

// paragraph draws text in lines of at most l.room, right-aligned from x, and gives the baseline after the last.
func (p pen) paragraph(x, y, leading float64, l label) float64 {
	for _, line := range p.wrap(l) {
		l.text = line
		p.right(x, y, l)
		y += leading
	}
	return y
}

// wrap breaks a label greedily between words. Persian letters do not join across a space, so words are measured alone.
func (p pen) wrap(l label) []string {
	space := p.face(l).TextWidth(" ")
	var lines []string
	used := l.room // the first word opens a line
	for word := range strings.FieldsSeq(l.text) {
		_, width := p.set(label{text: word, size: l.size, bold: l.bold})
		if used += space + width; used <= l.room {
			lines[len(lines)-1] += " " + word
			continue
		}
		lines, used = append(lines, word), width
	}
	return lines
}

// rect fills or outlines a rectangle whose top left corner is (x, y); a zero line width fills.
func (p pen) rect(x, y, width, height float64, paint brush) {
	p.shape(x, y+height, canvas.Rectangle(width, height), paint)
}

// brush is how a shape is painted: its fill, or the outline of a width where line is positive, or both.
type brush struct {
	fill color.RGBA
	ink  color.RGBA
	line float64
}

// shape draws a path whose own origin lies at (x, y); in the path's coordinates y runs up.
func (p pen) shape(x, y float64, path *canvas.Path, paint brush) {
	p.ctx.Push()
	defer p.ctx.Pop()
	p.ctx.SetFillColor(paint.fill)
	p.ctx.SetStrokeColor(canvas.Transparent)
	if paint.line > 0 {
		p.ctx.SetStrokeColor(paint.ink)
		p.ctx.SetStrokeWidth(paint.line)
	}
	p.ctx.DrawPath(x, pageHeight-y, path)
}

// rule draws a line from (x1, y1) to (x2, y2).
func (p pen) rule(x1, y1, x2, y2, line float64) {
	ink := hair
	if line >= 0.3 {
		ink = black
	}
	p.shape(x1, y1, canvas.Line(x2-x1, y1-y2), brush{ink: ink, line: line})
}
