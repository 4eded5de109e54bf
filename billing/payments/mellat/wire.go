package mellat

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"mofasa/billing/payments/gateway"
)

const (
	servicePath = "/pgwchannel/services/pgw"
	namespace   = "http://interfaces.core.sw.bps.com/"
)

// parameter is one unqualified child element of a call; the manual's order is kept.
type parameter struct{ name, value string }

// call is one operation of the web service, made for one of the port's.
type call struct {
	op         gateway.Operation
	name       string
	parameters []parameter
}

// ask sends one call and never repeats it, and gives the text of its return element. Every failure is *gateway.Uncertain: once the request
// may have left, only the provider knows what it did. A SOAP fault comes with HTTP 500 and says nothing of the sale.
func (a *Adapter) ask(ctx context.Context, c call) (string, error) {
	headers := map[string]string{"Content-Type": "text/xml; charset=utf-8", "SOAPAction": `""`}
	status, raw, err := a.line.Post(ctx, gateway.Call{Op: c.op, Path: servicePath, Headers: headers, Body: a.envelope(c)})
	if err != nil {
		return "", err
	}
	if status/100 != 2 {
		return "", &gateway.Uncertain{Op: c.op, Status: status, Reason: "status says nothing of the sale"}
	}
	text, err := returned(raw, c.name+"Response")
	if err != nil {
		return "", &gateway.Uncertain{Op: c.op, Status: status, Reason: "answer unreadable", Err: err}
	}
	return text, nil
}

// envelope writes the call; the credentials come first in every operation.
func (a *Adapter) envelope(c call) []byte {
	var b bytes.Buffer
	b.WriteString(`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:int="` + namespace + `"><soapenv:Header/><soapenv:Body><int:` + c.name + `>`)
	credentials := []parameter{{"terminalId", decimal(a.config.TerminalID)}, {"userName", a.config.UserName.Reveal()}, {"userPassword", a.config.Password.Reveal()}}
	for _, p := range append(credentials, c.parameters...) {
		b.WriteString("<" + p.name + ">")
		_ = xml.EscapeText(&b, []byte(p.value)) // a buffer takes everything
		b.WriteString("</" + p.name + ">")
	}
	b.WriteString(`</int:` + c.name + `></soapenv:Body></soapenv:Envelope>`)
	return b.Bytes()
}

// errAnswer hides the decoder's own message, which may quote the answer.
var errAnswer = errors.New("mellat: not the documented envelope")

// returned finds the one return element of the one expected answer.
func returned(raw []byte, name string) (string, error) {
	var envelope struct {
		XMLName xml.Name `xml:"http://schemas.xmlsoap.org/soap/envelope/ Envelope"`
		Body    struct {
			Answers []struct {
				XMLName xml.Name
				Returns []string `xml:"return"`
			} `xml:",any"`
		} `xml:"http://schemas.xmlsoap.org/soap/envelope/ Body"`
	}
	decoder := xml.NewDecoder(bytes.NewReader(raw))
	if decoder.Decode(&envelope) != nil || len(envelope.Body.Answers) != 1 {
		return "", errAnswer
	}
	answer := envelope.Body.Answers[0]
	if answer.XMLName.Local != name || answer.XMLName.Space != namespace || len(answer.Returns) != 1 {
		return "", errAnswer
	}
	return strings.TrimSpace(answer.Returns[0]), nil
}

var codeForm = regexp.MustCompile(`^-?[0-9]{1,6}$`)

// codeOf is a short whole number; "" for anything else, so that nothing longer than a code reaches an error text.
func codeOf(text string) string {
	if !codeForm.MatchString(text) {
		return ""
	}
	return text
}

// failure is the error that a code without a state stands for; Mellat sends no words with it.
func failure(op gateway.Operation, code string) error {
	switch gateway.Meaning(Codes(), op, code) {
	case gateway.IsRefused:
		return &gateway.Refused{Op: op, Code: code}
	case gateway.Misconfigures:
		return &gateway.Misconfigured{Op: op, Code: code}
	}
	return &gateway.Uncertain{Op: op, Status: http.StatusOK, Code: code, Reason: "code without a documented meaning here"}
}
