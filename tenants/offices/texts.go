package offices

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"mofasa/tenants/audit"
	"mofasa/tenants/scope"
)

// OfferText stores a wording of the city under a version of its own. Errors: agreement_text_version (version), agreement_text (text_fa), agreement_text_taken
// (version), agreement_meanwhile.
func (a *Agreements) OfferText(ctx context.Context, in scope.Scope, version, body string) (Wording, error) {
	return inCity(ctx, a, in, func(tx *scope.Tx) (Wording, error) {
		switch {
		case !versions.MatchString(version) || strings.HasPrefix(version, ofPack):
			return Wording{}, errVersion.On("version")
		case !said(body, 50_000):
			return Wording{}, errText.On("text_fa")
		}
		return word(tx, Wording{MunicipalityID: in.MunicipalityID(), Version: version, BodyFA: body})
	})
}

// TakeTemplate makes the agreement template of a city's configuration, to the byte, the city's present text, in the transaction of the configuration. Where the present
// text says the same already, or the configuration has no template, nothing is done. Agreements that run go on: they show that their office has accepted an older text.
func TakeTemplate(tx *scope.Tx, municipality, config int, template string) error {
	if strings.TrimSpace(template) == "" {
		return nil
	}
	present, err := loadText(tx, municipality, "")
	if err != nil && !errors.Is(err, ErrTextUnknown) || err == nil && present.BodyFA == template {
		return err
	}
	_, err = word(tx, Wording{MunicipalityID: municipality, Version: ofPack + strconv.Itoa(config), BodyFA: template, Config: config})
	return err
}

func word(tx *scope.Tx, w Wording) (Wording, error) {
	w.OfferedAt = tx.Now
	if tx.Actor.Kind == scope.ActorPerson {
		w.OfferedBy = tx.Actor.ID
	}
	w, err := insertText(tx, w)
	if err != nil {
		return Wording{}, err
	}
	return w, audit.Write(tx, audit.Record{Action: "agreement.worded", TargetKind: "agreement_text", TargetID: w.Version, Municipality: w.MunicipalityID,
		Details: map[string]any{"number": w.Number, "sha256": w.Hash, "config": w.Config}})
}

// Texts lists the wordings that the scope sees without their bodies, the newest of each city first: a city's own, and those of its partners for an office.
func (a *Agreements) Texts(ctx context.Context, in scope.Scope) (list []Wording, err error) {
	err = a.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		list, err = listTexts(tx)
		return err
	})
	return list, err
}

// Text reads one wording, to the byte as it was offered. Errors: agreement_text_not_found.
func (a *Agreements) Text(ctx context.Context, in scope.Scope, municipality int, version string) (w Wording, err error) {
	if version == "" {
		return w, ErrTextUnknown
	}
	err = a.tx.InTx(ctx, in, func(tx *scope.Tx) (err error) {
		w, err = loadText(tx, municipality, version)
		return err
	})
	return w, err
}
