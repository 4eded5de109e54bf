package offices

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// AgreeWithAll makes an agreement from the office's first day with every municipality that has none with it: over every charge, by every method, without a ceiling.
func AgreeWithAll(tx *scope.Tx, office uuid.UUID) error {
	return agree(tx, office, `SELECT m.id, o.id, 1, o.valid_from FROM municipalities m, offices o WHERE o.id = ?`, office)
}

// Agree makes such an agreement with each of the municipalities that has none with the office.
func Agree(tx *scope.Tx, office uuid.UUID, municipalities []int) error {
	return agree(tx, office, `SELECT m.id, o.id, 1, o.valid_from FROM municipalities m, offices o WHERE o.id = ? AND m.id IN ?`, office, municipalities)
}

func agree(tx *scope.Tx, office uuid.UUID, query string, args ...any) error {
	err := tx.DB.Exec(`INSERT INTO agreements (municipality_id, office_id, number, valid_from) `+query+` ON CONFLICT DO NOTHING`, args...).Error
	if err != nil {
		return fmt.Errorf("make agreements: %w", err)
	}
	return audit.Write(tx, audit.Record{Action: "agreements.made", TargetKind: "office", TargetID: office.String()})
}

type termsRow struct {
	Charges, Methods []byte // JSON, or null
	FeeSharePPM      int64  `gorm:"column:fee_share_ppm"`
	OrderCeilingRial int64
	DayCeilingRial   int64
}

const selectTerms = `to_json(p.charges) AS charges, to_json(p.methods) AS methods, coalesce(p.fee_share_ppm, 0) AS fee_share_ppm,
  coalesce(p.order_ceiling_rial, 0) AS order_ceiling_rial, coalesce(p.day_ceiling_rial, 0) AS day_ceiling_rial, coalesce(p.text_version, '') AS text_version`

func (r termsRow) terms() (Terms, error) {
	t := Terms{FeeSharePPM: r.FeeSharePPM, OrderCeilingRial: r.OrderCeilingRial, DayCeilingRial: r.DayCeilingRial}
	for _, list := range []struct {
		from []byte
		to   *[]string
	}{{r.Charges, &t.Charges}, {r.Methods, &t.Methods}} {
		if list.from == nil {
			continue
		}
		if err := json.Unmarshal(list.from, list.to); err != nil {
			return Terms{}, fmt.Errorf("decode terms: %w", err)
		}
	}
	return t, nil
}

// list is a text[] parameter, NULL for nil.
func list(words []string) (any, error) {
	if words == nil {
		return nil, nil
	}
	body, err := json.Marshal(words)
	return string(body), err
}

type proposalRow struct {
	ID             uuid.UUID
	MunicipalityID int
	OfficeID       uuid.UUID
	OfficeNameFA   string
	LicenceNo      string
	Kind           string
	ValidFrom      time.Time
	ValidTo        sql.NullTime
	Terms          termsRow `gorm:"embedded"`
	TextVersion    string
	Reason         string
	State          string
	ProposedBy     uuid.UUID
	ProposedAt     time.Time
	ExpiresAt      time.Time
	DecidedBy      uuid.NullUUID
	DecidedAt      sql.NullTime
	Remark         string
	AcceptedBy     uuid.NullUUID
	AcceptedAt     sql.NullTime
}

const selectProposal = `SELECT p.id, p.municipality_id, p.office_id, coalesce(o.name_fa, '') AS office_name_fa, coalesce(o.licence_no, '') AS licence_no, p.kind, p.valid_from,
  p.valid_to, ` + selectTerms + `, p.reason, p.state, p.proposed_by, p.proposed_at, p.expires_at, p.decided_by, p.decided_at, coalesce(p.remark, '') AS remark,
  p.accepted_by, p.accepted_at FROM agreement_proposals p LEFT JOIN offices o ON o.id = p.office_id `

func (r proposalRow) proposal() (Proposal, error) {
	terms, err := r.Terms.terms()
	c := Change{OfficeID: r.OfficeID, Kind: ProposalKind(r.Kind), ValidFrom: r.ValidFrom.UTC(), ValidTo: day(r.ValidTo), Terms: terms, TextVersion: r.TextVersion, Reason: r.Reason}
	return Proposal{ID: r.ID, MunicipalityID: r.MunicipalityID, Change: c, OfficeNameFA: r.OfficeNameFA, LicenceNo: r.LicenceNo, State: ProposalState(r.State),
		ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), DecidedBy: r.DecidedBy.UUID, DecidedAt: day(r.DecidedAt), Remark: r.Remark,
		AcceptedBy: r.AcceptedBy.UUID, AcceptedAt: day(r.AcceptedAt)}, err
}

