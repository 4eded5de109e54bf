package certificates

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"github.com/tdewolff/canvas"
)

// The files of the house typeface, Vazirmatn 33 (SIL Open Font License), as its npm package names them.
const (
	regularFile = "Vazirmatn-Regular.ttf"
	boldFile    = "Vazirmatn-Bold.ttf"
)

// Fonts is the typeface of the paper. A value made by LoadFonts may be copied and used by many goroutines; the zero value
// is refused by Render.
type Fonts struct {
	name string
	pool *sync.Pool // of *faces: a parsed font caches while it shapes, so each page in progress needs its own
}

// faces is one parsed copy of the two weights.
type faces struct{ regular, bold *canvas.Font }

// LoadFonts reads Vazirmatn-Regular.ttf and Vazirmatn-Bold.ttf from the root of fsys. Where either is missing, or fsys is
// nil, it falls back to DejaVu Sans, which is compiled in and covers Persian. It fails for a file that is no font.
func LoadFonts(fsys fs.FS) (Fonts, error) {
	regular, bold, err := readFonts(fsys)
	if errors.Is(err, fs.ErrNotExist) {
		return newFonts("DejaVu Sans", dejavusans.TTF, dejavusansbold.TTF)
	}
	if err != nil {
		return Fonts{}, fmt.Errorf("certificates: read fonts: %w", err)
	}
	return newFonts("Vazirmatn", regular, bold)
}

// Name is the family in use: "Vazirmatn" or "DejaVu Sans".
func (f Fonts) Name() string { return f.name }

func readFonts(fsys fs.FS) (regular, bold []byte, err error) {
	if fsys == nil {
		return nil, nil, fs.ErrNotExist
	}
	if regular, err = fs.ReadFile(fsys, regularFile); err != nil {
		return nil, nil, err
	}
	bold, err = fs.ReadFile(fsys, boldFile)
	return regular, bold, err
}

// newFonts parses both files once, so that a broken one is found at start and not at the first certificate.
func newFonts(name string, regular, bold []byte) (Fonts, error) {
	first, err := parseFaces(regular, bold)
	if err != nil {
		return Fonts{}, fmt.Errorf("certificates: parse %s: %w", name, err)
	}
	pool := &sync.Pool{New: func() any {
		parsed, _ := parseFaces(regular, bold) // the same bytes were parsed above
		return parsed
	}}
	pool.Put(first)
	return Fonts{name: name, pool: pool}, nil
}

func parseFaces(regular, bold []byte) (*faces, error) {
	r, err := canvas.LoadFont(regular, 0, canvas.FontRegular)
	if err != nil {
		return nil, err
	}
	b, err := canvas.LoadFont(bold, 0, canvas.FontBold)
	if err != nil {
		return nil, err
	}
	return &faces{regular: r, bold: b}, nil
}

// borrow hands out a parsed copy until giveBack.
func (f Fonts) borrow() (parsed *faces, giveBack func(), err error) {
	if f.pool == nil {
		return nil, nil, errors.New("certificates: no fonts loaded")
	}
	parsed = f.pool.Get().(*faces)
	return parsed, func() { f.pool.Put(parsed) }, nil
}
