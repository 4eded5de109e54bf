package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// A command that has tests of its own and no parent runs nowhere.
func TestEveryCommandHasItsPlace(t *testing.T) {
	t.Parallel()
	root := newRootCommand()
	reached := map[string]bool{}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		reached[c.Name()] = true
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(root)
	declared := declaredCommands(t)
	if len(declared) < 60 {
		t.Fatalf("the sources declare %d commands: they are not read", len(declared))
	}
	for _, name := range declared {
		if !reached[name] {
			t.Errorf("mofasa runs no command %q", name)
		}
	}
}

// The README and the package's own comment name each command, and none that is not there.
func TestCommandsAreListed(t *testing.T) {
	t.Parallel()
	var want []string
	for _, c := range newRootCommand().Commands() {
		want = append(want, c.Name())
	}
	slices.Sort(want)
	for file, ends := range map[string][2]string{"main.go": {"whole server side: ", ".\npackage"}, "../../README.md": {"mofasa (", ")"}} {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, list, _ := strings.Cut(string(body), ends[0])
		list, _, found := strings.Cut(list, ends[1])
		got := strings.Fields(strings.NewReplacer(",", " ", "·", " ", "//", " ").Replace(list))
		slices.Sort(got)
		if !found || !slices.Equal(got, want) {
			t.Errorf("%s lists %v, and mofasa has %v", file, got, want)
		}
	}
}

// declaredCommands are the first words of the Use fields in this package.
func declaredCommands(t *testing.T) (names []string) {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, _ := pair.Key.(*ast.Ident)
			value, _ := pair.Value.(*ast.BasicLit)
			if key == nil || key.Name != "Use" || value == nil {
				return true
			}
			if words := strings.Fields(strings.Trim(value.Value, "\"`")); len(words) > 0 {
				names = append(names, words[0])
			}
			return true
		})
	}
	return names
}
