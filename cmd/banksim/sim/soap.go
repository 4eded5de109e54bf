package sim

import (
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"strings"
)

const (
	mellatNamespace = "http://interfaces.core.sw.bps.com/"
	soapNamespace   = "http://schemas.xmlsoap.org/soap/envelope/"
)

// soapCall is an operation with its parameters, in the order in which they came.
type soapCall struct {
	name       string
	parameters []soapParameter
}

type soapParameter struct{ name, value string }

func (c soapCall) text(name string) string {
	for _, p := range c.parameters {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// named holds where exactly the wanted parameters came, in their order; those after "?" may be missing.
func (c soapCall) named(wanted string) bool {
	must, may, _ := strings.Cut(wanted, "?")
	order := slices.Concat(strings.Fields("terminalId userName userPassword"), strings.Fields(must))
	var got []string
	for _, p := range c.parameters {
		got = append(got, p.name)
	}
	if len(got) < len(order) || !slices.Equal(got[:len(order)], order) {
		return false
	}
	rest := strings.Fields(may)
	for _, name := range got[len(order):] {
		i := slices.Index(rest, name)
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
	}
	return true
}

// readSOAP reads a SOAP 1.1 envelope with one operation of Mellat's, whose parameters are unqualified; false for anything else.
func readSOAP(r io.Reader) (soapCall, bool) {
	var envelope struct {
		XMLName xml.Name `xml:"http://schemas.xmlsoap.org/soap/envelope/ Envelope"`
		Body    struct {
			Calls []struct {
				XMLName    xml.Name
				Parameters []struct {
					XMLName xml.Name
					Value   string `xml:",chardata"`
				} `xml:",any"`
			} `xml:",any"`
		} `xml:"http://schemas.xmlsoap.org/soap/envelope/ Body"`
	}
	if xml.NewDecoder(r).Decode(&envelope) != nil || len(envelope.Body.Calls) != 1 || envelope.Body.Calls[0].XMLName.Space != mellatNamespace {
		return soapCall{}, false
	}
	read := soapCall{name: envelope.Body.Calls[0].XMLName.Local}
	for _, p := range envelope.Body.Calls[0].Parameters {
		if p.XMLName.Space != "" {
			return soapCall{}, false
		}
		read.parameters = append(read.parameters, soapParameter{p.XMLName.Local, p.Value})
	}
	return read, true
}

// soapAnswer is the one string that an operation returns.
type soapAnswer struct{ operation, text string }

func (a soapAnswer) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="`+soapNamespace+`"><soapenv:Body><ns1:`+a.operation+
		`Response xmlns:ns1="`+mellatNamespace+`"><return>`+a.text+`</return></ns1:`+a.operation+`Response></soapenv:Body></soapenv:Envelope>`)
}

// soapFault is what a request gets that is no call: SOAP 1.1 wants HTTP 500 with it.
func soapFault(w http.ResponseWriter, reason string) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	io.WriteString(w, `<soapenv:Envelope xmlns:soapenv="`+soapNamespace+`"><soapenv:Body><soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>`+
		reason+`</faultstring></soapenv:Fault></soapenv:Body></soapenv:Envelope>`)
}
