package sim_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mofasa/cmd/banksim/sim"
)

const zeros = "000000000000000000000000000000"

func row(iban string, amount any, id string) string {
	return fmt.Sprintf(`{"IBAN":"%s","Amount":%v,"PurchaseId":"%s"}`, iban, amount, id)
}

// The simulator is as strict as the manual, so that an adapter that passes here does not send what SEP would refuse.
func TestTokenRequests(t *testing.T) {
	t.Parallel()
	const (
		shahr, melli = "IR430610000000700800900100", "IR080170000000100200300400"
		deposit      = "100000000000000000000000000017"
	)
	request := func(more string) string {
		return `{"action":"token","TerminalId":"13579246","Amount":100,"ResNum":"7","RedirectUrl":"https://m.ir/cb"` + more + `}`
	}
	splits := func(rows ...string) string {
		return request(`,"SettlementIBANInfo":[` + strings.Join(rows, ",") + `]`)
	}
	tests := map[string]struct{ body, code string }{
		"plain":               {request(""), ""},
		"any case":            {strings.ToUpper(request("")[:8]) + request("")[8:], ""},
		"terminal as number":  {strings.Replace(request(""), `"13579246"`, `13579246`, 1), ""},
		"everything":          {request(`,"CellNumber":"9121234567","TokenExpiryInMin":20,"Wage":5,"ResNum1":"a","GetMethod":false`), ""},
		"two accounts":        {splits(row(shahr, 60, zeros), row(melli, 40, deposit)), ""},
		"amount as text":      {splits(row(shahr, `"100"`, zeros)), ""},
		"government":          {request(`,"TranType":"Government","SettlementIBANInfo":[` + row(shahr, 100, deposit) + `]`), ""},
		"nine rows":           {splits(row(shahr, 92, zeros), strings.Repeat(row(melli, 1, zeros)+",", 7)+row(melli, 1, zeros)), ""},
		"not JSON":            {`action=token`, "5"},
		"two objects":         {request("") + request(""), "5"},
		"other action":        {strings.Replace(request(""), `"token"`, `"pay"`, 1), "5"},
		"unlisted parameter":  {request(`,"Amuont":1`), "5"},
		"no amount":           {strings.Replace(request(""), `100`, `0`, 1), "5"},
		"amount in floats":    {strings.Replace(request(""), `100`, `1e2`, 1), "5"},
		"no ResNum":           {strings.Replace(request(""), `"7"`, `""`, 1), "5"},
		"long ResNum":         {strings.Replace(request(""), `"7"`, `"`+strings.Repeat("7", 51)+`"`, 1), "5"},
		"relative redirect":   {strings.Replace(request(""), `https://m.ir`, ``, 1), "5"},
		"script redirect":     {strings.Replace(request(""), `https://m.ir`, `javascript:`, 1), "5"},
		"unknown terminal":    {strings.Replace(request(""), `13579246`, `1`, 1), "12"},
		"rows short":          {splits(row(shahr, 60, zeros), row(melli, 39, zeros)), "21"},
		"rows over":           {splits(row(shahr, 60, zeros), row(melli, 41, zeros)), "21"},
		"rows wrap around":    {splits(row(shahr, 9223372036854775807, zeros), row(melli, 9223372036854775807, zeros), row(melli, 102, zeros)), "21"},
		"ten rows":            {splits(row(shahr, 91, zeros), strings.Repeat(row(melli, 1, zeros)+",", 8)+row(melli, 1, zeros)), "21"},
		"negative row":        {splits(row(shahr, 101, zeros), row(melli, -1, zeros)), "21"},
		"25-character IBAN":   {splits(row(shahr[:25], 100, zeros)), "21"},
		"wrong check digits":  {splits(row("IR44"+shahr[4:], 100, zeros)), "21"},
		"letters in IBAN":     {splits(row(shahr[:25]+"x", 100, zeros)), "21"},
		"29-digit deposit id": {splits(row(shahr, 100, zeros[1:])), "21"},
		"government, no id":   {request(`,"TranType":"Government","SettlementIBANInfo":[` + row(shahr, 100, zeros) + `]`), "21"},
		"government, no rows": {request(`,"TranType":"Government"`), "21"},
	}
	b := newBank(t, sim.Options{Terminals: []string{terminal}})
	for name, test := range tests {
		_, text := b.post(t, "/OnlinePG/onlinepg", test.body)
		var answer struct {
			Status           int
			Token, ErrorCode string
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			t.Fatalf("%s: %v in %s", name, err, text)
		}
		want(t, name+": code", answer.ErrorCode, test.code)
		want(t, name+": accepted", answer.Status == 1 && len(answer.Token) == 32, test.code == "")
	}
}
