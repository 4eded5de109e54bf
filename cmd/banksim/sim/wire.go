package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const maxBody = 64 << 10

// fields are the members of a JSON request, keys in lower case: SEP's manual spells them in several ways.
type fields map[string]any

// readFields reads a JSON object; nil where there is none.
func readFields(w http.ResponseWriter, r *http.Request) fields {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.UseNumber()
	var members map[string]any
	if decoder.Decode(&members) != nil {
		return nil
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil
	}
	return lower(members)
}

func lower(members map[string]any) fields {
	result := make(fields, len(members))
	for key, value := range members {
		result[strings.ToLower(key)] = value
	}
	return result
}

// text is a string member, or "".
func (f fields) text(key string) string {
	text, _ := f[strings.ToLower(key)].(string)
	return text
}

// number is a whole number, written as number or string; 0 for anything else.
func (f fields) number(key string) int64 {
	var text string
	switch value := f[strings.ToLower(key)].(type) {
	case json.Number:
		text = value.String()
	case string:
		text = value
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return number
}

// deliver writes an answer the way the scenario bends it. What the call was to do has been done by then, or not.
func deliver(w http.ResponseWriter, r *http.Request, bend Bend, answer any) {
	switch bend.Way {
	case WayDropped, WayLost:
		panic(http.ErrAbortHandler)
	case WayError:
		status := bend.Code
		if status == 0 {
			status = http.StatusInternalServerError
		}
		http.Error(w, "Service Unavailable", status)
	case WayGarbage:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<html><body>Object moved</body></html>")
	case WaySlow:
		wait(r, time.Duration(bend.DelayMS)*time.Millisecond)
		write(w, answer)
	default:
		write(w, answer)
	}
}

// writer is an answer that knows its own form; every other is JSON.
type writer interface{ write(w http.ResponseWriter) }

func write(w http.ResponseWriter, answer any) {
	if own, ok := answer.(writer); ok {
		own.write(w)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

// wait ends early when the merchant hangs up.
func wait(r *http.Request, delay time.Duration) {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.Encode(body) // a merchant that hung up is its own affair
}
