package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"mofasa/api/gen"
)

// client speaks to the public API as any integrator does: base is the server's address, and it knows nothing else.
type client struct {
	base  string
	token string       // of the operator, once signed in
	via   *http.Client // nil: the default one
}

// call sends JSON and reads a JSON answer; a POST gets an Idempotency-Key of its own. A problem becomes an error that names its code.
func (c *client) call(ctx context.Context, method, path string, body, into any) error {
	answer, err := c.fetch(ctx, method, path, body)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// fetch is call for an answer that is no JSON.
func (c *client) fetch(ctx context.Context, method, path string, body any) ([]byte, error) {
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		sent = bytes.NewReader(raw)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, sent)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept-Language", "en") // of problems
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", uuid.NewString())
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	via := c.via
	if via == nil {
		via = http.DefaultClient
	}
	status, answer, err := exchangeBy(via, request)
	if err != nil {
		return nil, err
	}
	if status/100 != 2 {
		return nil, problem(method+" "+path, status, answer)
	}
	return answer, nil
}

func problem(what string, status int, answer []byte) error {
	var p gen.Problem
	if json.Unmarshal(answer, &p) != nil || p.Code == "" {
		return fmt.Errorf("%s answered %d", what, status)
	}
	return fmt.Errorf("%s answered %d %s: %s (trace %s)", what, status, p.Code, p.Title, p.TraceId)
}

func exchange(request *http.Request) (status int, body []byte, err error) {
	return exchangeBy(http.DefaultClient, request)
}

func exchangeBy(via *http.Client, request *http.Request) (status int, body []byte, err error) {
	response, err := via.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// payAsBrowser does what a payer does at the gateway: opens the page, presses the pay button of its form, and follows the way back. It gives
// the page on which the payer ends up.
func payAsBrowser(ctx context.Context, page string) (end string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return "", err
	}
	status, body, err := exchange(request)
	if err != nil {
		return "", err
	}
	if status != http.StatusOK {
		return "", fmt.Errorf("the bank's page answered %d", status)
	}
	action, fields, err := readForm(string(body))
	if err != nil {
		return "", err
	}
	fields.Set("decision", "pay")
	request, err = http.NewRequestWithContext(ctx, http.MethodPost, action, strings.NewReader(fields.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body, err = exchange(request) // through the bank's redirection to our callback
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("after the payment the browser was shown %d", status)
	}
	return string(body), err
}

var (
	formAction  = regexp.MustCompile(`<form method="post" action="([^"]+)"`)
	hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)
)

func readForm(page string) (action string, fields url.Values, err error) {
	form := formAction.FindStringSubmatch(page)
	if form == nil {
		return "", nil, errors.New("the bank's page has no form to pay with")
	}
	fields = url.Values{}
	for _, field := range hiddenField.FindAllStringSubmatch(page, -1) {
		fields.Set(html.UnescapeString(field[1]), html.UnescapeString(field[2]))
	}
	return html.UnescapeString(form[1]), fields, nil
}
