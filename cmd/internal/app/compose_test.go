package app_test

import (
	"fmt"
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// compose is the part of the Compose Specification (https://compose-spec.io) that this repository uses.
type compose struct {
	Services map[string]composeService
	Volumes  map[string]any
}

type composeService struct {
	Build       string
	Image       string
	Command     []string
	Entrypoint  []string
	Profiles    []string
	Restart     string
	Ports       []string
	Volumes     []string
	Environment map[string]string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Healthcheck *struct{ Test []string }
}

// reachOwner are the variables of logins that row-level security does not bind.
var reachOwner = []string{"MOFASA_DATABASE_OWNER_URL", "MOFASA_DATABASE_ADMIN_URL"}

func TestComposeFile(t *testing.T) {
	t.Parallel()
	body := readFile(t, "docker-compose.yml")
	report(t, composeFaults(body, configVariables(t)))
	file, err := parseCompose(body)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"postgres", "redis", "migrate", "serve", "worker", "banksim"} {
		if _, ok := file.Services[name]; !ok {
			t.Errorf("service %s is missing", name)
		}
	}
	if got := file.Services["banksim"].Profiles; !slices.Equal(got, []string{"demo"}) {
		t.Errorf("banksim starts in the profiles %q; the simulated bank must be asked for", got)
	}
}

// configVariables are the names in the env tags of this package's configuration.
func configVariables(t *testing.T) []string {
	t.Helper()
	names := envTags(synthetic(t, "cmd/internal/app/config.go", string(readFile(t, "cmd/internal/app/config.go"))))
	if len(names) == 0 {
		t.Fatal("config.go declares no variable")
	}
	return names
}

func envTags(s source) []string {
	var names []string
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok || field.Tag == nil {
			return true
		}
		tag, err := strconv.Unquote(field.Tag.Value)
		if err != nil {
			return true
		}
		name, _, _ := strings.Cut(reflect.StructTag(tag).Get("env"), ",")
		if name != "" {
			names = append(names, name)
		}
		return true
	})
	return names
}

func parseCompose(body []byte) (compose, error) {
	var file compose
	err := yaml.Unmarshal(body, &file)
	return file, err
}

var ownVariable = regexp.MustCompile(`\bMOFASA_[A-Z0-9_]+`)

