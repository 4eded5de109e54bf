package app_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What code may cost its reader.
const (
	fileCap        = 400 // lines, Go and TypeScript alike
	fileMedian     = 150
	functionCap    = 60 // lines
	functionMedian = 12
	methodCap      = 7 // of an interface
	parameterCap   = 5 // without the receiver
	readmeCap      = 200
)

// exceptions are what the caps do not bind: a file, or a file and a name in it ("billing/x/x.go:Method"), and the reason.
// The list only shrinks: an entry that is no longer needed fails the test.
var exceptions = map[string]string{
	"web/src/i18n/fa.ts": "a catalogue is a table, as long as what the portal says",
	"web/src/i18n/en.ts": "a catalogue",
}

// excess is one thing over its cap.
type excess struct{ subject, message string }

func TestBudgets(t *testing.T) {
	t.Parallel()
	over := overBudget(tree(t))
	over = append(over, longTexts(texts(t, ".ts", ".tsx"), fileCap)...)
	over = append(over, longTexts(texts(t, "README.md"), readmeCap)...)
	report(t, judge(over, exceptions))
}

func TestMedians(t *testing.T) {
	t.Parallel()
	report(t, overMedian(tree(t)))
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	t.Parallel()
	report(t, undocumented(tree(t)))
}

// judge splits what exceeds a cap from what may, and names the permissions that nothing needs.
func judge(over []excess, exceptions map[string]string) []string {
	var wrong []string
	needless := maps.Clone(exceptions)
	for _, e := range over {
		if _, ok := exceptions[e.subject]; ok {
			delete(needless, e.subject)
			continue
		}
		wrong = append(wrong, e.subject+" "+e.message)
	}
	for _, subject := range slices.Sorted(maps.Keys(needless)) {
		wrong = append(wrong, subject+" needs no exception any more")
	}
	return wrong
}

// counted tells whether a file is written by hand and shipped.
func counted(s source) bool {
	return !strings.HasSuffix(s.path, "_test.go") && !s.generated()
}

func overBudget(files []source) []excess {
	var over []excess
	for _, s := range files {
		if !counted(s) {
			continue
		}
		if n := s.lines(); n > fileCap {
			over = append(over, excess{s.path, fmt.Sprintf("has %d lines, more than %d", n, fileCap)})
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			over = append(over, declarationExcess(s, n)...)
			return true
		})
	}
	return over
}

func declarationExcess(s source, n ast.Node) []excess {
	switch n := n.(type) {
	case *ast.FuncDecl:
		subject := s.path + ":" + n.Name.Name
		over := parameterExcess(subject, n.Type)
		if lines := s.span(n); lines > functionCap {
			over = append(over, excess{subject, fmt.Sprintf("has %d lines, more than %d", lines, functionCap)})
		}
		return over
	case *ast.TypeSpec:
		if contract, ok := n.Type.(*ast.InterfaceType); ok {
			return interfaceExcess(s.path+":"+n.Name.Name, contract)
		}
	}
	return nil
}

func interfaceExcess(subject string, contract *ast.InterfaceType) []excess {
	var over []excess
	if n := methods(contract); n > methodCap {
		over = append(over, excess{subject, fmt.Sprintf("has %d methods, more than %d", n, methodCap)})
	}
	for _, field := range contract.Methods.List {
		if method, ok := field.Type.(*ast.FuncType); ok && len(field.Names) > 0 {
			over = append(over, parameterExcess(subject+"."+field.Names[0].Name, method)...)
		}
	}
	return over
}

// methods counts the methods of an interface, those of an interface that it embeds from the same file included.
func methods(contract *ast.InterfaceType) int {
	total := 0
	for _, field := range contract.Methods.List {
		total += max(1, len(field.Names))
		embedded, ok := field.Type.(*ast.Ident)
		if !ok || embedded.Obj == nil {
			continue
		}
		if spec, ok := embedded.Obj.Decl.(*ast.TypeSpec); ok {
			if inner, ok := spec.Type.(*ast.InterfaceType); ok {
				total += methods(inner) - 1
			}
		}
	}
	return total
}

