package municipalities

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mofasa/tenants/fault"
)

// reader walks a YAML document and notes everything that is wrong, with its path and line.
type reader struct {
	problems []Problem
	lines    map[string]int // of every path that was read
}

// field is one key of a mapping.
type field struct {
	name     string
	optional bool
	read     func(n *yaml.Node, path string)
}

func (r *reader) fail(n *yaml.Node, path string, f *fault.Error) {
	r.problems = append(r.problems, Problem{Path: path, Line: n.Line, Fault: f})
}

// lineOf is the line of a path, or of the nearest one around it.
func (r *reader) lineOf(path string) int {
	for {
		if line, known := r.lines[path]; known {
			return line
		}
		cut := strings.LastIndexAny(path, ".[")
		if cut < 0 {
			return 0
		}
		path = path[:cut]
	}
}

// members visits each key of a mapping once.
func (r *reader) members(n *yaml.Node, path string, visit func(key, value *yaml.Node, path string)) {
	if n.Kind != yaml.MappingNode {
		r.fail(n, path, errPackType)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := strings.TrimPrefix(path+"."+key.Value, ".")
		if key.Kind != yaml.ScalarNode || key.Anchor != "" || value.Anchor != "" || key.Tag == "!!merge" {
			r.fail(key, at, errPackSyntax)
			continue
		}
		if seen[key.Value] {
			r.fail(key, at, errPackRepeated)
			continue
		}
		seen[key.Value], r.lines[at] = true, key.Line
		visit(key, value, at)
	}
}

// object reads a mapping that has these fields and no others.
func (r *reader) object(n *yaml.Node, path string, fields []field) {
	given := map[string]bool{}
	r.members(n, path, func(key, value *yaml.Node, at string) {
		given[key.Value] = true
		for _, f := range fields {
			if f.name == key.Value {
				f.read(value, at)
				return
			}
		}
		r.fail(key, at, errPackField)
	})
	for _, f := range fields {
		if !given[f.name] && !f.optional && n.Kind == yaml.MappingNode {
			r.fail(n, strings.TrimPrefix(path+"."+f.name, "."), errPackMissing)
		}
	}
}

func (r *reader) fields(fields ...field) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) { r.object(n, path, fields) }
}

func (r *reader) list(n *yaml.Node, path string, visit func(item *yaml.Node, path string)) {
	if n.Kind != yaml.SequenceNode {
		r.fail(n, path, errPackType)
		return
	}
	for i, item := range n.Content {
		at := fmt.Sprintf("%s[%d]", path, i)
		r.lines[at] = item.Line
		visit(item, at)
	}
}

// text reads a string by a rule that gives its canonical writing.
func (r *reader) text(into *string, rule func(string) (string, error)) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str" {
			r.fail(n, path, errPackType)
			return
		}
		value, err := rule(n.Value)
		if err != nil {
			r.fail(n, path, fault.Of(err))
			return
		}
		*into = value
	}
}

var decimal = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,17})$`)

// whole reads a decimal whole number between two bounds; 0x10 and 010 are none.
func (r *reader) whole(into *int, least, most int) func(*yaml.Node, string) {
	return func(n *yaml.Node, path string) {
		if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!int" || !decimal.MatchString(n.Value) {
			r.fail(n, path, errPackType)
			return
		}
		value, err := strconv.Atoi(n.Value)
		if err != nil || value < least || value > most {
			r.fail(n, path, errPackRange)
			return
		}
		*into = value
	}
}

// value turns a node into what JSON has: texts, whole numbers, truths, null, lists and mappings.
func (r *reader) value(n *yaml.Node, path string) any {
	switch {
	case n.Anchor != "":
		r.fail(n, path, errPackSyntax)
	case n.Kind == yaml.MappingNode:
		object := map[string]any{}
		r.members(n, path, func(key, value *yaml.Node, at string) { object[key.Value] = r.value(value, at) })
		return object
	case n.Kind == yaml.SequenceNode:
		items := []any{}
		r.list(n, path, func(item *yaml.Node, at string) { items = append(items, r.value(item, at)) })
		return items
	case n.Kind == yaml.ScalarNode:
		return r.scalar(n, path)
	default:
		r.fail(n, path, errPackSyntax)
	}
	return nil
}

func (r *reader) scalar(n *yaml.Node, path string) any {
	switch tag := n.ShortTag(); {
	case tag == "!!str":
		if _, err := prose(n.Value); err != nil {
			r.fail(n, path, errPackText)
		}
		return n.Value
	case tag == "!!int" && decimal.MatchString(n.Value):
		return json.Number(n.Value)
	case tag == "!!bool" && (n.Value == "true" || n.Value == "false"):
		return n.Value == "true"
	case tag == "!!null":
		return nil
	}
	r.fail(n, path, errPackType)
	return nil
}

var yamlLine = regexp.MustCompile(`line ([0-9]+)`)

// lineIn finds the line that the YAML library names in its message; 0: none.
func lineIn(err error) int {
	found := yamlLine.FindStringSubmatch(err.Error())
	if found == nil {
		return 0
	}
	line, _ := strconv.Atoi(found[1]) // digits
	return line
}
