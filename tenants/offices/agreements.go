package offices

import (
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"

	"mofasa/tenants/fault"
)

// Terms say what an office may collect for a municipality, how, and up to how much.
type Terms struct {
	Charges          []string `json:"charges"`            // nil: every charge
	Methods          []string `json:"methods"`            // of payment; nil: every method
	FeeSharePPM      int64    `json:"fee_share_ppm"`      // of the fee that is the office's, in parts per million
	OrderCeilingRial int64    `json:"order_ceiling_rial"` // of one order's bill of the municipality; 0: none
	DayCeilingRial   int64    `json:"day_ceiling_rial"`   // of a fiscal day's bills of the municipality; 0: none
}

// Covers tells whether the terms let the office collect a charge.
func (t Terms) Covers(charge string) bool {
	return t.Charges == nil || slices.Contains(t.Charges, charge)
}

// Permits tells whether the terms let the payer pay by a method.
func (t Terms) Permits(method string) bool {
	return t.Methods == nil || slices.Contains(t.Methods, method)
}

// ProposalKind is what a proposal does once it is agreed.
type ProposalKind string

// The kinds of proposals.
const (
	NewTerms ProposalKind = "terms"
	End      ProposalKind = "end"
)

// ProposalState is where a proposal stands.
type ProposalState string

// The states of a proposal.
const (
	Proposed ProposalState = "proposed" // waits for a second person of the city
	Approved ProposalState = "approved" // terms wait for the office's word; an end is in force
	Accepted ProposalState = "accepted" // in force
	Refused  ProposalState = "refused"
	Expired  ProposalState = "expired" // nobody decided or accepted in time
)

// Lifetime is how long a proposal may wait, for the second person and the office together.
const Lifetime = 30 * 24 * time.Hour

// Change is what somebody of a city proposes: new terms from a day on, or the end of the agreement.
type Change struct {
	OfficeID    uuid.UUID
	Kind        ProposalKind
	ValidFrom   time.Time // not in the past; an acceptance that is later makes the terms begin on its own day
	ValidTo     time.Time // of terms: the first day on which they no longer hold; zero: they have no end
	Terms       Terms
	TextVersion string // of the wording that the office is to accept; empty for an end
	Reason      string // 1–500 characters
}

// Proposal is a change and what became of it.
type Proposal struct {
	ID             uuid.UUID
	MunicipalityID int
	Change
	OfficeNameFA string
	LicenceNo    string
	State        ProposalState // on the day of the transaction that read it
	ProposedBy   uuid.UUID
	ProposedAt   time.Time
	ExpiresAt    time.Time
	DecidedBy    uuid.UUID // who approved or refused it; Nil: nobody
	DecidedAt    time.Time
	Remark       string // why it was refused
	AcceptedBy   uuid.UUID
	AcceptedAt   time.Time
	TextFA       string // the wording; read with one proposal alone
}

// Agreement is what holds, held or will hold between an office and a municipality. From its first day a number prevails over all before it.
type Agreement struct {
	MunicipalityID int
	CityFA, CityEN string // the municipality's name
	OfficeID       uuid.UUID
	OfficeNameFA   string
	LicenceNo      string
	Number         int
	ValidFrom      time.Time
	ValidTo        time.Time // zero: none
	Ends           bool      // nothing holds from ValidFrom on
	Holds          bool      // on the day of the transaction that read it
	Terms          Terms
	TextVersion    string    // empty: made by the platform, without a wording
	NewerText      string    // the version of the city's present text, where the office has accepted one that says something else
	ProposalID     uuid.UUID // Nil: made by the platform
	AcceptedBy     uuid.UUID
	AcceptedAt     time.Time
}

// Wording is a text that a city offers its offices; it never changes. The one with the highest number is the city's present text.
type Wording struct {
	MunicipalityID int
	Version        string
	Number         int       // of the city's texts, from 1
	Hash           string    // SHA-256 of the text's UTF-8, in hexadecimal digits (FIPS 180-4)
	BodyFA         string    // empty in a list
	Config         int       // the configuration of the city whose template it is; 0: a person wrote it here
	OfferedBy      uuid.UUID // Nil: the system applied the configuration
	OfferedAt      time.Time
}

