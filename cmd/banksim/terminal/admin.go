package terminal

import (
	"encoding/json"
	"net/http"
)

// Handler serves the control paths under /_sim/terminal.
func (t *Terminal) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sim/terminal/scenarios", func(w http.ResponseWriter, _ *http.Request) { write(w, Names()) })
	mux.HandleFunc("POST /_sim/terminal/scenario", t.handleScenario)
	mux.HandleFunc("GET /_sim/terminal/transactions", func(w http.ResponseWriter, _ *http.Request) {
		write(w, append([]Transaction{}, t.Transactions()...))
	})
	return mux
}

func (t *Terminal) handleScenario(w http.ResponseWriter, r *http.Request) {
	const most = 64 << 10
	var request struct {
		Name    string `json:"name"`
		OrderID string `json:"order_id"` // empty: the next sale
		Times   int    `json:"times"`    // of busy
		Scenario
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		http.Error(w, "request: "+err.Error(), http.StatusBadRequest)
		return
	}
	s := request.Scenario
	if request.Name != "" {
		named, known := Named()[request.Name]
		if !known {
			http.Error(w, "scenario: unknown name", http.StatusUnprocessableEntity)
			return
		}
		s = named.with(request.Scenario)
	}
	if err := s.check(); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	t.Arrange(request.OrderID, s, request.Times)
	w.WriteHeader(http.StatusNoContent)
}

// with lets a request name its own code or delay beside a named scenario.
func (s Scenario) with(own Scenario) Scenario {
	if own.Code != "" {
		s.Code = own.Code
	}
	if own.DelayMS != 0 {
		s.DelayMS = own.DelayMS
	}
	return s
}

func write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
