// Package web carries the built office portal inside the binary: the page, its assets, and the typeface that certificates
// are drawn with. The Go toolchain alone compiles it; without a build before, it carries nothing to serve.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files is the built portal with index.html at its root: assets/ is named by content and may be cached for ever; fonts/ holds
// Vazirmatn-Regular.ttf, Vazirmatn-Bold.ttf, Vazirmatn.woff2 and their licence (SIL Open Font License 1.1). Without a build
// it holds a lone .gitkeep.
func Files() fs.FS {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // only for a name that is no valid path
	}
	return files
}

// Built reports whether the portal was built before this binary was compiled.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}
