package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// checkout is the root of the repository, as this package sees it.
const checkout = "../../.."

// source is one Go file.
type source struct {
	path   string // in the repository, with slashes: billing/money/rial.go
	fset   *token.FileSet
	syntax *ast.File
}

func parse(path string, body []byte) (source, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, path, body, parser.ParseComments)
	return source{path: path, fset: fset, syntax: syntax}, err
}

// synthetic is a file that exists only in a table of this test.
func synthetic(t *testing.T, path, body string) source {
	t.Helper()
	s, err := parse(path, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s source) folder() string { return path.Dir(s.path) }

func (s source) lines() int { return s.fset.File(s.syntax.FileStart).LineCount() }

func (s source) generated() bool { return ast.IsGenerated(s.syntax) }

// test tells a test file, or any file of a package that is only there for tests: its name ends in test, as httptest's does.
func (s source) test() bool {
	return strings.HasSuffix(s.path, "_test.go") || testOnly(s.folder())
}

func testOnly(folder string) bool { return strings.HasSuffix(folder, "test") }

// at starts a violation: where it is.
func (s source) at(node ast.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: ", s.path, s.fset.Position(node.Pos()).Line) + fmt.Sprintf(format, args...)
}

// span is the number of lines from a node's first to its last.
func (s source) span(node ast.Node) int {
	return s.fset.Position(node.End()).Line - s.fset.Position(node.Pos()).Line + 1
}

// imported is one import of a file; name is what the file calls it, "_" and "." included.
type imported struct {
	path, name string
	spec       *ast.ImportSpec
}

// version is the end of an import path that is no part of the package's name: github.com/labstack/echo/v4.
var version = regexp.MustCompile(`^v[0-9]+$`)

func (s source) imports() []imported {
	var all []imported
	for _, spec := range s.syntax.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			panic(err) // the parser accepted it
		}
		name := path.Base(target)
		if version.MatchString(name) {
			name = path.Base(path.Dir(target))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		all = append(all, imported{path: target, name: name, spec: spec})
	}
	return all
}

// uses finds every mention of an imported package's exported name, called or not.
func (s source) uses(found func(node ast.Node, library, name string)) {
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if library := s.libraryOf(selector); library != "" {
				found(selector, library, selector.Sel.Name)
			}
		}
		return true
	})
}

// libraryOf is the import path of the package that a selector names, or "" for a field or method.
func (s source) libraryOf(selector *ast.SelectorExpr) string {
	left, ok := selector.X.(*ast.Ident)
	if !ok || left.Obj != nil { // an identifier with an object is a variable of this file that hides the package
		return ""
	}
	for _, i := range s.imports() {
		if i.name == left.Name {
			return i.path
		}
	}
	return ""
}

// listed is what `go list` says of one package of the module.
type listed struct {
	ImportPath, Dir, Name, Doc                         string
	GoFiles, IgnoredGoFiles, TestGoFiles, XTestGoFiles []string
	Deps                                               []string
	Module                                             *struct{ Main bool }
}

const module = "mofasa"

// inModule turns an import path into a folder of the repository; ok is false for another module's.
func inModule(importPath string) (folder string, ok bool) {
	return strings.CutPrefix(importPath, module+"/")
}

var packages = sync.OnceValues(func() ([]listed, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,Name,Doc,GoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles,Deps,Module", "./...")
	cmd.Dir = checkout
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	var all []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		if p.Module != nil && p.Module.Main && !strings.Contains(p.ImportPath, "/node_modules/") {
			all = append(all, p)
		}
	}
})

var sources = sync.OnceValues(func() ([]source, error) {
	found, err := packages()
	if err != nil {
		return nil, err
	}
	root, err := filepath.Abs(checkout)
	if err != nil {
		return nil, err
	}
	var all []source
	for _, p := range found {
		for _, names := range [][]string{p.GoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles} {
			for _, name := range names {
				s, err := load(root, filepath.Join(p.Dir, name))
				if err != nil {
					return nil, err
				}
				all = append(all, s)
			}
		}
	}
	return all, nil
})

func load(root, file string) (source, error) {
	relative, err := filepath.Rel(root, file)
	if err != nil {
		return source{}, err
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return source{}, err
	}
	return parse(filepath.ToSlash(relative), body)
}

// tree is every Go file of the repository.
func tree(t *testing.T) []source {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("only %d Go files found: the walk is broken", len(all))
	}
	return all
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(checkout, path))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// report fails the test with every violation.
func report(t *testing.T, violations []string) {
	t.Helper()
	for _, v := range violations {
		t.Error(v)
	}
}

// expect compares the violations of a synthetic case with what each of them must say; no wants means none.
func expect(t *testing.T, got []string, wants ...string) {
	t.Helper()
	if len(got) != len(wants) {
		t.Fatalf("found %q, want %d that say %q", got, len(wants), wants)
	}
	for i, want := range wants {
		if !strings.Contains(got[i], want) {
			t.Errorf("found %q, want one that says %q", got[i], want)
		}
	}
}
