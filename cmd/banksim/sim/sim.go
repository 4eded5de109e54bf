// Package sim is the bank's side of three online gateways (SEP IPG manual 4.1, Zarinpal REST v4, Behpardakht Mellat manual 1.29) and of the
// bank's counter for bills, with faults on demand. It shares no code with the adapters that it is tried against, so that both read the
// manuals for themselves. Where a manual is silent the choice is marked "our choice".
package sim

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Options is what a simulator needs. The zero value works for a test.
type Options struct {
	PublicURL string           // where browsers reach the simulator, without a trailing slash; empty: links are relative
	Terminals []string         // terminals and merchant ids that exist; empty: every one does
	Password  string           // that Mellat's merchants must send; empty: any
	Magic     bool             // amounts choose faults, see Magic
	Clock     func() time.Time // nil: the system's
	Random    io.Reader        // source of tokens and references; nil: crypto/rand
	Journal   string           // file that keeps transactions over a restart; empty: memory only
	Client    *http.Client     // calls the merchant back where a scenario wants a second callback; nil: 10 s limit
}

// Server is one simulated provider. It is safe for concurrent use.
type Server struct {
	options Options

	mu       sync.Mutex
	advanced time.Duration           // how far the simulated clock is ahead
	byToken  map[string]*Transaction // every session since the journal began
	byRefNum map[string]string       // token of each paid session
	byOrder  map[string]string       // token of each of Mellat's order ids, by terminal
	bills    []BillPayment           // paid at the counter, oldest first
	order    []string                // tokens, oldest first
	next     []Scenario              // for sessions to come, one each
	journal  *journal

	callbacks sync.WaitGroup
}

// New starts a simulator and reloads its journal; an error names the journal line that cannot be read.
func New(options Options) (*Server, error) {
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.Random == nil {
		options.Random = rand.Reader
	}
	if options.Client == nil {
		const patience = 10 * time.Second
		options.Client = &http.Client{Timeout: patience}
	}
	options.PublicURL = strings.TrimRight(options.PublicURL, "/")
	server := &Server{options: options, byToken: map[string]*Transaction{}, byRefNum: map[string]string{}, byOrder: map[string]string{}}
	if options.Journal == "" {
		return server, nil
	}
	opened, entries, err := openJournal(options.Journal)
	if err != nil {
		return nil, fmt.Errorf("banksim journal: %w", err)
	}
	server.journal = opened
	server.reload(entries)
	return server, nil
}

// Close waits for callbacks that are on their way and closes the journal.
func (s *Server) Close() error {
	s.callbacks.Wait()
	if s.journal == nil {
		return nil
	}
	return s.journal.close()
}

