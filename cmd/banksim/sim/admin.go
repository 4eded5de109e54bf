package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// scenarioRequest chooses a scenario by name, or spells one out.
type scenarioRequest struct {
	Name  string `json:"name"`
	Token string `json:"token"` // empty: the next session
	Scenario
}

func handleHealth(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok\n") }

func handleScenarios(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, Names()) }

func (s *Server) handleScenario(w http.ResponseWriter, r *http.Request) {
	var request scenarioRequest
	if !readAdmin(w, r, &request) {
		return
	}
	scenario := request.Scenario
	if request.Name != "" {
		named, known := Named()[request.Name]
		if !known {
			http.Error(w, "scenario: unknown name", http.StatusUnprocessableEntity)
			return
		}
		scenario = named
	}
	if err := scenario.check(); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	if !s.Arrange(request.Token, scenario) {
		http.Error(w, "scenario: unknown token", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// handleClock moves the clock forward by a duration such as "31m".
func (s *Server) handleClock(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Advance string `json:"advance"`
	}
	if !readAdmin(w, r, &request) {
		return
	}
	by, err := time.ParseDuration(request.Advance)
	if err != nil || by < 0 {
		http.Error(w, "clock: advance must be a positive duration", http.StatusUnprocessableEntity)
		return
	}
	s.Advance(by)
	w.WriteHeader(http.StatusNoContent)
}

// handleCallback sends a session's return once more, as the session stands now, and waits for the merchant's answer.
func (s *Server) handleCallback(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Token string `json:"token"`
	}
	if !readAdmin(w, r, &request) {
		return
	}
	s.mu.Lock()
	found := s.find(request.Token)
	var copied Transaction
	if found != nil {
		copied = *found
	}
	s.mu.Unlock()
	if found == nil {
		http.Error(w, "callback: unknown token", http.StatusNotFound)
		return
	}
	s.callBack(copied)
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) handleTransactions(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, s.Transactions())
}

// readAdmin is strict: a misspelt request must not pass for the default scenario.
func readAdmin(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		http.Error(w, "request: "+err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}