func oneProposal(tx *scope.Tx, query string, args ...any) (Proposal, error) {
	var r proposalRow
	err := tx.DB.Raw(query, args...).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Proposal{}, ErrProposalUnknown
	}
	if err != nil {
		return Proposal{}, fmt.Errorf("load proposal: %w", err)
	}
	return r.proposal()
}

// loadProposal reads a proposal with the state that it has now.
func loadProposal(tx *scope.Tx, id uuid.UUID) (Proposal, error) {
	p, err := oneProposal(tx, selectProposal+`WHERE p.id = ?`, id)
	p.State = p.stateAt(tx.Now)
	return p, err
}

// lockProposal holds a proposal. Row security hides from a lock what the scope can no longer change; that is read without one, for its state.
func lockProposal(tx *scope.Tx, id uuid.UUID) (Proposal, error) {
	p, err := oneProposal(tx, selectProposal+`WHERE p.id = ? FOR UPDATE OF p`, id)
	if errors.Is(err, ErrProposalUnknown) {
		return oneProposal(tx, selectProposal+`WHERE p.id = ?`, id)
	}
	return p, err
}

func listProposals(tx *scope.Tx) ([]Proposal, error) {
	var rows []proposalRow
	if err := tx.DB.Raw(selectProposal + `ORDER BY p.proposed_at DESC, p.id DESC LIMIT 500`).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list proposals: %w", err)
	}
	proposals := make([]Proposal, 0, len(rows))
	for _, r := range rows {
		p, err := r.proposal()
		if err != nil {
			return nil, err
		}
		p.State = p.stateAt(tx.Now)
		proposals = append(proposals, p)
	}
	return proposals, nil
}

const textArray = `(SELECT array_agg(x) FROM json_array_elements_text(CAST(? AS json)) x)`

func insertProposal(tx *scope.Tx, p Proposal) error {
	charges, err := list(p.Terms.Charges)
	if err != nil {
		return fmt.Errorf("encode charges: %w", err)
	}
	methods, err := list(p.Terms.Methods)
	if err != nil {
		return fmt.Errorf("encode methods: %w", err)
	}
	err = tx.DB.Exec(`INSERT INTO agreement_proposals (municipality_id, id, office_id, kind, valid_from, valid_to, charges, methods, fee_share_ppm, order_ceiling_rial,
	  day_ceiling_rial, text_version, reason, proposed_by, proposed_at, expires_at, state)
	  VALUES (?, ?, ?, ?, ?, ?, `+textArray+`, `+textArray+`, CASE ? WHEN 'terms' THEN CAST(? AS integer) END, nullif(?, 0), nullif(?, 0), nullif(?, ''), ?, ?, ?, ?, ?)`,
		p.MunicipalityID, p.ID, p.OfficeID, string(p.Kind), p.ValidFrom, stored(p.ValidTo), charges, methods, string(p.Kind), p.Terms.FeeSharePPM, p.Terms.OrderCeilingRial,
		p.Terms.DayCeilingRial, p.TextVersion, p.Reason, p.ProposedBy, p.ProposedAt, p.ExpiresAt, string(p.State)).Error
	switch scope.Constraint(err) {
	case "agreement_proposals_office_id_fkey":
		return ErrUnknown.On("office")
	case "agreement_proposals_municipality_id_text_version_fkey":
		return errNoText.On("text_version")
	}
	if err != nil {
		return fmt.Errorf("insert proposal: %w", err)
	}
	return nil
}

// updateProposal stores what became of a held proposal. Errors: agreement_second_person, by the table's own rule; agreement_proposal_state.
func updateProposal(tx *scope.Tx, p Proposal) error {
	done := tx.DB.Exec(`UPDATE agreement_proposals SET state = ?, decided_by = ?, decided_at = ?, remark = nullif(?, ''), accepted_by = ?, accepted_at = ?
	  WHERE municipality_id = ? AND id = ?`, string(p.State), nullID(p.DecidedBy), stored(p.DecidedAt), p.Remark, nullID(p.AcceptedBy), stored(p.AcceptedAt), p.MunicipalityID, p.ID)
	if scope.Constraint(done.Error) == "agreement_proposals_two_people" {
		return errSecondPerson
	}
	if done.Error != nil {
		return fmt.Errorf("update proposal: %w", done.Error)
	}
	if done.RowsAffected != 1 {
		return errProposalState
	}
	return nil
}