// Handler serves the provider's paths, in any case as the provider does, and the admin paths under /_sim.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /onlinepg/onlinepg", s.handleOnlinePG)
	mux.HandleFunc("GET /onlinepg/sendtoken", s.handlePage)
	mux.HandleFunc("POST /onlinepg/decision", s.handleDecision)
	mux.HandleFunc("POST /verifytxnrandomsessionkey/api/v2/ipg/payment/receipt", s.handleReceipt)
	mux.HandleFunc("POST /verifytxnrandomsessionkey/ipg/verifytransaction", s.handleVerify)
	mux.HandleFunc("POST /verifytxnrandomsessionkey/ipg/reversetransaction", s.handleReverse)
	mux.HandleFunc("POST /pg/v4/payment/request.json", s.handleRequest)
	mux.HandleFunc("GET /pg/StartPay/{authority}", s.handleStartPay)
	mux.HandleFunc("POST /pg/v4/payment/verify.json", s.zarinpal(CallVerify, s.zarinpalVerify))
	mux.HandleFunc("POST /pg/v4/payment/inquiry.json", s.zarinpal(CallReceipt, s.zarinpalInquiry))
	mux.HandleFunc("POST /pg/v4/payment/reverse.json", s.zarinpal(CallReverse, s.zarinpalReverse))
	mux.HandleFunc("POST /pg/v4/payment/unVerified.json", s.handleUnverified)
	mux.HandleFunc("POST /pgwchannel/services/pgw", s.handleSOAP)
	mux.HandleFunc("POST /pgwchannel/startpay.mellat", s.handlePage)
	mux.HandleFunc("POST /pgwchannel/enstartpay.mellat", s.handlePage)
	mux.HandleFunc("POST /_sim/callback", s.handleCallback)
	mux.HandleFunc("POST /_sim/bills/pay", s.handleBill)
	mux.HandleFunc("GET /_sim/bills", s.handleBills)
	mux.HandleFunc("GET /_sim/files/{layout}/{date}", s.handleFile)
	mux.HandleFunc("GET /_sim/health", handleHealth)
	mux.HandleFunc("GET /_sim/scenarios", handleScenarios)
	mux.HandleFunc("POST /_sim/scenario", s.handleScenario)
	mux.HandleFunc("POST /_sim/clock", s.handleClock)
	mux.HandleFunc("GET /_sim/transactions", s.handleTransactions)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		lower := r.Clone(r.Context())
		if path := strings.ToLower(r.URL.Path); anyCase(path) {
			lower.URL.Path, lower.URL.RawPath = path, ""
		}
		mux.ServeHTTP(w, lower)
	})
}

// anyCase holds for the paths of SEP, whose own texts mix their cases.
func anyCase(path string) bool {
	return strings.HasPrefix(path, "/onlinepg/") || strings.HasPrefix(path, "/verifytxnrandomsessionkey/") || strings.HasPrefix(path, "/_sim/")
}

// now is the simulated time, always UTC and without a monotonic part, so that the journal gives it back unchanged.
// The caller holds mu.
func (s *Server) now() time.Time { return s.options.Clock().Add(s.advanced).UTC().Round(0) }

// Advance moves the simulated clock forward; windows close accordingly.
func (s *Server) Advance(by time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advanced += by
	s.record(entry{Advanced: s.advanced})
}

// Transactions copies every session, oldest first, as the clock stands now.
func (s *Server) Transactions() []Transaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Transaction, 0, len(s.order))
	for _, token := range s.order {
		all = append(all, *s.find(token))
	}
	return all
}

// Arrange sets what happens to the session of token, or to the next new session where token is empty. It says whether
// the session exists.
func (s *Server) Arrange(token string, scenario Scenario) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token == "" {
		s.next = append(s.next, scenario)
		return true
	}
	found := s.find(token)
	if found != nil {
		found.Scenario = scenario
		s.save(found)
	}
	return found != nil
}

// find gives the session of token with every closed window applied, or nil. The caller holds mu.
func (s *Server) find(token string) *Transaction {
	found := s.byToken[token]
	if found == nil {
		return nil
	}
	late := found.open() && !found.PaysAt.IsZero() && !s.now().Before(found.PaysAt)
	if late {
		s.charge(found, found.PaysAt)
	}
	if found.settle(s.now()) || late {
		s.save(found)
	}
	return found
}

// findReference gives the paid session of a RefNum, or nil. The caller holds mu.
func (s *Server) findReference(refNum string) *Transaction {
	token, paid := s.byRefNum[refNum]
	if !paid {
		return nil
	}
	return s.find(token)
}

// save keeps a new or changed session and records it. The caller holds mu.
func (s *Server) save(transaction *Transaction) {
	s.keep(transaction)
	s.record(entry{Transaction: transaction})
}

func (s *Server) keep(transaction *Transaction) {
	if _, known := s.byToken[transaction.Token]; !known {
		s.order = append(s.order, transaction.Token)
	}
	s.byToken[transaction.Token] = transaction
	if transaction.Provider == Mellat {
		s.byOrder[transaction.Terminal+"/"+transaction.ResNum] = transaction.Token
	}
	if transaction.RefNum != "" {
		s.byRefNum[transaction.RefNum] = transaction.Token
	}
}
