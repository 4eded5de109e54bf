package certificates

import "github.com/tdewolff/canvas"

// The code's place and size. With the quiet zone that ISO/IEC 18004 asks for, the symbol itself is at least 30 mm wide.
const (
	codeX     = edgeLeft + 8
	codeY     = proofTop + 2.5
	codeSide  = 40.0
	quietZone = 4 // modules
)

// drawCode draws the QR code as one vector shape, and under it the serial and the address that it holds.
func (s *sheet) drawCode() {
	module := codeSide / float64(s.code.Size+2*quietZone)
	var squares canvas.Path
	for y := range s.code.Size {
		for x := 0; x < s.code.Size; x++ {
			run := 0
			for s.code.Black(x+run, y) { // Black is false outside the code
				run++
			}
			if run > 0 {
				square := canvas.Rectangle(float64(run)*module, module)
				squares = *squares.Append(square.Translate(float64(x+quietZone)*module, codeSide-float64(y+quietZone+1)*module))
				x += run
			}
		}
	}
	s.shape(codeX, codeY+codeSide, &squares, brush{fill: black})
	s.centre(codeX+codeSide/2, codeY+codeSide+4, label{text: string(s.doc.Serial), size: 9.5, bold: true, ltr: true})
	s.left(edgeLeft, codeY+codeSide+10, label{text: s.url, size: 7.5, ltr: true, room: inner})
}
