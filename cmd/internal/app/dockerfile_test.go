package app_test

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDockerfile(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for _, file := range repositoryFiles(t) {
		files[file] = &fstest.MapFile{}
	}
	report(t, dockerfileFaults(string(readFile(t, "Dockerfile")), string(readFile(t, ".dockerignore")), files, configVariables(t)))
}

// TestDockerfileUsesTheGoOfTheModule: an older image would fetch a toolchain at every build, or fail without a network.
func TestDockerfileUsesTheGoOfTheModule(t *testing.T) {
	t.Parallel()
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(readFile(t, "go.mod"))
	if wanted == nil {
		t.Fatal("go.mod names no version")
	}
	if want := fmt.Sprintf("FROM golang:%s-", wanted[1]); !strings.Contains(string(readFile(t, "Dockerfile")), want) {
		t.Errorf("the Dockerfile has no %s", want)
	}
}

// instruction is one logical line of a Dockerfile.
type instruction struct {
	word      string
	arguments []string
}

func instructions(body string) []instruction {
	var all []instruction
	joined := strings.ReplaceAll(body, "\\\n", " ")
	for line := range strings.Lines(joined) {
		words := strings.Fields(line)
		if len(words) > 0 && !strings.HasPrefix(words[0], "#") {
			all = append(all, instruction{strings.ToUpper(words[0]), words[1:]})
		}
	}
	return all
}

// dockerfileFaults finds what a build would stumble over, and a container that would run as root.
func dockerfileFaults(body, ignored string, files fstest.MapFS, declared []string) []string {
	var wrong, stages []string
	user := ""
	for _, i := range instructions(body) {
		switch i.word {
		case "FROM":
			user = ""
			stages = append(stages, stageName(i))
		case "COPY":
			wrong = append(wrong, copyFaults(i, stages, strings.Fields(ignored), files)...)
		case "USER":
			user = strings.Join(i.arguments, "")
		}
	}
	for _, name := range unique(ownVariable.FindAllString(body, -1)) {
		if !slices.Contains(declared, name) {
			wrong = append(wrong, name+" is no variable of the configuration")
		}
	}
	if user == "" || user == "root" || user == "0" {
		wrong = append(wrong, "the last stage runs as root")
	}
	return wrong
}

func stageName(from instruction) string {
	if len(from.arguments) == 3 && strings.EqualFold(from.arguments[1], "as") {
		return from.arguments[2]
	}
	return ""
}

func copyFaults(i instruction, stages, ignored []string, files fstest.MapFS) []string {
	var wrong []string
	from := ""
	var paths []string
	for _, argument := range i.arguments {
		if name, ok := strings.CutPrefix(argument, "--from="); ok {
			from = name
		} else if !strings.HasPrefix(argument, "--") {
			paths = append(paths, argument)
		}
	}
	if len(paths) < 2 {
		return []string{fmt.Sprintf("COPY %q copies nothing", i.arguments)}
	}
	if from != "" {
		if !slices.Contains(stages[:len(stages)-1], from) {
			wrong = append(wrong, "COPY from "+from+", which is no earlier stage")
		}
		return wrong
	}
	for _, source := range paths[:len(paths)-1] {
		if !inContext(path.Clean(source), ignored, files) {
			wrong = append(wrong, "COPY "+source+", which is not in the build's context")
		}
	}
	return wrong
}

// inContext tells whether a file or folder exists and .dockerignore lets it through.
func inContext(source string, ignored []string, files fstest.MapFS) bool {
	if _, err := files.Stat(source); err != nil {
		return false
	}
	return !slices.ContainsFunc(ignored, func(folder string) bool { return within(source, folder) })
}

func TestDockerfileRules(t *testing.T) {
	t.Parallel()
	const sound = "# comment\nFROM node AS web\nCOPY web/a.json web/b.json ./\nFROM golang AS build\nCOPY . .\nCOPY --from=web /x /y\nFROM debian\nCOPY --from=build /out /bin\nENV MOFASA_A=1 \\\n  MOFASA_D=2\nUSER mofasa\n"
	tests := []struct{ name, old, new, want string }{
		{"sound", "", "", ""},
		{"unknown stage", "--from=build", "--from=built", "COPY from built"},
		{"a later stage", "--from=web", "--from=build", "COPY from build"},
		{"missing file", "web/b.json", "web/c.json", "COPY web/c.json"},
		{"ignored folder", "web/b.json", "web/dist", "COPY web/dist"},
		{"root by default", "USER mofasa\n", "", "runs as root"},
		{"root by name", "USER mofasa", "USER root", "runs as root"},
		{"a user of another stage", "USER mofasa\n", "USER mofasa\nFROM debian\n", "runs as root"},
		{"unknown variable", "MOFASA_D", "MOFASA_E", "MOFASA_E is no variable"},
		{"no target", "COPY . .", "COPY .", "copies nothing"},
	}
	files := fstest.MapFS{"web/a.json": {}, "web/b.json": {}, "web/dist/index.html": {}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var wants []string
			if tt.want != "" {
				wants = []string{tt.want}
			}
			expect(t, dockerfileFaults(strings.Replace(sound, tt.old, tt.new, 1), "web/dist\nvar\n", files, []string{"MOFASA_A", "MOFASA_D"}), wants...)
		})
	}
}

// TestMakeTargetsOfCI keeps what CI runs and what the Makefile offers together.
func TestMakeTargetsOfCI(t *testing.T) {
	t.Parallel()
	targets := makeTargets(readFile(t, "Makefile"))
	script := string(readFile(t, ".ci/run"))
	for _, target := range []string{"lint", "test", "demo"} {
		if !targets[target] || !strings.Contains(script, "step make "+target) {
			t.Errorf("CI does not run make %s", target)
		}
	}
	info, err := os.Stat(filepath.Join(checkout, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode()&0o111 == 0 {
		t.Error(".ci/run cannot be executed")
	}
}
