package impact

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/money"
	"mofasa/tenants/fault"
)

var (
	errUnknown = fault.Define(fault.NotFound, "preview_unknown", "این پیش‌نمایش پیدا نشد.", "This preview was not found.")
	errDraft   = fault.Define(fault.NotFound, "preview_draft_unknown",
		"این پیش‌نویس در میان پیش‌نویس‌های این مرجع نیست.", "This draft is not among this authority's drafts.")
	errDraftState = fault.Define(fault.Conflict, "preview_draft_state",
		"تنها پیش‌نویسی را می‌توان پیش‌نمایش کرد که هنوز منتشر یا کنار گذاشته نشده است.", "Only a draft that is neither published nor withdrawn can be previewed.")
	errRevised = fault.Define(fault.Conflict, "preview_draft_revised",
		"پیش‌نویس پس از درخواست این پیش‌نمایش تغییر کرده است؛ پیش‌نمایش تازه بخواهید.", "The draft was revised after this preview was asked for; ask for a new one.")
	errFinished = fault.Define(fault.Conflict, "preview_finished", "این پیش‌نمایش به پایان رسیده است.", "This preview has come to its end.")
)

// State is where a preview stands.
type State string

// The states of a preview.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Cancelled State = "cancelled"
	Failed    State = "failed"
)

// Preview is one request to see what drafts change, and its answer.
type Preview struct {
	ID              uuid.UUID
	MunicipalityID  int // the authority of the drafts; 0: the nation
	Drafts          []DraftRevision
	Threshold       money.Rial
	State           State
	RequestedBy     uuid.UUID // Nil: the program
	RequestedAt     time.Time
	FinishedAt      time.Time // zero until then
	VehiclesDone    int64
	VehiclesTotal   int64 // an estimate until the end
	CancelRequested bool
	Failure         string  // a code, of a failed one
	Report          *Report // of a done one
	Stale           bool    // a draft was revised since: the report is of what stood there before
}

// DraftRevision is a draft as it stood at one writing.
type DraftRevision struct {
	ID       uuid.UUID `json:"id"`
	Revision int       `json:"revision"`
}

// Finished says whether nothing more will happen to the preview.
func (p *Preview) Finished() bool {
	return p.State == Done || p.State == Cancelled || p.State == Failed
}

// checkDrafts refuses an empty list and a draft that comes twice.
func checkDrafts(drafts []uuid.UUID) error {
	for i, id := range drafts {
		if slices.Contains(drafts[:i], id) {
			return errNoDrafts.On("drafts")
		}
	}
	if len(drafts) == 0 {
		return errNoDrafts.On("drafts")
	}
	return nil
}
