package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mofasa/api/gen"
)

// portalTerminal is the gateway's terminal of the platform.
const portalTerminal = "13579246"

// customerTakes is how long the simulated customer needs with card and PIN: long enough to be seen waiting.
const customerTakes = 700 * time.Millisecond

var (
	bankListens   = regexp.MustCompile(`listening on ([0-9.:]+), `)
	posListens    = regexp.MustCompile(`card terminal on ([0-9.:]+)`)
	serverListens = regexp.MustCompile(`"msg":"serving","address":"([^"]+)"`)
	agentListens  = regexp.MustCompile(`posagent: device \S+ listens on (http://\S+) for`)
)

func (g *ground) program(name string, arguments ...string) *exec.Cmd {
	return exec.Command(filepath.Join(g.programs, name), arguments...)
}

func (g *ground) startBank(ctx context.Context) error {
	cmd := g.program("banksim", "serve", "--addr", "127.0.0.1:0", "--terminal-addr", "127.0.0.1:0", "--terminal-customer", customerTakes.String(), "--terminal", portalTerminal)
	at, err := g.launch(ctx, "banksim", cmd, bankListens)
	g.Bank = "http://" + at
	return err
}

// startServer lets the callers' addresses come from X-Forwarded-For, so that each journey is a caller of its own, with limits of its own.
func (g *ground) startServer(ctx context.Context) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	address := "127.0.0.1:" + strconv.Itoa(port)
	g.URL = "http://" + address
	cmd := g.program("mofasa", "serve")
	cmd.Env = []string{"MOFASA_DATABASE_URL=" + g.config.DatabaseURL, "MOFASA_DATABASE_POOL=20", "MOFASA_REDIS_URL=" + g.redis.URL(), "MOFASA_LISTEN=" + address, "MOFASA_PUBLIC_URL=" + g.URL,
		"MOFASA_KEYS_DIR=" + g.keys(), "MOFASA_SEP_URL=" + g.Bank, "MOFASA_SEP_TERMINAL=" + portalTerminal, "MOFASA_REQUIRE_SECOND_FACTOR=false", "MOFASA_TRUST_PROXY=true"}
	for _, kept := range []string{"PATH", "HOME", "TMPDIR"} {
		cmd.Env = append(cmd.Env, kept+"="+os.Getenv(kept))
	}
	_, err = g.launch(ctx, "server", cmd, serverListens)
	return err
}

func (g *ground) keys() string { return filepath.Join(g.dir, "keys") }

// defaultAgent is where the portal looks for the agent unless it is told otherwise.
const defaultAgent = "127.0.0.1:8899"

// startAgent pairs the agent with the first office, as its manager and whoever sits at the PC do, and starts it on its own port or, where that is taken, on a free one.
func (g *ground) startAgent(ctx context.Context) error {
	state := filepath.Join(g.dir, "agent")
	if err := os.RemoveAll(state); err != nil {
		return err
	}
	code, err := g.invite(ctx)
	if err != nil {
		return err
	}
	if said, err := g.program("posagent", "pair", "--state", state, "--server", g.URL, "--code", code).CombinedOutput(); err != nil {
		return fmt.Errorf("pair: %w: %s", err, bytes.TrimSpace(said))
	}
	bank, err := os.ReadFile(filepath.Join(g.dir, "banksim.log"))
	if err != nil {
		return err
	}
	device := posListens.FindSubmatch(bank)
	if device == nil {
		return fmt.Errorf("the bank has no card terminal")
	}
	g.Agent, err = g.launch(ctx, "agent", g.program("posagent", "serve", "--state", state, "--listen", agentAddress(), "--origin", g.URL, "--terminal", string(device[1])), agentListens)
	return err
}

// agentAddress is the agent's own port or, where that is taken, any.
func agentAddress() string {
	probe, err := net.Listen("tcp", defaultAgent)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = probe.Close() // nobody has called it
	return defaultAgent
}

// invite signs the manager in and asks for a new device's code.
func (g *ground) invite(ctx context.Context) (string, error) {
	var session gen.Session
	if err := g.post(ctx, "/v1/sessions", "", gen.SignInRequest{Username: g.People["manager"], Password: g.Password}, &session); err != nil {
		return "", err
	}
	var invited gen.DeviceInvitation
	err := g.post(ctx, "/v1/devices", session.AccessToken, map[string]string{"name": "کارت‌خوان پیشخوان ۱", "kind": "terminal_agent"}, &invited)
	g.Device = invited.Device.Id.String()
	return invited.Code, err
}

func (g *ground) post(ctx context.Context, path, token string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.URL+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		var said strings.Builder
		_ = response.Write(&said) // what can be read of it
		return fmt.Errorf("%s answered %s", path, said.String())
	}
	return json.NewDecoder(response.Body).Decode(into)
}
