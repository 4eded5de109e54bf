package web_test

import (
	"io/fs"
	"regexp"
	"testing"

	"mofasa/web"
)

func TestFilesCompilesWithoutBuild(t *testing.T) {
	t.Parallel()
	if _, err := fs.Stat(web.Files(), ".gitkeep"); err != nil {
		t.Fatalf("dist/.gitkeep must be committed, or a fresh checkout does not compile: %v", err)
	}
	if _, err := fs.Stat(web.Files(), "index.html"); (err == nil) != web.Built() {
		t.Fatalf("Built() = %v, but index.html: %v", web.Built(), err)
	}
}

func TestBuildIsWhole(t *testing.T) {
	t.Parallel()
	if !web.Built() {
		t.Skip("the portal is not built")
	}
	page, err := fs.ReadFile(web.Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?:src|href)="/([^"]+)"`).FindAllSubmatch(page, -1)
	if len(named) < 3 {
		t.Fatalf("the page names %d files, want script, stylesheet and font at least", len(named))
	}
	files := []string{"fonts/Vazirmatn-Regular.ttf", "fonts/Vazirmatn-Bold.ttf", "fonts/OFL.txt"}
	for _, name := range named {
		files = append(files, string(name[1]))
	}
	for _, name := range files {
		if info, err := fs.Stat(web.Files(), name); err != nil || info.Size() == 0 {
			t.Errorf("%s is missing or empty: %v", name, err)
		}
	}
}

// The server forbids inline scripts by its content security policy, so a page with one would stay blank.
func TestPageHasNoInlineScript(t *testing.T) {
	t.Parallel()
	if !web.Built() {
		t.Skip("the portal is not built")
	}
	page, err := fs.ReadFile(web.Files(), "index.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range regexp.MustCompile(`<script[^>]*>`).FindAll(page, -1) {
		if !regexp.MustCompile(`\ssrc="/`).Match(tag) {
			t.Errorf("inline script: %s", tag)
		}
	}
	if handler := regexp.MustCompile(`\son\w+=|javascript:`).Find(page); handler != nil {
		t.Errorf("inline handler: %s", handler)
	}
}
