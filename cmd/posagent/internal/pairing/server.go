package pairing

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

const (
	patience  = 10 * time.Second
	mostBytes = 1 << 20
)

// ServerURL checks the address of a server: https, or http where it is this machine, since its keys decide which orders are believed.
func ServerURL(address string) (string, error) {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("server %q is no address", address)
	}
	ip, _ := netip.ParseAddr(u.Hostname())
	if u.Scheme != "https" && !(u.Scheme == "http" && (ip.IsLoopback() || u.Hostname() == "localhost")) {
		return "", fmt.Errorf("server %q is not reached by https", address)
	}
	return u.String(), nil
}

// With enrols the key in dir at a server by the manager's code, and keeps the pairing.
func With(ctx context.Context, dir, server, code string) (Pairing, error) {
	key, err := Key(dir)
	if err != nil {
		return Pairing{}, err
	}
	server, keys, err := ReadServer(ctx, server) // first: a code serves once
	if err != nil {
		return Pairing{}, err
	}
	body, err := json.Marshal(Enrol(code, key))
	if err != nil {
		return Pairing{}, fmt.Errorf("enrol: %w", err)
	}
	var device struct {
		ID uuid.UUID `json:"id"`
	}
	if err := call(ctx, http.MethodPost, server+"/v1/public/device-enrolments", body, &device); err != nil {
		return Pairing{}, fmt.Errorf("enrol: %w", err)
	}
	p := Pairing{DeviceID: device.ID, Server: server, Keys: keys}
	return p, p.Save(dir)
}

// ReadServer checks a server's address and reads the keys that it publishes.
func ReadServer(ctx context.Context, address string) (server string, keys []ServerKey, err error) {
	if server, err = ServerURL(address); err != nil {
		return "", nil, err
	}
	keys, err = serverKeys(ctx, server)
	return server, keys, err
}

// serverKeys reads the published keys (RFC 7517, RFC 8037).
func serverKeys(ctx context.Context, server string) ([]ServerKey, error) {
	var set struct {
		Keys []struct {
			ServerKey
			Type  string `json:"kty"`
			Curve string `json:"crv"`
		} `json:"keys"`
	}
	if err := call(ctx, http.MethodGet, server+"/.well-known/jwks.json", nil, &set); err != nil {
		return nil, fmt.Errorf("keys of the server: %w", err)
	}
	var keys []ServerKey
	for _, k := range set.Keys {
		if k.Type == "OKP" && k.Curve == "Ed25519" && k.ID != "" && k.Public() != nil {
			keys = append(keys, k.ServerKey)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("keys of the server: none of them is an Ed25519 key")
	}
	return keys, nil
}

func call(ctx context.Context, method, address string, body []byte, into any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Language", "en")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, mostBytes))
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		var problem struct{ Code, Title string }
		_ = json.Unmarshal(raw, &problem)
		return fmt.Errorf("the server answers %s: %s %s", response.Status, problem.Code, problem.Title)
	}
	return json.Unmarshal(raw, into)
}

// Ring finds the server's keys. One that it does not know is looked for at the server, since the server changes its keys; not more often than every ten seconds.
// It is safe for concurrent use.
type Ring struct {
	ctx   context.Context
	dir   string
	clock func() time.Time
	log   *slog.Logger

	mu      sync.Mutex
	pairing Pairing
	asked   time.Time
}

// NewRing makes a ring that asks until ctx ends, and keeps what it learns in dir.
func NewRing(ctx context.Context, dir string, p Pairing, clock func() time.Time, log *slog.Logger) *Ring {
	return &Ring{ctx: ctx, dir: dir, clock: clock, log: log, pairing: p}
}

// Find is a pcpos.Keys.
func (r *Ring) Find(kid string) (ed25519.PublicKey, bool) {
	const seldom = 10 * time.Second
	r.mu.Lock()
	defer r.mu.Unlock()
	if key, ok := r.known(kid); ok || r.pairing.Server == "" || r.clock().Sub(r.asked) < seldom {
		return key, ok
	}
	r.asked = r.clock()
	keys, err := serverKeys(r.ctx, r.pairing.Server)
	if err != nil {
		r.log.Warn("the server's keys stay as they are", "error", err)
		return nil, false
	}
	r.pairing.Keys = keys
	if err := r.pairing.Save(r.dir); err != nil {
		r.log.Warn("the server's keys are not kept", "error", err)
	}
	return r.known(kid)
}

func (r *Ring) known(kid string) (ed25519.PublicKey, bool) {
	for _, k := range r.pairing.Keys {
		if k.ID == kid {
			return k.Public(), true
		}
	}
	return nil, false
}
