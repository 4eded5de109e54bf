package certificates

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
)

func TestLoadFonts(t *testing.T) {
	t.Parallel()
	regular, bold := &fstest.MapFile{Data: dejavusans.TTF}, &fstest.MapFile{Data: dejavusansbold.TTF}
	broken := &fstest.MapFile{Data: []byte("<html>not a font</html>")}
	tests := map[string]struct {
		files fstest.MapFS
		want  string // "" for an error
	}{
		"both":         {fstest.MapFS{regularFile: regular, boldFile: bold}, "Vazirmatn"},
		"none":         {fstest.MapFS{}, "DejaVu Sans"},
		"regular only": {fstest.MapFS{regularFile: regular}, "DejaVu Sans"},
		"bold only":    {fstest.MapFS{boldFile: bold}, "DejaVu Sans"},
		"broken":       {fstest.MapFS{regularFile: regular, boldFile: broken}, ""},
		"empty":        {fstest.MapFS{regularFile: {}, boldFile: bold}, ""},
		"a folder":     {fstest.MapFS{regularFile + "/x": regular, boldFile: bold}, ""},
	}
	for name, test := range tests {
		fonts, err := LoadFonts(test.files)
		if (err != nil) != (test.want == "") || fonts.Name() != test.want {
			t.Errorf("%s: %q, %v", name, fonts.Name(), err)
		}
	}
	if fonts, err := LoadFonts(nil); err != nil || fonts.Name() != "DejaVu Sans" {
		t.Errorf("no file system: %q, %v", fonts.Name(), err)
	}
}

func TestHouseTypeface(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(filepath.Join(houseFonts, regularFile)); err != nil {
		t.Skip("the portal's build has not put Vazirmatn there")
	}
	if last := allFonts()[len(allFonts())-1]; last.Name() != "Vazirmatn" {
		t.Errorf("the tests run on %s", last.Name())
	}
}
