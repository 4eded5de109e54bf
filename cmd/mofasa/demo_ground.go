package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mofasa/api/ratelimit/localredis"
	"mofasa/cmd/internal/app"
	"mofasa/migrations"
)

const (
	defaultBankPort = 9090
	bankTerminal    = "13579246"
)

// choosePorts finds the programs, ends what a killed demo left of them, and then knows which ports are free.
func (d *demo) choosePorts() (err error) {
	if d.program, err = os.Executable(); err != nil {
		return err
	}
	d.bank = filepath.Join(filepath.Dir(d.program), "banksim")
	if _, err := os.Stat(d.bank); err != nil {
		return fmt.Errorf("%s is missing: make demo builds it", d.bank)
	}
	for name, program := range map[string]string{"server": d.program, "banksim": d.bank} {
		if err := endOrphan(d.folder.file(name+".pid"), program); err != nil {
			return err
		}
	}
	if d.port, err = choosePort(d.port, d.portGiven); err != nil {
		return err
	}
	d.bankPort, err = choosePort(defaultBankPort, false)
	return err
}

// stand starts everything that the server needs, and the server.
func (d *demo) stand(ctx context.Context) error {
	for _, s := range []step{
		{"PostgreSQL", d.folder.file("pg"), d.startPostgres},
		{"Redis", d.folder.file("redis"), d.startRedis},
		{"Schema", "", d.migrate},
		{"Data", "", d.seed},
		{"Bank", d.folder.file("banksim.log"), d.startBank},
		{"Server", d.folder.file("server.log"), d.startServer},
	} {
		if err := d.tell.step(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// startPostgres starts the private server, or takes over the one that a killed demo left running.
func (d *demo) startPostgres(ctx context.Context) (string, error) {
	server, err := ensurePostgres(ctx, d.folder.file("pg"))
	d.postgres = server // also half started: stop ends it
	if err != nil {
		return "", err
	}
	d.config = app.Config{DatabaseAdminURL: server.AdminURL(), DatabasePool: 20, Processes: 1, LogLevel: "info", KeysDir: d.folder.file("keys"), SEPTerminal: bankTerminal}
	for url, role := range map[*string]string{&d.config.DatabaseOwnerURL: migrations.OwnerRole, &d.config.DatabaseURL: migrations.AppRole} {
		if *url, err = migrations.URLFor(server.AdminURL(), role, "demo", "mofasa"); err != nil { // local logins are trusted: the password guards nothing
			return "", err
		}
	}
	how := "started"
	if !server.Fresh {
		how = "still running from an earlier demo"
	}
	return fmt.Sprintf("private server on port %d, %s", server.Port, how), nil
}

// startRedis is no reason to give up: without Redis limits are counted in the server.
func (d *demo) startRedis(ctx context.Context) (string, error) {
	dir := d.folder.file("redis")
	endRedis(dir + "/redis.sock")
	server, err := localredis.Start(ctx, dir)
	if err != nil {
		return "none, rate limits are counted in the server: " + err.Error(), nil
	}
	d.redis, d.config.RedisURL = server, server.URL()
	return "private server on " + server.Addr(), nil
}

// endRedis ends the server that a killed demo left behind; it holds nothing but rate limits.
func endRedis(socket string) {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return // as it should be
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	if _, err := conn.Write([]byte("SHUTDOWN NOSAVE\r\n")); err == nil {
		_, _ = conn.Read(make([]byte, 1)) // returns when the server is gone; if it stays, the next start says so
	}
}

func (d *demo) migrate(ctx context.Context) (string, error) {
	applied, err := migrate(ctx, d.config)
	if err != nil {
		return "", err
	}
	runner, pool, err := app.OpenRunner(d.config)
	if err != nil {
		return "", err
	}
	d.runner, d.close = runner, pool.Close
	var tariffs int
	if err := d.read(ctx, `SELECT count(*) FROM tariff_versions`, &tariffs); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s applied, %s of the national tariff published", count(applied, "migration"), count(tariffs, "version")), nil
}

func (d *demo) startBank(ctx context.Context) (string, error) {
	bank, err := d.launch(ctx, launch{name: "banksim", port: d.bankPort, listening: "listening on", ready: "/_sim/scenarios", command: func(port int) *exec.Cmd {
		url := "http://" + address(port)
		atBank(&d.config, url)
		return exec.Command(d.bank, "serve", "--addr", address(port), "--public-url", url, "--journal", d.folder.file("banksim.jsonl"))
	}})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("simulated bank (process %d) on %s", bank.process.Pid, d.config.SEPURL), nil
}

// atBank makes every provider the simulated bank: no terminal that is registered in a demo reaches a real one.
func atBank(c *app.Config, url string) { c.SEPURL, c.ZarinpalURL, c.MellatURL = url, url, url }

func (d *demo) startServer(ctx context.Context) (string, error) {
	server, err := d.launch(ctx, launch{name: "server", port: d.port, insist: d.portGiven, listening: `"msg":"serving"`, ready: "/readyz", command: func(port int) *exec.Cmd {
		d.config.Listen, d.config.PublicURL = address(port), "http://"+address(port)
		cmd := exec.Command(d.program, "serve")
		cmd.Env = environment(d.config)
		return cmd
	}})
	if err != nil {
		return "", err
	}
	note := ""
	if !d.portGiven && d.config.Listen != address(defaultPort) {
		note = fmt.Sprintf(" (port %d is in use)", defaultPort)
	}
	return fmt.Sprintf("API and portal (process %d) ready on %s%s", server.process.Pid, d.config.PublicURL, note), nil
}

// launch is a child that listens.
type launch struct {
	name      string
	port      int
	insist    bool // on this port
	command   func(port int) *exec.Cmd
	listening string // what its log says when it listens
	ready     string // path that answers 200 then
}

// launch starts a child on its port or, where another process has been faster, on the next free one.
func (d *demo) launch(ctx context.Context, l launch) (*child, error) {
	for {
		port, err := choosePort(l.port, l.insist)
		if err != nil {
			return nil, err
		}
		c, err := startChild(d.folder, l.name, l.command(port))
		if err != nil {
			return nil, err
		}
		if err = c.await(ctx, l.listening, "http://"+address(port)+l.ready); err == nil {
			d.children = append(d.children, c)
			return c, nil
		}
		c.stop()
		if l.insist || ctx.Err() != nil || tryPort(port) == nil {
			return nil, err
		}
	}
}

// environment is that of this process with the demo's configuration in place of any other.
func environment(c app.Config) []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "MOFASA_") {
			kept = append(kept, variable)
		}
	}
	return append(kept, "MOFASA_DATABASE_URL="+c.DatabaseURL, "MOFASA_DATABASE_POOL="+strconv.Itoa(c.DatabasePool), "MOFASA_REDIS_URL="+c.RedisURL,
		"MOFASA_LISTEN="+c.Listen, "MOFASA_PUBLIC_URL="+c.PublicURL, "MOFASA_KEYS_DIR="+c.KeysDir, "MOFASA_SEP_URL="+c.SEPURL, "MOFASA_SEP_TERMINAL="+c.SEPTerminal,
		"MOFASA_ZARINPAL_URL="+c.ZarinpalURL, "MOFASA_MELLAT_URL="+c.MellatURL,
		"MOFASA_REQUIRE_SECOND_FACTOR="+strconv.FormatBool(c.RequireSecondFactor)) // false: the demo's people have no phones
}
