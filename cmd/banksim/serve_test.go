package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"testing"
)

// The command listens, says where, and ends cleanly with its context.
func TestServe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	output, writer := io.Pipe()
	command := command()
	command.SetOut(writer)
	command.SetArgs([]string{"serve", "--addr", "127.0.0.1:0", "--journal", filepath.Join(t.TempDir(), "var", "bank.jsonl")})
	ended := make(chan error, 1)
	go func() { ended <- command.ExecuteContext(ctx) }()

	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
	response, err := http.Get(address + "/_sim/health")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("HTTP %d", response.StatusCode)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatalf("the command ended with %v", err)
	}
	if _, err := http.Get(address + "/_sim/health"); err == nil {
		t.Fatal("the simulator still answers")
	}
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"serve", "--addr", "256.0.0.1:1"},
		{"serve", "--addr", "127.0.0.1:0", "--journal", t.TempDir()},
		{"serve", "more"},
	} {
		command := command()
		command.SetOut(io.Discard)
		command.SetArgs(args)
		if err := command.ExecuteContext(t.Context()); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
