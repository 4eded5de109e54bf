package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// Amounts choose faults only where the flag says so.
func TestMagicIsAFlag(t *testing.T) {
	t.Parallel()
	for flag, wanted := range map[string]bool{"--magic": true, "--magic=false": false} {
		ctx, cancel := context.WithCancel(t.Context())
		output, writer := io.Pipe()
		command := command()
		command.SetOut(writer)
		command.SetArgs([]string{"serve", "--addr", "127.0.0.1:0", flag})
		ended := make(chan error, 1)
		go func() { ended <- command.ExecuteContext(ctx) }()
		line, err := bufio.NewReader(output).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		address := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
		response, err := http.Post(address+"/onlinepg/onlinepg", "application/json",
			strings.NewReader(`{"action":"token","TerminalId":"1","Amount":912000,"ResNum":"7","RedirectUrl":"https://m.ir"}`))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response, err = http.Get(address + "/_sim/transactions"); err != nil {
			t.Fatal(err)
		}
		books, err := io.ReadAll(response.Body)
		response.Body.Close()
		if arranged := strings.Contains(string(books), `"outcome":"fail"`); err != nil || arranged != wanted {
			t.Errorf("%s: %s, %v", flag, books, err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
