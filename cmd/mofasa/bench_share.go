package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// spent is what the server's own metrics say of inquiries: how many, and the time that they and their rate limits took, in seconds.
type spent struct{ inquiries, total, limiter float64 }

func (s spent) since(was spent) spent {
	return spent{s.inquiries - was.inquiries, s.total - was.total, s.limiter - was.limiter}
}

// measureShare tells what the limiter takes of an inquiry; it was traced while inquiries were measured.
func (b *bench) measureShare(context.Context) (figure, error) {
	if b.traced.inquiries == 0 || b.traced.limiter == 0 {
		return figure{}, errors.New("the server traced no limits")
	}
	mean := func(seconds float64) float64 { return seconds / b.traced.inquiries * 1e6 }
	return figure{Name: "inquiry.limits", Value: mean(b.traced.limiter), Unit: "µs", Limit: "a whole inquiry in the server, mean", LimitValue: mean(b.traced.total)}, nil
}

// spentOnInquiries reads the metrics of the server.
func spentOnInquiries(ctx context.Context, url string) (s spent, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/metrics", nil)
	if err != nil {
		return s, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return s, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return s, fmt.Errorf("GET /metrics: %s", response.Status)
	}
	return readSpent(response.Body)
}

// readSpent reads the text format of Prometheus; what is not in it is zero.
func readSpent(text io.Reader) (s spent, err error) {
	of := map[string]*float64{"mofasa_http_request_seconds_count": &s.inquiries, "mofasa_http_request_seconds_sum": &s.total, "mofasa_rate_limit_seconds_sum": &s.limiter}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		name, value, found := strings.Cut(lines.Text(), `{operation="CreateInquiry"} `)
		if found && of[name] != nil {
			if *of[name], err = strconv.ParseFloat(value, 64); err != nil {
				return s, fmt.Errorf("metrics: %w", err)
			}
		}
	}
	return s, lines.Err()
}