func parameterExcess(subject string, function *ast.FuncType) []excess {
	total := 0
	for _, field := range function.Params.List {
		total += max(1, len(field.Names))
	}
	if total <= parameterCap {
		return nil
	}
	return []excess{{subject, fmt.Sprintf("takes %d parameters, more than %d", total, parameterCap)}}
}

func overMedian(files []source) []string {
	var fileLines, functionLines []int
	for _, s := range files {
		if !counted(s) {
			continue
		}
		fileLines = append(fileLines, s.lines())
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				functionLines = append(functionLines, s.span(f))
			}
		}
	}
	var wrong []string
	if m := median(fileLines); m > fileMedian {
		wrong = append(wrong, fmt.Sprintf("the median file has %d lines, more than %d", m, fileMedian))
	}
	if m := median(functionLines); m > functionMedian {
		wrong = append(wrong, fmt.Sprintf("the median function has %d lines, more than %d", m, functionMedian))
	}
	return wrong
}

func median(numbers []int) int {
	if len(numbers) == 0 {
		return 0
	}
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}

func longTexts(files map[string]int, limit int) []excess {
	var over []excess
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if files[file] > limit {
			over = append(over, excess{file, fmt.Sprintf("has %d lines, more than %d", files[file], limit)})
		}
	}
	return over
}

// texts counts the lines of the repository's hand-written files with one of these endings. Tests of the portal are not counted.
func texts(t *testing.T, endings ...string) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, file := range repositoryFiles(t) {
		written := !strings.Contains(file, ".test.") && !strings.Contains(file, ".gen.") && !strings.Contains(file, "/generated/")
		if written && slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(file, ending) }) {
			found[file] = bytes.Count(readFile(t, file), []byte("\n"))
		}
	}
	return found
}

// built are folders that commands fill; git ignores them.
var built = []string{".git", "var", "node_modules", "dist", "test-results", "playwright-report"}

// repositoryFiles lists the repository's own files, with slashes.
func repositoryFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(os.DirFS(filepath.FromSlash(checkout)), ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains(built, path.Base(file)) {
			return fs.SkipDir
		}
		if entry.Type().IsRegular() {
			all = append(all, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// undocumented finds exported names without a comment, and packages without one. A group's comment covers its constants and variables.
func undocumented(files []source) []string {
	var wrong []string
	bare := map[string]source{}
	documented := map[string]bool{}
	for _, s := range files {
		if strings.HasSuffix(s.path, "_test.go") || s.generated() {
			continue
		}
		bare[s.folder()] = s
		documented[s.folder()] = documented[s.folder()] || s.syntax.Doc != nil
		for _, d := range s.syntax.Decls {
			wrong = append(wrong, bareNames(s, d)...)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(bare)) {
		if !documented[folder] {
			wrong = append(wrong, folder+": the package has no comment")
		}
	}
	return wrong
}

func bareNames(s source, d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d) {
			return []string{s.at(d, "%s has no comment", d.Name.Name)}
		}
	case *ast.GenDecl:
		return bareSpecs(s, d)
	}
	return nil
}

func bareSpecs(s source, d *ast.GenDecl) []string {
	var wrong []string
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && spec.Doc == nil && (d.Doc == nil || d.Lparen.IsValid()) {
				wrong = append(wrong, s.at(spec, "%s has no comment", spec.Name.Name))
			}
		case *ast.ValueSpec:
			if d.Tok != token.IMPORT && d.Doc == nil && spec.Doc == nil && spec.Comment == nil && slices.ContainsFunc(spec.Names, (*ast.Ident).IsExported) {
				wrong = append(wrong, s.at(spec, "%s has no comment", spec.Names[0].Name))
			}
		}
	}
	return wrong
}

// exportedReceiver is true for functions, and for methods that a reader of the documentation can see.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	receiver := d.Recv.List[0].Type
	for {
		switch r := receiver.(type) {
		case *ast.StarExpr:
			receiver = r.X
		case *ast.IndexExpr:
			receiver = r.X
		case *ast.IndexListExpr:
			receiver = r.X
		case *ast.Ident:
			return r.IsExported()
		default:
			return true
		}
	}
}
