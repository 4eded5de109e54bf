package main

import (
	"debug/elf"
	"debug/pe"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The agent is one file for Linux and for Windows that needs nothing beside it, and carries nothing of the server's database.
func TestOneFilePerSystem(t *testing.T) {
	t.Parallel()
	for _, system := range []string{"linux", "windows"} {
		file := filepath.Join(t.TempDir(), "posagent")
		build := exec.Command("go", "build", "-buildvcs=false", "-o", file, ".")
		build.Env = append(os.Environ(), "GOOS="+system, "GOARCH=amd64", "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", system, err, out)
		}
		needs(t, system, file)
	}
	deps, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dep := range strings.SplitSeq(string(deps), "\n") {
		for _, heavy := range []string{"gorm.io/", "github.com/jackc/", "github.com/labstack/", "github.com/redis/", "database/sql", "mofasa/tenants/scope"} {
			if dep == heavy || strings.HasSuffix(heavy, "/") && strings.HasPrefix(dep, heavy) {
				t.Errorf("the agent carries %s", dep)
			}
		}
	}
}

func needs(t *testing.T, system, file string) {
	t.Helper()
	if system == "windows" {
		image, err := pe.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer image.Close()
		libraries, err := image.ImportedLibraries()
		if err != nil || slices.ContainsFunc(libraries, func(l string) bool { return !strings.EqualFold(l, "kernel32.dll") }) {
			t.Errorf("%v %v", libraries, err)
		}
		return
	}
	image, err := elf.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	if libraries, err := image.ImportedLibraries(); err != nil || len(libraries) > 0 || image.Section(".interp") != nil {
		t.Errorf("it is linked to %v, %v", libraries, err)
	}
}