// What agreements refuse with.
var (
	ErrTextUnknown     = fault.Define(fault.NotFound, "agreement_text_not_found", "چنین متنی در دسترس شما نیست.", "There is no such text that you may read.")
	ErrProposalUnknown = fault.Define(fault.NotFound, "agreement_proposal_unknown", "چنین پیشنهادی ثبت نشده است.", "No such proposal is on record.")

	errHome    = fault.Define(fault.Forbidden, "agreement_scope", "توافق‌نامه میان شهرداری و دفتر است.", "An agreement is between a municipality and an office.")
	errKind    = fault.Define(fault.Invalid, "agreement_kind", "پیشنهاد یا شرایط تازه است یا پایان توافق؛ پایان شرطی ندارد.", "A proposal is new terms or an end; an end has no terms.")
	errFrom    = fault.Define(fault.Invalid, "agreement_valid_from", "روز آغاز نادرست است یا گذشته است.", "The first day is missing or in the past.")
	errTo      = fault.Define(fault.Invalid, "agreement_valid_to", "توافق باید پس از آغازش و پس از امروز پایان یابد.", "An agreement ends after it begins and after today.")
	errCharges = fault.Define(fault.Invalid, "agreement_charges", "ردیف عوارض شناخته‌شده نیست یا دو بار آمده است.", "A charge is unknown or listed twice.")
	errMethods = fault.Define(fault.Invalid, "agreement_methods", "روش پرداخت شناخته‌شده نیست یا دو بار آمده است.", "A method is unknown or listed twice.")
	errShare   = fault.Define(fault.Invalid, "agreement_fee_share", "سهم کارمزد میان صفر و یک میلیون در میلیون است.", "A share of the fee is 0 to 1,000,000 parts per million.")
	errCeiling = fault.Define(fault.Invalid, "agreement_ceiling", "سقف باید مثبت باشد و سقف سبد از سقف روز بیشتر نباشد.", "A ceiling is positive, and that of an order not above that of a day.")
	errVersion = fault.Define(fault.Invalid, "agreement_text_version", "نسخهٔ متن از حرف لاتین، رقم، نقطه و خط تیره است، تا ۴۰ نویسه، و با pack- آغاز نمی‌شود.",
		"The version of a text has Latin letters, digits, dots and hyphens, at most 40 characters, and does not begin with pack-.")
	errNoText        = fault.Define(fault.Invalid, "agreement_text_unknown", "متنی با این نسخه عرضه نشده است.", "No text of this version has been offered.")
	errTextTaken     = fault.Define(fault.Conflict, "agreement_text_taken", "متنی با این نسخه هست؛ متن عرضه‌شده تغییر نمی‌کند.", "There is a text of this version, and it does not change.")
	errText          = fault.Define(fault.Invalid, "agreement_text", "متن توافق را بنویسید؛ تا ۵۰٬۰۰۰ نویسه.", "Write the text, in at most 50,000 characters.")
	errOtherText     = fault.Define(fault.Conflict, "agreement_other_text", "متن این پیشنهاد نسخهٔ دیگری است؛ نخست همان را بخوانید.", "The proposal has another version of the text; read that one first.")
	errWhy           = fault.Define(fault.Invalid, "agreement_reason", "دلیل را بنویسید؛ تا ۵۰۰ نویسه.", "Give the reason in at most 500 characters.")
	errSecondPerson  = fault.Define(fault.Forbidden, "agreement_second_person", "کسی که پیشنهاد داده نمی‌تواند آن را تصویب کند.", "Whoever made the proposal cannot approve it.")
	errProposalState = fault.Define(fault.Conflict, "agreement_proposal_state", "پیشنهاد در وضعیتی نیست که این کار شدنی باشد.", "The proposal is not in a state that allows this.")
	errNothingToEnd  = fault.Define(fault.Conflict, "agreement_nothing_to_end", "توافقی با این دفتر نیست که پایان یابد.", "There is no agreement with this office to end.")
	errMeanwhile     = fault.Define(fault.Conflict, "agreement_meanwhile", "در این میان تغییر دیگری در توافق ثبت شد؛ دوباره بکوشید.", "The agreement was changed in the meantime; try again.")
)

var versions = regexp.MustCompile(`^[A-Za-z0-9._-]{1,40}$`)

// ofPack begins the versions of the texts that come from a city's packs: the number of the configuration follows. Nobody else's version begins so.
const ofPack = "pack-"

// vocabulary is what terms may name.
type vocabulary struct{ charges, methods []string }

// check refuses a change that cannot be meant.
func (c Change) check(words vocabulary, today time.Time) error {
	switch {
	case c.ValidFrom.IsZero() || c.ValidFrom.Before(today):
		return errFrom.On("valid_from")
	case !said(c.Reason, 500):
		return errWhy.On("reason")
	case c.Kind == End:
		return c.checkEnd()
	case c.Kind != NewTerms:
		return errKind.On("kind")
	case !c.ValidTo.IsZero() && !c.ValidTo.After(c.ValidFrom):
		return errTo.On("valid_to")
	case !versions.MatchString(c.TextVersion):
		return errVersion.On("text_version")
	}
	return c.Terms.check(words)
}

func (c Change) checkEnd() error {
	t := c.Terms
	if !c.ValidTo.IsZero() || c.TextVersion != "" || t.Charges != nil || t.Methods != nil || t.FeeSharePPM != 0 || t.OrderCeilingRial != 0 || t.DayCeilingRial != 0 {
		return errKind.On("kind")
	}
	return nil
}

func (t Terms) check(words vocabulary) error {
	switch {
	case !among(t.Charges, words.charges):
		return errCharges.On("charges")
	case !among(t.Methods, words.methods):
		return errMethods.On("methods")
	case t.FeeSharePPM < 0 || t.FeeSharePPM > 1_000_000:
		return errShare.On("fee_share_ppm")
	case t.OrderCeilingRial < 0 || t.DayCeilingRial > 0 && t.OrderCeilingRial > t.DayCeilingRial:
		return errCeiling.On("order_ceiling_rial")
	case t.DayCeilingRial < 0:
		return errCeiling.On("day_ceiling_rial")
	}
	return nil
}

// among holds for no list at all, and for one of different known words.
func among(list, known []string) bool {
	for i, word := range list {
		if !slices.Contains(known, word) || slices.Contains(list[:i], word) {
			return false
		}
	}
	return list == nil || len(list) > 0
}

// stateAt is the state at a moment: expiry needs no job.
func (p *Proposal) stateAt(now time.Time) ProposalState {
	waits := p.State == Proposed || p.State == Approved && p.Kind == NewTerms
	if waits && !now.Before(p.ExpiresAt) {
		return Expired
	}
	return p.State
}

// expect refuses a proposal that is in none of the states now.
func (p *Proposal) expect(now time.Time, states ...ProposalState) error {
	if state := p.stateAt(now); !slices.Contains(states, state) {
		return errProposalState.With("state", string(state))
	}
	return nil
}
