package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"mofasa/tenants/fault"
)

// What the door itself refuses with.
var (
	errInternal = fault.Define(fault.Internal, "internal",
		"خطایی در سامانه رخ داد. کد خطا را به پشتیبانی بدهید.", "Something went wrong on our side. Quote the trace id to support.")
	errNoRoute     = fault.Define(fault.NotFound, "not_found", "چنین نشانی‌ای وجود ندارد.", "There is nothing at this address.")
	errMethod      = fault.Define(fault.NotAllowed, "method_not_allowed", "این عمل بر این نشانی ممکن نیست.", "This address does not support this method.")
	errTooLarge    = fault.Define(fault.TooLarge, "body_too_large", "درخواست بزرگ‌تر از حد مجاز است.", "The request body is too large.")
	errContentType = fault.Define(fault.Unsupported, "content_type_unsupported", "نوع محتوای درخواست پذیرفته نیست.", "The content type of the request is not supported.")
	errMalformed   = fault.Define(fault.Malformed, "malformed", "درخواست خوانا نیست.", "The request cannot be read.")
	errInvalid     = fault.Define(fault.Invalid, "invalid_request", "مقدار یا فیلدی در درخواست درست نیست.", "A value or field of the request is not valid.")
	errTimeout     = fault.Define(fault.Unavailable, "timeout", "پاسخ در زمان مقرر آماده نشد. دوباره تلاش کنید.", "The answer was not ready in time. Try again.")
)

var statuses = map[fault.Kind]int{
	fault.Internal: http.StatusInternalServerError, fault.Malformed: http.StatusBadRequest, fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden: http.StatusForbidden, fault.NotFound: http.StatusNotFound, fault.NotAllowed: http.StatusMethodNotAllowed,
	fault.Conflict: http.StatusConflict, fault.TooLarge: http.StatusRequestEntityTooLarge, fault.Unsupported: http.StatusUnsupportedMediaType,
	fault.Precondition: http.StatusPreconditionFailed, fault.Invalid: http.StatusUnprocessableEntity, fault.RateLimited: http.StatusTooManyRequests, fault.Unavailable: http.StatusServiceUnavailable,
}

type problemField struct {
	Field    string `json:"field"`
	Code     string `json:"code"`
	Detail   string `json:"detail"`
	Position *int   `json:"position,omitempty"`
}

// writeProblem is the only place that writes an error: RFC 9457 problem details, in the caller's language.
func (s *server) writeProblem(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	f := faultOf(err)
	if wantsPage(c) {
		s.writeProblemPage(f, c)
		return
	}
	persian := prefersPersian(c.Request().Header.Get("Accept-Language"))
	body := map[string]any{"type": "urn:mofasa:problem:" + f.Code, "title": text(f.Text, persian), "status": statuses[f.Kind], "code": f.Code, "trace_id": traceID(c)}
	maps.Copy(body, f.Extra)
	if len(f.Fields) > 0 {
		body["errors"] = problemFields(f.Fields, persian)
	}
	h := c.Response().Header()
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	if f.Kind == fault.Unauthenticated {
		h.Set("WWW-Authenticate", "Bearer")
	}
	h.Set("Content-Language", map[bool]string{true: "fa", false: "en"}[persian])
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(statuses[f.Kind])
	if err := json.NewEncoder(c.Response()).Encode(body); err != nil {
		s.Log.WarnContext(c.Request().Context(), "problem not delivered", "error", err)
	}
}

// pageOperations are those that a browser opens by itself.
var pageOperations = []string{"CheckCertificatePage", "SepCallback", "SepCallbackForm"}

// wantsPage holds for a person in front of a browser, who cannot read problem details.
func wantsPage(c echo.Context) bool {
	op := operationOf(c.Request().Context())
	return op != nil && slices.Contains(pageOperations, op.ID) && strings.Contains(c.Request().Header.Get("Accept"), "text/html")
}

func (s *server) writeProblemPage(f *fault.Error, c echo.Context) {
	page, err := renderPage("problem.html", map[string]any{"Text": f.Text.FA, "Trace": traceID(c)})
	if err != nil {
		s.Log.ErrorContext(c.Request().Context(), "problem page", "error", err)
		page = strings.NewReader(f.Text.FA)
	}
	h := c.Response().Header()
	if f.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	c.Response().WriteHeader(statuses[f.Kind])
	if _, err := io.Copy(c.Response(), page); err != nil {
		s.Log.WarnContext(c.Request().Context(), "problem page not delivered", "error", err)
	}
}

func problemFields(fields []fault.Field, persian bool) []problemField {
	list := make([]problemField, 0, len(fields))
	for _, f := range fields {
		p := problemField{Field: f.Name, Code: f.Code, Detail: text(f.Text, persian)}
		if f.Position >= 0 {
			p.Position = &f.Position
		}
		list = append(list, p)
	}
	return list
}

// faultOf finds the public meaning of any error; what has none is a bland internal fault.
func faultOf(err error) *fault.Error {
	if f := fault.Of(err); f != nil {
		return f
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errTimeout.Because(err)
	}
	var he *echo.HTTPError
	if errors.As(err, &he) {
		switch he.Code {
		case http.StatusNotFound:
			return errNoRoute
		case http.StatusMethodNotAllowed:
			return errMethod
		case http.StatusUnsupportedMediaType:
			return errContentType
		case http.StatusBadRequest:
			return errMalformed.Because(err)
		}
	}
	return errInternal.Because(err)
}

// loggable is the text of an error; of one that echo makes only the status, since what cannot be bound is repeated in its message.
func loggable(err error) string {
	var he *echo.HTTPError
	if fault.Of(err) == nil && errors.As(err, &he) {
		return "http " + strconv.Itoa(he.Code)
	}
	return err.Error()
}

var languages = language.NewMatcher([]language.Tag{language.Persian, language.English})

// prefersPersian reads Accept-Language (RFC 9110 §12.5.4); Persian is the default.
func prefersPersian(header string) bool {
	_, index := language.MatchStrings(languages, header)
	return index == 0
}

func text(t fault.Text, persian bool) string {
	if persian {
		return t.FA
	}
	return t.EN
}