// insertAgreement gives the next number to what a proposal says, from a day on. Of two at once the second is agreement_meanwhile.
func insertAgreement(tx *scope.Tx, p Proposal, from time.Time) error {
	err := tx.DB.Exec(`INSERT INTO agreements (municipality_id, office_id, number, valid_from, valid_to, ends, proposal_id)
	  SELECT ?, ?, 1 + coalesce(max(number), 0), CAST(? AS date), CAST(? AS date), ?, ? FROM agreements WHERE municipality_id = ? AND office_id = ?`,
		p.MunicipalityID, p.OfficeID, from, stored(p.ValidTo), p.Kind == End, p.ID, p.MunicipalityID, p.OfficeID).Error
	switch scope.Constraint(err) {
	case "agreements_pkey", "agreements_proposal":
		return errMeanwhile
	}
	if err != nil {
		return fmt.Errorf("insert agreement: %w", err)
	}
	return nil
}

// saidSince holds where the city has decided something after a proposal that is in force, or was.
func saidSince(tx *scope.Tx, p Proposal) (said bool, err error) {
	err = tx.DB.Raw(`SELECT EXISTS (SELECT 1 FROM agreement_proposals l WHERE l.municipality_id = ? AND l.office_id = ? AND l.decided_at > ?
	  AND (l.state = 'accepted' OR l.kind = 'end' AND l.state = 'approved'))`, p.MunicipalityID, p.OfficeID, p.DecidedAt).Row().Scan(&said)
	if err != nil {
		return false, fmt.Errorf("read later proposals: %w", err)
	}
	return said, nil
}

// endsLast holds where the last word between the city and an office is an end, or there is none.
func endsLast(tx *scope.Tx, office uuid.UUID) (ends bool, err error) {
	err = tx.DB.Raw(`SELECT coalesce((SELECT ends FROM agreements WHERE municipality_id = scope_municipality() AND office_id = ? ORDER BY number DESC LIMIT 1), true)`,
		office).Row().Scan(&ends)
	if err != nil {
		return false, fmt.Errorf("read last agreement: %w", err)
	}
	return ends, nil
}

func listAgreements(tx *scope.Tx) ([]Agreement, error) {
	var rows []struct {
		MunicipalityID int
		CityFA, CityEN string
		OfficeID       uuid.UUID
		OfficeNameFA   string
		LicenceNo      string
		Number         int
		ValidFrom      time.Time
		ValidTo        sql.NullTime
		Ends, Holds    bool
		Terms          termsRow `gorm:"embedded"`
		TextVersion    string
		NewerText      string
		ProposalID     uuid.NullUUID
		AcceptedBy     uuid.NullUUID
		AcceptedAt     sql.NullTime
	}
	err := tx.DB.Raw(`SELECT a.municipality_id, m.name_fa AS city_fa, m.name_en AS city_en, a.office_id, coalesce(o.name_fa, '') AS office_name_fa, coalesce(o.licence_no, '') AS licence_no, a.number, a.valid_from, a.valid_to,
	  a.ends, h.number IS NOT NULL AS holds, a.proposal_id, p.accepted_by, p.accepted_at, ` + selectTerms + `, ` + selectNewerText + ` AS newer_text FROM agreements a
	  JOIN municipalities m ON m.id = a.municipality_id
	  LEFT JOIN holding_agreements h ON h.municipality_id = a.municipality_id AND h.office_id = a.office_id AND h.number = a.number
	  LEFT JOIN agreement_proposals p ON p.municipality_id = a.municipality_id AND p.id = a.proposal_id
	  LEFT JOIN offices o ON o.id = a.office_id ORDER BY a.municipality_id, o.licence_no COLLATE "C", a.number`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list agreements: %w", err)
	}
	agreements := make([]Agreement, 0, len(rows))
	for _, r := range rows {
		terms, err := r.Terms.terms()
		if err != nil {
			return nil, err
		}
		agreements = append(agreements, Agreement{MunicipalityID: r.MunicipalityID, CityFA: r.CityFA, CityEN: r.CityEN, OfficeID: r.OfficeID, OfficeNameFA: r.OfficeNameFA, LicenceNo: r.LicenceNo, Number: r.Number,
			ValidFrom: r.ValidFrom.UTC(), ValidTo: day(r.ValidTo), Ends: r.Ends, Holds: r.Holds, Terms: terms, TextVersion: r.TextVersion, NewerText: r.NewerText, ProposalID: r.ProposalID.UUID,
			AcceptedBy: r.AcceptedBy.UUID, AcceptedAt: day(r.AcceptedAt)})
	}
	return agreements, nil
}
