// Package fault holds the one error type that carries a public meaning. Deep code chooses what a citizen or an operator
// reads (in Persian and English) without knowing HTTP; api/problem.go alone turns a fault into an answer.
// Every other error is private and becomes a bland internal problem.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Kind says whose move is next; the api maps each kind to one HTTP status.
type Kind int

// The kinds, each with the HTTP status that it becomes.
const (
	Internal        Kind = iota // 500: our defect, bland text, trace id
	Malformed                   // 400: not parseable at all
	Unauthenticated             // 401
	Forbidden                   // 403
	NotFound                    // 404
	NotAllowed                  // 405: the resource has no such method
	Conflict                    // 409: somebody else was first, or the state moved on
	Precondition                // 412: things are not as the caller believes; nothing happened
	TooLarge                    // 413
	Unsupported                 // 415
	Invalid                     // 422: understood and wrong
	RateLimited                 // 429
	Unavailable                 // 503: retry later, nothing happened
)

// Text is a public sentence in both languages of the product.
type Text struct {
	FA string `json:"fa"`
	EN string `json:"en"`
}

// Field is one wrong input: its name (JSON path or CSV column), the code that says why, and the rune offset of the fault
// in the given value, or -1 where no single place is wrong.
type Field struct {
	Name     string
	Code     string
	Position int
	Text     Text
}

// Error is a public meaning with a private cause. It is immutable: the methods below return changed copies.
type Error struct {
	Kind       Kind
	Code       string // stable, snake_case, listed in openapi.yaml
	Text       Text
	Fields     []Field
	RetryAfter time.Duration  // 0: no advice
	Extra      map[string]any // extension members of the problem document
	position   int
	cause      error
}

var registry = map[string]*Error{}

// Define makes the one Error of a code. It is called from package-level variables only, and panics when two of them share a code.
func Define(kind Kind, code, fa, en string) *Error {
	if _, taken := registry[code]; taken {
		panic("fault: code defined twice: " + code)
	}
	e := &Error{Kind: kind, Code: code, Text: Text{FA: fa, EN: en}, position: -1}
	registry[code] = e
	return e
}

// Codes lists every defined code in order; openapi.yaml must list the same.
func Codes() []string { return slices.Sorted(maps.Keys(registry)) }

// Error is for logs and tests; it holds the code and the private cause, never a user's input.
func (e *Error) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("%s: %v", e.Code, e.cause)
	}
	return e.Code
}

// Unwrap gives the private cause.
func (e *Error) Unwrap() error { return e.cause }

// Is makes errors.Is compare faults by code, so that copies with a cause or a field still match their definition.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Because returns a copy with a private cause.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// At returns a copy that knows the rune offset of the fault in the parsed value.
func (e *Error) At(position int) *Error {
	c := *e
	c.position = position
	return &c
}

// Position is the rune offset set by At, or -1.
func (e *Error) Position() int { return e.position }

// On returns a copy that blames the named input, with this error's own code, text and position.
func (e *Error) On(name string) *Error {
	c := *e
	c.Fields = append(slices.Clone(e.Fields), Field{Name: name, Code: e.Code, Position: e.position, Text: e.Text})
	return &c
}

// Retry returns a copy that tells the caller when to come back.
func (e *Error) Retry(after time.Duration) *Error {
	c := *e
	c.RetryAfter = after
	return &c
}

// With returns a copy with one extension member for the problem document.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Extra = maps.Clone(e.Extra)
	if c.Extra == nil {
		c.Extra = map[string]any{}
	}
	c.Extra[key] = value
	return &c
}

// Of finds the fault inside err, or nil where err has no public meaning.
func Of(err error) *Error {
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// OnField blames the named input for err if err is a fault, and returns err unchanged otherwise.
func OnField(err error, name string) error {
	if f := Of(err); f != nil {
		return f.On(name)
	}
	return err
}
