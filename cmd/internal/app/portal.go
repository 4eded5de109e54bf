package app

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"mofasa/web"
)

// portal serves the built portal: files by name, and index.html for every page of it. The fonts are the certificates', too.
func portal() http.Handler {
	files := web.Files()
	server := http.FileServerFS(files)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if info, err := fs.Stat(files, name); err == nil && !info.IsDir() && name != "index.html" {
			if strings.HasPrefix(name, "assets/") { // their names carry a hash of their content
				w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			}
			server.ServeHTTP(w, r)
			return
		}
		if path.Ext(name) != "" || strings.HasPrefix(name, "v1/") {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeFileFS(w, r, files, "index.html")
	})
}

// fonts is the folder of the embedded fonts; it may be empty.
func fonts() fs.FS {
	sub, err := fs.Sub(web.Files(), "fonts")
	if err != nil {
		return web.Files()
	}
	return sub
}
