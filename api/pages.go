package api

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"mofasa/billing/calendar"
	"mofasa/billing/certificates"
	"mofasa/billing/money"
	"mofasa/tenants/identifiers"
)

//go:embed pages/*.html
var pageFiles embed.FS

// pages are what somebody without a login sees; they work without a script.
var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"rial":  func(amount any) string { return rialText(amount) },
	"years": certificates.Years,
	"day":   func(t time.Time) string { return money.PersianDigits(calendar.DateOf(t).String()) },
	"fa":    func(v any) string { return money.PersianDigits(fmt.Sprint(v)) },
	"plate": plateParts,
	"paint": plateStyle,
	"tail":  func(s string) string { return s[max(0, len(s)-6):] },
}).ParseFS(pageFiles, "pages/*.html"))

func renderPage(name string, data any) (io.Reader, error) {
	var out bytes.Buffer
	if err := pages.ExecuteTemplate(&out, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return &out, nil
}

func rialText(amount any) string {
	switch a := amount.(type) {
	case money.Rial:
		return a.Persian()
	case int64:
		return money.Rial(a).Persian()
	}
	return ""
}

// plateStyle colours a drawn plate as the paper does.
func plateStyle(p identifiers.Plate) template.CSS {
	ground, ink := certificates.PlateColours(p.Category())
	return template.CSS("background:" + ground + ";color:" + ink) // colours of our own table
}

// plateParts are the pieces of a drawn plate; a motorcycle has no letter.
func plateParts(text string) identifiers.Plate {
	plate, _ := identifiers.ParsePlate(text) // what is stored was parsed before
	return plate
}
