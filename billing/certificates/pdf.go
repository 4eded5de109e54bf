package certificates

import (
	"bytes"
	"fmt"
	"time"

	"github.com/tdewolff/canvas"
	"github.com/tdewolff/canvas/renderers/pdf"
	"rsc.io/qr"

	"mofasa/tenants/identifiers"
)

// RenderOptions is what a paper needs besides its document.
type RenderOptions struct {
	VerifyURL string    // what VerifyURL gives; it is in the QR code, under it and behind it as a link
	Fonts     Fonts     // from LoadFonts
	Now       time.Time // the creation date in the file; the time of issue where zero
}

// sheet is everything that is drawn on one page.
type sheet struct {
	pen
	doc   Document
	plate identifiers.Plate
	code  *qr.Code
	url   string
}

// Render gives the paper as a PDF of one A4 page in Persian, with the fonts embedded as subsets. The same document,
// options and fonts give the same bytes, so a paper need not be kept to be shown again. It fails for a document that
// Validate refuses, for a plate that ParsePlate refuses and for a URL that no QR code holds.
func Render(doc Document, opt RenderOptions) ([]byte, error) {
	s, err := newSheet(doc, opt.VerifyURL)
	if err != nil {
		return nil, err
	}
	faces, giveBack, err := opt.Fonts.borrow()
	if err != nil {
		return nil, err
	}
	defer giveBack()
	var raw bytes.Buffer
	out := pdf.New(&raw, pageWidth, pageHeight, &pdf.Options{SubsetFonts: true})
	out.SetInfo("مفاصا "+string(doc.Serial), title, "", doc.OfficeName, "Mofasa")
	s.draw(out, faces)
	out.AddLink(opt.VerifyURL, canvas.RectFromSize(codeX, pageHeight-codeY-codeSide, codeSide, codeSide))
	if err := out.Close(); err != nil {
		return nil, fmt.Errorf("certificates: write PDF: %w", err)
	}
	created := opt.Now
	if created.IsZero() {
		created = doc.IssuedAt
	}
	return stabilize(raw.Bytes(), created)
}

func newSheet(doc Document, url string) (*sheet, error) {
	if err := doc.Validate(); err != nil {
		return nil, err
	}
	plate, err := identifiers.ParsePlate(doc.Vehicle.Plate)
	if err != nil {
		return nil, fmt.Errorf("certificates: render: %w", err)
	}
	code, err := qr.Encode(url, qr.M)
	if err != nil {
		return nil, fmt.Errorf("certificates: encode QR: %w", err)
	}
	return &sheet{doc: doc, plate: plate, code: code, url: url}, nil
}

// draw puts the whole page on any renderer. The sections above the table move apart where the table is short.
func (s *sheet) draw(r canvas.Renderer, f *faces) {
	s.pen = newPen(r, f)
	air := s.air()
	s.drawFrame()
	s.drawHead()
	end := s.drawStatement(headRule + air)
	end = s.drawVehicle(end + air)
	s.drawDues(end + air)
	s.drawProof()
}

// air is the additional space before each of the three sections between head and foot.
func (s *sheet) air() float64 {
	const most, lowestTable = 7.0, 122.0 // the table's top under a statement of three lines
	spare := tableEnd - lowestTable - headHeight - rowMost*float64(len(s.doc.Dues))
	return min(most, max(0, spare/3))
}
