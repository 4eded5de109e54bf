package main

import (
	"encoding/json"
	"os"
)

// demoResult is what result.json says: one run's figures. Amounts are rial; times are milliseconds.
type demoResult struct {
	Municipalities int `json:"municipalities"`
	Vehicles       int `json:"vehicles"`
	Inquiry        struct {
		Cities    int     `json:"cities"`
		Dues      int     `json:"dues"`
		TotalRial int64   `json:"total_rial"`
		MS        float64 `json:"ms"`
	} `json:"inquiry"`
	Order struct {
		Bills []resultBill `json:"bills"`
	} `json:"order"`
	Payment struct {
		State     string `json:"state"`
		Provider  string `json:"provider"`
		Reference string `json:"reference"`
	} `json:"payment"`
	Ledger struct {
		Entries int   `json:"entries"`
		SumRial int64 `json:"sum_rial"`
	} `json:"ledger"`
	Certificate struct {
		Serial          string `json:"serial"`
		VerifyURL       string `json:"verify_url"`
		Valid           bool   `json:"valid"`
		TamperedRefused bool   `json:"tampered_refused"`
	} `json:"certificate"`
	ElapsedMS float64 `json:"elapsed_ms"`
}

type resultBill struct {
	Municipality string `json:"municipality"`
	BillID       string `json:"bill_id"`
	PaymentID    string `json:"payment_id"`
	AmountRial   int64  `json:"amount_rial"`
}

// save writes the file whole or not at all.
func (r demoResult) save(path string) error {
	body, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(path, append(body, '\n'))
}

// writeWhole gives a file its name once it is complete.
func writeWhole(path string, body []byte) error {
	part := path + ".part"
	if err := os.WriteFile(part, body, 0o644); err != nil {
		return err
	}
	return os.Rename(part, path)
}
