// Package loopback is the agent's door: HTTP for the office's portal on the same machine and for nobody else. Who asks is checked three times: the listener is a loopback
// address, the Host header names it (a foreign name that resolves to it is DNS rebinding), and a browser's Origin is the portal's.
package loopback

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/uuid"

	"mofasa/cmd/posagent/internal/sales"
	"mofasa/tenants/fault"
)

// What the door refuses with.
var (
	errHost        = fault.Define(fault.Forbidden, "pos_host", "این نشانی از آن برنامهٔ کارت‌خوان نیست.", "This name is not an address of the terminal agent.")
	errOrigin      = fault.Define(fault.Forbidden, "pos_origin", "این صفحه اجازهٔ کار با کارت‌خوان را ندارد.", "This page may not use the terminal.")
	errBody        = fault.Define(fault.Malformed, "pos_body", "درخواست خوانا نیست.", "The request cannot be read.")
	errLarge       = fault.Define(fault.TooLarge, "pos_body_too_large", "درخواست بزرگ‌تر از حد مجاز است.", "The request body is too large.")
	errMedia       = fault.Define(fault.Unsupported, "pos_content_type", "نوع محتوا باید application/json باشد.", "The content type must be application/json.")
	errNoPath      = fault.Define(fault.NotFound, "pos_not_found", "چنین نشانی‌ای وجود ندارد.", "There is nothing at this address.")
	errMalfunction = fault.Define(fault.Internal, "pos_internal", "خطایی در برنامهٔ کارت‌خوان رخ داد.", "Something went wrong in the terminal agent.")
)

const maxBody = 32 << 10

// Desk is what the door opens to; sales.Desk is one.
type Desk interface {
	Start(ctx context.Context, signed string) (sales.View, error)
	Recover(ctx context.Context, payment uuid.UUID, signed string) (sales.View, error)
	Release(payment uuid.UUID, signed string) (sales.View, error)
	Get(payment uuid.UUID) (sales.View, error)
	Follow(payment uuid.UUID, after int) (sales.View, []sales.Event, <-chan struct{}, error)
	Status() sales.Summary
}

// Identity is what the agent says of itself to the portal.
type Identity struct {
	DeviceID uuid.UUID `json:"device_id"`
	KeyID    string    `json:"key_id"`
	Terminal string    `json:"terminal"` // host:port
}

// Door answers the portal.
type Door struct {
	Desk     Desk
	Identity Identity
	Origins  []string        // of the portal, each scheme://host[:port]
	Port     int             // that the listener has
	Life     context.Context // of the agent: a sale outlives the request that began it
	Log      *slog.Logger
}

// Listen opens a loopback address and refuses any other: an agent that the network can reach would take orders to pay from it.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("listen: %q is not a loopback address such as 127.0.0.1", host)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return listener, nil
}

// Handler serves the paths under /v1.
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /v1/status", d.answer(http.StatusOK, d.status))
	mux.Handle("POST /v1/sales", d.answer(http.StatusAccepted, d.start))
	mux.Handle("GET /v1/sales/{payment}", d.answer(http.StatusOK, d.get))
	mux.Handle("POST /v1/sales/{payment}/recover", d.answer(http.StatusAccepted, d.recover))
	mux.Handle("POST /v1/sales/{payment}/release", d.answer(http.StatusOK, d.release))
	mux.HandleFunc("GET /v1/sales/{payment}/events", d.events)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { d.refuse(w, r, errNoPath) })
	return d.guard(mux)
}

// guard lets through what this machine's portal asks, and answers its preflights.
func (d *Door) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if !d.ownName(r.Host) {
			d.refuse(w, r, errHost)
			return
		}
		origin, browser := r.Header.Get("Origin"), len(r.Header.Values("Origin")) > 0
		if browser && !slices.Contains(d.Origins, origin) {
			d.refuse(w, r, errOrigin)
			return
		}
		if browser {
			h.Set("Access-Control-Allow-Origin", origin)
		}
		if r.Method == http.MethodOptions {
			preflight(w, r)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

// ownName holds for the names of a loopback listener, with its port.
func (d *Door) ownName(host string) bool {
	port := fmt.Sprintf(":%d", d.Port)
	name, ok := strings.CutSuffix(host, port)
	return ok && slices.Contains([]string{"127.0.0.1", "localhost", "[::1]"}, strings.ToLower(name))
}

// preflight answers CORS (Fetch standard) and Private Network Access, where the browser asks whether a public page may reach this machine.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network")
	h.Set("Access-Control-Allow-Methods", "GET, POST")
	h.Set("Access-Control-Allow-Headers", "Content-Type, Last-Event-ID")
	h.Set("Access-Control-Max-Age", "600")
	if r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	w.WriteHeader(http.StatusNoContent)
}

// answer turns a use case into a handler.
func (d *Door) answer(status int, use func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := use(r)
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		d.write(w, status, "application/json", body)
	})
}

func (d *Door) write(w http.ResponseWriter, status int, media string, body any) {
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		d.Log.Warn("answer not delivered", "error", err)
	}
}

var statuses = map[fault.Kind]int{
	fault.Malformed: http.StatusBadRequest, fault.Forbidden: http.StatusForbidden, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.TooLarge: http.StatusRequestEntityTooLarge, fault.Unsupported: http.StatusUnsupportedMediaType, fault.Invalid: http.StatusUnprocessableEntity, fault.Unavailable: http.StatusServiceUnavailable,
}

// refuse writes problem details (RFC 9457) as the server does, in both languages at once.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.Of(err)
	status, known := 0, false
	if f != nil {
		status, known = statuses[f.Kind]
	}
	if !known {
		f, status = errMalfunction.Because(err), http.StatusInternalServerError
	}
	d.Log.Info("refused", "method", r.Method, "code", f.Code, "cause", errors.Unwrap(f))
	body := map[string]any{"type": "urn:mofasa:problem:" + f.Code, "title": f.Text.EN, "title_fa": f.Text.FA, "status": status, "code": f.Code}
	for key, value := range f.Extra {
		body[key] = value
	}
	d.write(w, status, "application/problem+json", body)
}

// read takes a JSON object without unknown members. The content type makes a browser ask first, whatever page it shows.
func read(r *http.Request, into any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return errMedia
	}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		_, err = decoder.Token()
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return errLarge
	case !errors.Is(err, io.EOF):
		return errBody.Because(err)
	}
	return nil
}
