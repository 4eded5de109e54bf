package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"testing"
)

// The command serves a card terminal beside the gateways, with its control paths among theirs.
func TestServeATerminal(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	output, writer := io.Pipe()
	command := command()
	command.SetOut(writer)
	command.SetArgs([]string{"serve", "--addr", "127.0.0.1:0", "--terminal-addr", "127.0.0.1:0", "--journal", filepath.Join(t.TempDir(), "bank.jsonl")})
	ended := make(chan error, 1)
	go func() { ended <- command.ExecuteContext(ctx) }()
	lines := bufio.NewReader(output)
	read := func(pattern string) string {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(pattern).FindString(line)
	}
	bank, device := read(`http://127\.0\.0\.1:\d+`), read(`127\.0\.0\.1:\d+`)
	for _, path := range []string{"/_sim/health", "/_sim/terminal/transactions"} {
		response, err := http.Get(bank + path)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("%s: HTTP %d", path, response.StatusCode)
		}
	}
	connection, err := net.Dial("tcp", device)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	if _, err := connection.Write([]byte("\x02006000\xf1\x03\xf4")); err != nil { // INM
		t.Fatal(err)
	}
	answer := make([]byte, 10)
	if _, err := io.ReadFull(connection, answer); err != nil || string(answer) != "\x02006000\x06\x03\x03" {
		t.Errorf("% x %v", answer, err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatalf("the command ended with %v", err)
	}
	if _, err := net.Dial("tcp", device); err == nil {
		t.Error("the terminal still answers")
	}
}
