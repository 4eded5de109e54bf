package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"mofasa/billing/calendar"
	"mofasa/billing/certificates"
	"mofasa/billing/payments"
	"mofasa/tenants/scope"
)

// bill is what a payer brings to a bank, as it stands on the slip.
type bill struct {
	BillID     string `json:"bill_id"`
	PaymentID  string `json:"payment_id"`
	AmountRial int64  `json:"amount_rial"`
}

// company is the city's code inside a bill's ID, before the digits of the service and of the check.
func (b bill) company() string { return b.BillID[len(b.BillID)-5 : len(b.BillID)-2] }

// payAtBank pays a bill at the simulated bank and has its return file of today read, as its platform's staff do in the morning.
func (g *ground) payAtBank(r *http.Request) (any, error) {
	var b bill
	if err := json.NewDecoder(r.Body).Decode(&b); err != nil {
		return nil, err
	}
	paid, err := json.Marshal(map[string]any{"bill_id": b.BillID, "payment_id": b.PaymentID, "amount": b.AmountRial})
	if err != nil {
		return nil, err
	}
	if _, err := g.atBank(r.Context(), http.MethodPost, "/_sim/bills/pay", paid); err != nil {
		return nil, err
	}
	g.files.Lock() // the file grows with each bill, and two of one content are one
	defer g.files.Unlock()
	today := strings.ReplaceAll(calendar.DateOf(time.Now()).String(), "/", "")
	file, err := g.atBank(r.Context(), http.MethodGet, "/_sim/files/b/"+today+"?company="+b.company(), nil)
	if err != nil {
		return nil, err
	}
	g.read++
	service := payments.NewService(g.runner, nil, "", slog.New(slog.DiscardHandler)).Superseding(certificates.Supersede)
	ctx := scope.WithActor(r.Context(), scope.Actor{Kind: scope.ActorSystem})
	return service.ImportBankFile(ctx, fmt.Sprintf("journeys-%d", g.read), bytes.NewReader(file))
}

func (g *ground) atBank(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, g.Bank+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	said, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode/100 != 2 {
		err = fmt.Errorf("%s answered %d: %s", path, response.StatusCode, said)
	}
	return said, err
}

// holdTerminal answers once the terminal is the caller's alone, until they hang up: it takes one sale at a time, and a fault that was arranged is for whichever comes next.
func (g *ground) holdTerminal(w http.ResponseWriter, r *http.Request) {
	g.terminal.Lock()
	defer g.terminal.Unlock()
	if r.Context().Err() != nil {
		return
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		return
	}
	<-r.Context().Done()
}
