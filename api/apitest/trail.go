package apitest

import (
	"context"
	"net/http"
	"sync"
	"testing"

	"mofasa/tenants/scope"
)

// untraced lists the operations that leave no row in the audit log when they succeed, and why that is right. All others must: the tests hold every successful
// answer that any test gets against the log.
var untraced = map[string]string{
	"Healthz": "says nothing of anybody", "Readyz": "says nothing of anybody", "GetKeys": "public keys",
	"WhoAmI":           "says what the caller's own token says",
	"RefreshSession":   "a session whose opening is on record; a portal asks every few minutes",
	"ListSessions":     "the caller's own sessions",
	"ListClients":      "programs of the own home",
	"SepCallback":      "the bank's word about a payment, which is on record when it changes",
	"SepCallbackForm":  "the bank's word about a payment, which is on record when it changes",
	"ZarinpalCallback": "the bank's word about a payment, which is on record when it changes",
	"MellatCallback":   "the bank's word about a payment, which is on record when it changes",
	"GetPaymentPage":   "the payer's own way to the bank's page",
	"ListSuspense":     "matters of the platform, of the own office, or of the own bills", "GetSuspense": "payments and bills by their ids, without a name", "DryRunRemedy": "keeps nothing",
	"ListGateways":         "terminals without secrets",
	"GetOrder":             "what the same office has ordered after an inquiry that is on record; a counter asks every second while somebody pays",
	"WatchOrder":           "tells that an order has changed, and nothing else of it",
	"GetCertificate":       "the same office's own paper, whose issue is on record",
	"GetCertificatePDF":    "the same office's own paper, whose issue is on record",
	"CheckCertificate":     "whoever holds the paper reads what stands on it",
	"CheckCertificatePage": "whoever holds the paper reads what stands on it",

	"ListLimits":         "limits as shipped, and overrides that have records of their own",
	"ListTariffVersions": "published law", "GetTariffVersion": "published law", "DiffTariffs": "law and drafts", "ValidateTariff": "keeps nothing",
	"ListTariffDrafts": "drafts of law", "GetTariffDraft": "drafts of law", "ListTariffPreviews": "sums over the fleet", "GetTariffPreview": "sums over the fleet",
	"ListTariffCorrections": "sums over bills", "GetTariffCorrection": "sums over bills", "ListCorrectionItems": "bills of the own city, named by their ids",
	"PreviewValuations": "keeps nothing", "ListMissingValuations": "types of vehicles",

	"ListMunicipalities": "cities", "GetMunicipality": "a city", "GetMunicipalityConfig": "what a city is configured with", "DiffMunicipalityPack": "keeps nothing",

	"ListOffices": "offices", "GetOffice": "an office", "ListFees": "a published schedule", "ListDevices": "the own office's devices",
	"ListAgreements": "the own agreements", "ListAgreementTexts": "the own wordings", "GetAgreementText": "a wording that is offered", "ListAgreementProposals": "the own proposals", "GetAgreementProposal": "an own proposal",

	"GetPayment": "the own office's payment; a counter asks every second while somebody pays",
	"GetDeposit": "the own deposit", "GetDepositStatement": "the own deposit, which names orders by their ids", "ListTopUps": "the own office's payments to its deposit, whose beginnings are on record", "ListOwnTransfers": "what the office declared", "ListOwnWithdrawals": "what the office asked for",
	"ListDeposits": "deposits of offices", "ListTransfers": "declarations of offices", "ListWithdrawals": "wishes of offices",
	"SearchOrders": "what the same office has ordered after inquiries that are on record", "GetOrderTimeline": "the same office's own order", "GetUsage": "counts of the office's own work", "GetUsageSpreadsheet": "counts of the office's own work",
	"ListShifts": "sums of own shifts", "GetCurrentShift": "sums of the own shift", "GetShift": "sums of an own shift", "GetShiftRule": "a rule of the own office",

	"GetTrialBalance": "sums of the own books", "GetAccountStatement": "the own books, which name bills and payments by their ids",

	"ListRefunds": "the own refunds, named by ids", "ListPayouts": "the platform's own payouts, without a name", "ListPaymentRefunds": "the own refunds, named by ids",

	"ListPeople": "colleagues", "ListApprovals": "colleagues' requests", "GetApproval": "a colleague's request",
}

// call is one answer. What failed at the very end has happened all the same, and is what a repetition tells of.
type call struct {
	operation, request, key string
	failed                  bool
}

// trail collects the calls of all servers on one database: a repeated request is on record under the request that came first.
type trail struct {
	mu    sync.Mutex
	calls []call
}

func (t *trail) add(c call) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls = append(t.calls, c)
}

// trails are the open trails by database, and seen the operations that have succeeded in any test of this process.
var (
	trails sync.Map
	seen   sync.Map
)

func trailOf(database string) *trail {
	t, _ := trails.LoadOrStore(database, &trail{})
	return t.(*trail)
}

// Traced tells whether an operation must leave a row in the audit log.
func Traced(operation string) bool { return untraced[operation] == "" }

// Seen tells whether some test of this process has had a successful answer from the operation.
func Seen(operation string) bool { _, ok := seen.Load(operation); return ok }

// Untraced lists the operations that leave no row.
func Untraced() (operations []string) {
	for operation := range untraced {
		operations = append(operations, operation)
	}
	return operations
}

// checkTrail fails the test for every successful call that must have left a row and has left none.
func (s *Server) checkTrail() {
	t := trailOf(s.DB.Name)
	t.mu.Lock()
	defer t.mu.Unlock()
	var recorded []string
	ctx := scope.WithActor(context.Background(), scope.Actor{Kind: scope.ActorSystem})
	err := s.Program.Runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) error {
		return tx.DB.Raw(`SELECT DISTINCT request_id FROM audit_log WHERE request_id IS NOT NULL`).Scan(&recorded).Error
	})
	if err != nil {
		s.t.Errorf("the audit log cannot be read: %v", err)
		return
	}
	on := map[string]bool{}
	for _, request := range recorded {
		on[request] = true
	}
	for _, c := range t.calls {
		if c.key != "" && on[c.request] {
			on[c.operation+c.key] = true
		}
	}
	for _, c := range t.calls {
		if !c.failed && !on[c.request] && (c.key == "" || !on[c.operation+c.key]) {
			s.t.Errorf("%s succeeded and left no row in the audit log (request %s)", c.operation, c.request)
		}
	}
}

// followTrail checks the trail when the test has ended.
func (s *Server) followTrail(t testing.TB) { t.Cleanup(s.checkTrail) }

// follow puts a call on the trail of its database.
func (s *Server) follow(operation string, request *http.Request, a Answer) {
	c := call{operation: operation, request: a.Header.Get("X-Request-Id"), key: request.Header.Get("Idempotency-Key"), failed: a.Status >= http.StatusMultipleChoices}
	if !c.failed {
		seen.Store(operation, true)
	}
	if Traced(operation) && s.DB != nil {
		trailOf(s.DB.Name).add(c)
	}
}
