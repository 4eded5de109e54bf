package sim

import (
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mofasa/billing/money"
)

//go:embed page.html return.html page.css
var assets embed.FS

// view is what a page shows; digits are Persian already where a reader sees them.
type view struct {
	Title, Notice string // for a page without a decision
	Action        string // where the form goes
	Token         string
	Amount, Toman string
	Terminal      string
	ResNum        string
	Merchant      string
	Deadline      string
	Card          string
	Splits        []splitView
	Return        string            // link back to the merchant, if there is one
	Fields        map[string]string // form of a 3.x callback
}

type splitView struct{ Number, IBAN, Amount string }

// handlePage shows the payment page: GET with token in the query or POST with Token in a form.
func (s *Server) handlePage(w http.ResponseWriter, r *http.Request) {
	page, status := s.page(formToken(w, r))
	render(w, status, "page.html", page)
}

func (s *Server) page(token string) (view, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.find(token)
	switch {
	case found == nil:
		return view{Title: "نشست پرداخت یافت نشد", Notice: "به سایت پذیرنده برگردید و پرداخت را از نو آغاز کنید."},
			http.StatusNotFound
	case found.State == StateExpired:
		return view{Title: "مهلت پرداخت به پایان رسیده است", Notice: "پولی از کارت شما برداشته نشده است.", Return: found.returnLink()},
			http.StatusGone
	case !found.open():
		return view{Title: "این پرداخت پیش‌تر انجام یا لغو شده است", Notice: "هر نشست پرداخت فقط یک بار قابل استفاده است.",
			Return: found.returnLink()}, http.StatusConflict
	}
	found.State = StateInProgress
	s.save(found)
	return s.describe(found), http.StatusOK
}

func (s *Server) describe(t *Transaction) view {
	const iran, rialPerToman = 3*60*60 + 30*60, 10
	redirect, _ := url.Parse(t.RedirectURL) // parsed once when the token was issued
	shown := view{
		Action:   s.options.PublicURL + "/OnlinePG/Decision",
		Token:    t.Token,
		Amount:   money.Rial(t.charged()).Persian(),
		Toman:    money.Rial(t.charged() / rialPerToman).Persian(),
		Terminal: money.PersianDigits(t.Terminal),
		ResNum:   t.ResNum,
		Merchant: redirect.Host,
		Deadline: money.PersianDigits(t.ExpiresAt.In(time.FixedZone("IRST", iran)).Format("15:04")),
		Card:     money.PersianDigits(cardMask),
	}
	for i, split := range t.Splits {
		shown.Splits = append(shown.Splits, splitView{
			Number: money.PersianDigits(strconv.Itoa(i + 1)),
			IBAN:   split.account(),
			Amount: money.Rial(split.Amount).Persian(),
		})
	}
	return shown
}

// formToken reads the token from the query or the form, its name in any case; Mellat calls it RefId.
func formToken(w http.ResponseWriter, r *http.Request) string {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if r.ParseForm() != nil {
		return ""
	}
	for name, values := range r.Form {
		if strings.EqualFold(name, "token") || name == "RefId" {
			return values[0]
		}
	}
	return ""
}

// account is the IBAN, or Mellat's number of the account.
func (s Split) account() string {
	if s.IBAN == "" {
		return money.PersianDigits(strconv.FormatInt(s.SubService, 10))
	}
	return grouped(s.IBAN)
}

// grouped writes an IBAN in fours, as banks print it.
func grouped(iban string) string {
	var b strings.Builder
	for i, r := range iban {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// render writes a page. The token may stand in the address, so nothing is cached and no referrer leaves.
func render(w http.ResponseWriter, status int, name string, shown view) {
	style, err := assets.ReadFile("page.css")
	if err != nil {
		panic(fmt.Errorf("banksim: %w", err))
	}
	inline := template.FuncMap{"style": func() template.CSS { return template.CSS(style) }}
	page, err := template.New(name).Funcs(inline).ParseFS(assets, name)
	if err != nil {
		panic(fmt.Errorf("banksim: %w", err))
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'")
	w.WriteHeader(status)
	if err := page.Execute(w, shown); err != nil {
		panic(http.ErrAbortHandler)
	}
}
