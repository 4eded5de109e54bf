package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/labstack/echo/v4"

	"mofasa/api/gen"
	"mofasa/tenants/fault"
	"mofasa/tenants/scope"
)

// The largest request bodies: nothing that the API takes as JSON comes near the first; a year's list of base values is a CSV file, which only somebody with an
// access token may send.
const (
	maxBody = 256 << 10
	maxFile = 4 << 20
)

// operation is what the contract says about the request at hand.
type operation struct {
	ID         string
	Permission string // x-permission
	RateLimit  string // x-rate-limit
	SetUp      bool   // x-second-factor-setup: whoever must set a second factor up first may call it
}

type operationKey struct{}

// operationOf is the operation of a request, or nil for what is outside the contract (the portal's files, metrics).
func operationOf(ctx context.Context) *operation {
	op, _ := ctx.Value(operationKey{}).(*operation)
	return op
}

type contract struct {
	router     routers.Router
	operations map[string]*operation
}

// readContract reads openapi.yaml as it was when the program was built: once, since it never changes and is long.
var readContract = sync.OnceValues(func() (*contract, error) {
	spec, err := gen.GetSpec()
	if err != nil {
		return nil, err
	}
	return newContract(spec)
})

func newContract(spec *openapi3.T) (*contract, error) {
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		return nil, fmt.Errorf("contract router: %w", err)
	}
	c := &contract{router: router, operations: map[string]*operation{}}
	for path, item := range spec.Paths.Map() {
		for method, o := range item.Operations() {
			op := &operation{ID: o.OperationID}
			op.Permission, _ = o.Extensions["x-permission"].(string)
			op.RateLimit, _ = o.Extensions["x-rate-limit"].(string)
			op.SetUp, _ = o.Extensions["x-second-factor-setup"].(bool)
			if op.Permission == "" || op.RateLimit == "" {
				return nil, fmt.Errorf("operation %s declares no x-permission or no x-rate-limit", o.OperationID)
			}
			c.operations[method+" "+path] = op
		}
	}
	return c, nil
}

// validate refuses a request that the contract does not describe, before anything of ours sees it.
func (k *contract) validate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		route, params, err := k.router.FindRoute(r)
		if errors.Is(err, routers.ErrMethodNotAllowed) {
			return errMethod
		}
		if err != nil && (strings.HasPrefix(r.URL.Path, "/v1/") || strings.HasPrefix(r.URL.Path, "/v/")) {
			return errNoRoute // never past the contract, whatever echo would make of the path
		}
		if err != nil {
			return next(c) // the portal, or nothing: echo decides
		}
		input := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true, ExcludeRequestBody: takesFile(route.Operation, r)}}
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			return contractFault(err, route.Operation, r)
		}
		op := k.operations[route.Method+" "+route.Path]
		ctx := context.WithValue(r.Context(), queryKey{}, r.URL.RawQuery)
		c.SetRequest(r.WithContext(context.WithValue(ctx, operationKey{}, op)))
		return next(c)
	}
}

const csvFile = "text/csv"

// takesFile holds for a file that the operation asks for. Its import reads it row by row; the contract would refuse all of it for one row that is no CSV.
func takesFile(op *openapi3.Operation, r *http.Request) bool {
	return contentType(r) == csvFile && op.RequestBody != nil && op.RequestBody.Value.Content[csvFile] != nil
}

// contentType is the media type of a request's body, or "".
func contentType(r *http.Request) string {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// contractFault names the wrong fields; it never repeats a value.
func contractFault(err error, op *openapi3.Operation, r *http.Request) error {
	if op.RequestBody != nil && r.ContentLength != 0 {
		given, _, mimeErr := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if mimeErr != nil || op.RequestBody.Value.Content.Get(given) == nil {
			return errContentType
		}
	}
	f := errInvalid
	names := map[string]bool{}
	walkErrors(err, func(name string) {
		if !names[name] {
			names[name] = true
			f = f.On(name)
		}
	})
	var parse *openapi3filter.ParseError
	if len(names) == 0 || errors.As(err, &parse) && len(f.Fields) == 1 && f.Fields[0].Name == "body" {
		return errMalformed.Because(errors.New("request does not parse"))
	}
	slices.SortFunc(f.Fields, func(a, b fault.Field) int { return strings.Compare(a.Name, b.Name) })
	return f
}

func walkErrors(err error, report func(name string)) {
	var many openapi3.MultiError
	var request *openapi3filter.RequestError
	var schema *openapi3.SchemaError
	switch {
	case asExactly(err, &many):
		for _, e := range many {
			walkErrors(e, report)
		}
	case asExactly(err, &request):
		switch {
		case request.Parameter != nil:
			report(request.Parameter.Name)
		case request.Err == nil:
			report("body")
		default:
			walkErrors(request.Err, report)
		}
	case errors.As(err, &schema):
		report(fieldName(schema))
	default:
		report("body")
	}
}

// asExactly matches the outermost error alone, so that a list is not flattened to its first item.
func asExactly[T error](err error, target *T) bool {
	t, ok := err.(T)
	if ok {
		*target = t
	}
	return ok
}

func fieldName(e *openapi3.SchemaError) string {
	path := strings.Join(e.JSONPointer(), ".")
	if path == "" {
		return "body"
	}
	return path
}

type queryKey struct{}

// rawForm is the query of a GET or the body of a form, undecoded.
func rawForm(ctx context.Context) string {
	if body, ok := ctx.Value(bodyKey{}).([]byte); ok {
		return string(body)
	}
	query, _ := ctx.Value(queryKey{}).(string)
	return query
}

type bodyKey struct{}

// bufferBody reads the whole body, which is small, so that it can be validated, limited by its content and hashed.
func (s *server) bufferBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Body == nil || r.Body == http.NoBody {
			return next(c)
		}
		limit, tooLarge := s.bodyLimit(r)
		body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
		if err != nil {
			return errMalformed.Because(err)
		}
		if len(body) > limit {
			return tooLarge
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), bodyKey{}, body)))
		return next(c)
	}
}

// bodyLimit is how large a body may be, and what a larger one is refused with: a stranger's file is small, so that nobody fills the memory without a login.
func (s *server) bodyLimit(r *http.Request) (most int, tooLarge error) {
	if contentType(r) != csvFile {
		return maxBody, errTooLarge
	}
	if _, err := s.bearer(r); err != nil {
		return maxBody, err
	}
	return maxFile, errTooLarge
}

type digestKey struct{}

// requireIdempotencyDigest hashes what an Idempotency-Key stands for: method, path and body. Under a key, since a body may hold a national ID, whose ten digits
// could be tried one by one against a plain hash.
func (s *server) requireIdempotencyDigest(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Header.Get("Idempotency-Key") == "" {
			return next(c)
		}
		sum := hmac.New(sha256.New, s.DigestKey)
		fmt.Fprintf(sum, "%s %s\n", r.Method, (&url.URL{Path: r.URL.Path}).String())
		body, _ := r.Context().Value(bodyKey{}).([]byte)
		sum.Write(body)
		c.SetRequest(r.WithContext(context.WithValue(r.Context(), digestKey{}, sum.Sum(nil))))
		return next(c)
	}
}

// keyFor is the idempotency key of the request at hand.
func keyFor(ctx context.Context, value string) scope.Key {
	digest, _ := ctx.Value(digestKey{}).([]byte)
	return scope.Key{Value: value, Operation: operationOf(ctx).ID, Hash: digest}
}