func composeFaults(body []byte, declared []string) []string {
	file, err := parseCompose(body)
	if err != nil {
		return []string{err.Error()}
	}
	var wrong []string
	for _, name := range unique(ownVariable.FindAllString(string(body), -1)) {
		if !slices.Contains(declared, name) {
			wrong = append(wrong, name+" is no variable of the configuration")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(file.Services)) {
		for _, fault := range file.serviceFaults(name, file.Services[name]) {
			wrong = append(wrong, "service "+name+": "+fault)
		}
	}
	return wrong
}

func (c compose) serviceFaults(name string, s composeService) []string {
	var wrong []string
	if s.Image == "" && s.Build == "" {
		wrong = append(wrong, "has neither image nor build")
	}
	if s.Build != "" {
		if _, err := os.Stat(filepath.Join(checkout, s.Build, "Dockerfile")); err != nil {
			wrong = append(wrong, "builds "+s.Build+", which has no Dockerfile")
		}
	}
	for _, key := range reachOwner {
		if _, ok := s.Environment[key]; ok && name != "migrate" {
			wrong = append(wrong, "may not know "+key)
		}
	}
	wrong = append(wrong, c.dependencyFaults(s)...)
	wrong = append(wrong, c.volumeFaults(s)...)
	return append(wrong, portFaults(s)...)
}

func (c compose) dependencyFaults(s composeService) []string {
	var wrong []string
	for _, name := range slices.Sorted(maps.Keys(s.DependsOn)) {
		condition := s.DependsOn[name].Condition
		target, ok := c.Services[name]
		switch {
		case !ok:
			wrong = append(wrong, "depends on "+name+", which does not exist")
		case condition == "service_healthy" && (target.Healthcheck == nil || len(target.Healthcheck.Test) < 2):
			wrong = append(wrong, "waits for the health of "+name+", which nobody checks")
		case condition == "service_completed_successfully" && target.Restart != "no":
			wrong = append(wrong, "waits for the end of "+name+", which restarts for ever")
		case len(target.Profiles) > 0 && len(s.Profiles) == 0:
			wrong = append(wrong, "depends on "+name+", which starts in a profile only")
		}
	}
	return wrong
}

func (c compose) volumeFaults(s composeService) []string {
	var wrong []string
	for _, mount := range s.Volumes {
		from, to, ok := strings.Cut(mount, ":")
		if !ok || !strings.HasPrefix(to, "/") {
			wrong = append(wrong, "mounts "+mount+" nowhere")
		}
		if _, declared := c.Volumes[from]; !declared && !strings.HasPrefix(from, ".") {
			wrong = append(wrong, "mounts "+from+", which is not declared")
		}
	}
	return wrong
}

var port = regexp.MustCompile(`^127\.0\.0\.1:[0-9]{2,5}:[0-9]{2,5}$`)

func portFaults(s composeService) []string {
	var wrong []string
	for _, p := range s.Ports {
		if !port.MatchString(p) {
			wrong = append(wrong, fmt.Sprintf("publishes %q: want 127.0.0.1:HOST:CONTAINER, the proxy stands before it", p))
		}
	}
	return wrong
}

func unique(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

func TestComposeRules(t *testing.T) {
	t.Parallel()
	const sound = "services:\n  db: {image: postgres, volumes: [\"data:/data\"], healthcheck: {test: [CMD, ok]}}\n" +
		"  migrate: {build: ., restart: \"no\", environment: {MOFASA_DATABASE_OWNER_URL: x}}\n" +
		"  serve: {build: ., ports: [\"127.0.0.1:80:80\"], environment: {MOFASA_A: \"${MOFASA_A:-x}\"}, depends_on: {db: {condition: service_healthy}, migrate: {condition: service_completed_successfully}}}\nvolumes:\n  data:\n"
	tests := []struct{ name, old, new, want string }{
		{"sound", "", "", ""},
		{"not YAML", "services:", "services: [", "yaml"},
		{"no image", "image: postgres, ", "", "service db: has neither image nor build"},
		{"no Dockerfile", "serve: {build: .", "serve: {build: ./web", "builds ./web, which has no Dockerfile"},
		{"unknown variable", "MOFASA_A: ", "MOFASA_B: ", "MOFASA_B is no variable"},
		{"unknown interpolation", "${MOFASA_A:", "${MOFASA_C:", "MOFASA_C is no variable"},
		{"owner's login in serve", "MOFASA_A: ", "MOFASA_DATABASE_OWNER_URL: ", "service serve: may not know MOFASA_DATABASE_OWNER_URL"},
		{"unknown dependency", "{db: {cond", "{dbx: {cond", "depends on dbx, which does not exist"},
		{"unchecked health", ", healthcheck: {test: [CMD, ok]}", "", "waits for the health of db"},
		{"a one-shot that restarts", "restart: \"no\"", "restart: always", "waits for the end of migrate"},
		{"a dependency behind a profile", "image: postgres", "image: postgres, profiles: [x]", "depends on db, which starts in a profile only"},
		{"undeclared volume", "volumes:\n  data:", "volumes:\n  other:", "mounts data, which is not declared"},
		{"a volume without a place", "data:/data", "data", "mounts data nowhere"},
		{"a port open to the world", "127.0.0.1:80:80", "80:80", "publishes \"80:80\""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			body := strings.Replace(sound, tt.old, tt.new, 1)
			var wants []string
			if tt.want != "" {
				wants = []string{tt.want}
			}
			expect(t, composeFaults([]byte(body), []string{"MOFASA_A", "MOFASA_DATABASE_OWNER_URL"}), wants...)
		})
	}
}

func TestEnvTags(t *testing.T) {
	t.Parallel()
	s := synthetic(t, "config.go", "package app\ntype C struct {\nA string `env:\"MOFASA_A,required\" envDefault:\"x\"`\nB int `json:\"b\"`\nIn struct { D string `env:\"MOFASA_D\"` }\n}")
	if got := envTags(s); !slices.Equal(got, []string{"MOFASA_A", "MOFASA_D"}) {
		t.Errorf("found %q", got)
	}
}
