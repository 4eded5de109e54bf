package pcpos_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mofasa/billing/payments/pcpos"
)

func rows(t testing.TB, file string) [][]string {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	all, err := r.ReadAll()
	if err != nil || len(all) < 2 {
		t.Fatalf("%s: %d rows, %v", file, len(all), err)
	}
	return all[1:]
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// worked is the table of worked frames: name to bytes.
func worked(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, r := range rows(t, "worked_frames.csv") {
		all[r[0]] = unhex(t, r[1])
	}
	return all
}

func want[T comparable](t testing.TB, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Errorf("%s: got %v, want %v", what, got, wanted)
	}
}

func ok[T any](t testing.TB) func(value T, err error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func wantBytes(t testing.TB, what string, got, wanted []byte) {
	t.Helper()
	if !bytes.Equal(got, wanted) {
		t.Errorf("%s:\n got % x\nwant % x", what, got, wanted)
	}
}

// The published frames of this protocol are read and written byte for byte; those of other protocols are not taken for ours.
func TestPublishedFrames(t *testing.T) {
	t.Parallel()
	types := map[string]pcpos.Type{"INM (handshake)": pcpos.INM, "ACK": pcpos.ACK, "EOT/cancel": pcpos.EOT}
	ours, others := 0, 0
	for _, r := range rows(t, "pcpos_frames.csv") {
		if strings.Contains(r[2], "…") {
			continue // the publication elides it
		}
		raw := unhex(t, r[2])
		frame, err := pcpos.DecodeFrame(raw)
		if r[0] != "sadad-pcpos-1.5" {
			others++
			if !errors.Is(err, pcpos.ErrGarbage) {
				t.Errorf("%s %s is taken for %+v, %v", r[0], r[1], frame, err)
			}
			continue
		}
		ours++
		if err != nil {
			t.Fatalf("%s: %v", r[1], err)
		}
		want(t, r[1], frame.Type, types[r[1]])
		want(t, r[1], frame.Version, pcpos.Sadad)
		wantBytes(t, r[1], ok[[]byte](t)(frame.Encode()), raw)
	}
	if ours != 3 || others < 8 {
		t.Errorf("%d frames of ours, %d of others", ours, others)
	}
}

func TestEveryWorkedFrameSurvivesARoundTrip(t *testing.T) {
	t.Parallel()
	for name, raw := range worked(t) {
		if name == "Beacon" {
			continue // a broadcast text, no frame
		}
		frame := ok[pcpos.Frame](t)(pcpos.DecodeFrame(raw))
		wantBytes(t, name, ok[[]byte](t)(frame.Encode()), raw)
	}
}

func TestControlFrames(t *testing.T) {
	t.Parallel()
	for name, frame := range map[string]pcpos.Frame{
		"INM": pcpos.Control(pcpos.Sadad, pcpos.INM), "EOT": pcpos.Control(pcpos.Sadad, pcpos.EOT),
		"ACK 000": pcpos.Control(pcpos.Sadad, pcpos.ACK), "NACK 000": pcpos.Control(pcpos.Sadad, pcpos.NACK),
		"ACK 002": pcpos.Control(pcpos.Functions, pcpos.ACK), "NACK 002": pcpos.Control(pcpos.Functions, pcpos.NACK),
	} {
		wantBytes(t, name, ok[[]byte](t)(frame.Encode()), worked(t)[name])
	}
	if _, err := (pcpos.Frame{Version: "0", Type: pcpos.ACK}).Encode(); !errors.Is(err, pcpos.ErrData) {
		t.Errorf("a short version: %v", err)
	}
	if _, err := (pcpos.Frame{Version: pcpos.Sadad, Data: make([]byte, 994)}).Encode(); !errors.Is(err, pcpos.ErrData) {
		t.Errorf("994 bytes: %v", err)
	}
}

// Every single changed bit is noticed, and every cut is known for one: a damaged answer never passes for another.
func TestNoDamageGoesUnseen(t *testing.T) {
	t.Parallel()
	raw := worked(t)["W9"]
	for i := range raw {
		for bit := range 8 {
			bent := bytes.Clone(raw)
			bent[i] ^= 1 << bit
			if frame, err := pcpos.DecodeFrame(bent); err == nil {
				t.Errorf("byte %d bit %d: read as %+v", i, bit, frame)
			}
		}
		if _, err := pcpos.DecodeFrame(raw[:i]); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d bytes: %v", i, err)
		}
	}
	bent := bytes.Clone(raw) // another end, with a check byte that fits it
	bent[len(bent)-2] ^= 4
	bent[len(bent)-1] ^= 4
	if _, err := pcpos.DecodeFrame(bent); !errors.Is(err, pcpos.ErrDamaged) {
		t.Errorf("another end: %v", err)
	}
	if _, err := pcpos.DecodeFrame(append(bytes.Clone(raw), 0)); !errors.Is(err, pcpos.ErrGarbage) {
		t.Errorf("a byte too many: %v", err)
	}
}

// A stream is cut into frames by their lengths, over a damaged frame and line feeds, and never by an ETX inside the data.
func TestReadFrame(t *testing.T) {
	t.Parallel()
	frames := worked(t)
	damaged := bytes.Clone(frames["W9"])
	damaged[20] ^= 1
	stream := bytes.Join([][]byte{frames["ACK 000"], {'\n', '\n'}, damaged, frames["W4"], frames["EOT"][:5]}, nil)
	r := bufio.NewReader(bytes.NewReader(stream))
	want(t, "first", ok[pcpos.Frame](t)(pcpos.ReadFrame(r)).Type, pcpos.ACK)
	if _, err := pcpos.ReadFrame(r); !errors.Is(err, pcpos.ErrDamaged) {
		t.Errorf("damaged: %v", err)
	}
	want(t, "after it", ok[pcpos.Frame](t)(pcpos.ReadFrame(r)).Type, pcpos.RESPONSE)
	if _, err := pcpos.ReadFrame(r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("half a frame: %v", err)
	}
	if _, err := pcpos.ReadFrame(bufio.NewReader(strings.NewReader(""))); !errors.Is(err, io.EOF) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := pcpos.ReadFrame(bufio.NewReader(strings.NewReader("HTTP/1.1 400"))); !errors.Is(err, pcpos.ErrGarbage) {
		t.Errorf("another protocol: %v", err)
	}
}

func TestDecodeUndoesEncode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := pcpos.Frame{Version: pcpos.Version(rapid.SampledFrom([]string{"000", "002"}).Draw(t, "version")), Type: pcpos.Type(rapid.Byte().Draw(t, "type")),
			Data: rapid.SliceOfN(rapid.Byte(), 0, 993).Draw(t, "data")}
		raw, err := f.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := pcpos.DecodeFrame(raw)
		if err != nil || back.Version != f.Version || back.Type != f.Type || !bytes.Equal(back.Data, f.Data) {
			t.Fatalf("%+v, %v", back, err)
		}
	})
}

// FuzzDecode holds for any bytes: no panic; what is read as a frame is written back the same; what is read inside it is read the same again from what it is written as.
func FuzzDecode(f *testing.F) {
	for _, raw := range worked(f) {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		frame, err := pcpos.DecodeFrame(raw)
		if err != nil {
			return
		}
		again, err := frame.Encode()
		if err != nil || !bytes.Equal(again, raw) {
			t.Fatalf("% x is written as % x, %v", raw, again, err)
		}
		requestAgain(t, frame)
		responseAgain(t, frame)
		callAgain(t, frame)
	})
}

func requestAgain(t *testing.T, frame pcpos.Frame) {
	request, err := pcpos.DecodeRequest(frame)
	if err != nil {
		return
	}
	back, err := request.Frame()
	if err != nil || !bytes.Equal(back.Data, frame.Data) {
		t.Fatalf("%+v is written as %q, not %q, %v", request, back.Data, frame.Data, err)
	}
	if accounts, err := pcpos.DecodeAccounts(request.Field(pcpos.FieldAccounts), request.Amount); err == nil {
		text, err := pcpos.EncodeAccounts(accounts, request.Amount)
		if err != nil || text != request.Field(pcpos.FieldAccounts) {
			t.Fatalf("%+v is written as %q, %v", accounts, text, err)
		}
	}
}

func responseAgain(t *testing.T, frame pcpos.Frame) {
	response, err := pcpos.DecodeResponse(frame)
	if err != nil {
		return
	}
	back, err := response.Frame()
	if err != nil {
		return // a place whose blanks hid that it is too narrow
	}
	again, err := pcpos.DecodeResponse(back)
	if err != nil || again != response {
		t.Fatalf("%+v becomes %+v, %v", response, again, err)
	}
}

func callAgain(t *testing.T, frame pcpos.Frame) {
	call, err := pcpos.DecodeCall(frame)
	if err != nil {
		return
	}
	back, err := call.Frame(frame.Type)
	if err != nil || !bytes.Equal(back.Data, frame.Data) {
		t.Fatalf("%+v is written as %q, %v", call, back.Data, err)
	}
	records, err := pcpos.DecodeRecords(call)
	if err != nil {
		return
	}
	payload, err := pcpos.EncodeRecords(call.Function-1, records)
	if err != nil {
		t.Fatalf("%+v: %v", records, err)
	}
	again, err := pcpos.DecodeRecords(payload)
	if err != nil || len(again) != len(records) {
		t.Fatalf("%+v becomes %+v, %v", records, again, err)
	}
	for i := range again {
		if again[i] != records[i] {
			t.Fatalf("%+v becomes %+v", records[i], again[i])
		}
	}
}

// FuzzMessages is FuzzDecode behind the check byte: any data in a whole frame.
func FuzzMessages(f *testing.F) {
	for name, raw := range worked(f) {
		if frame, err := pcpos.DecodeFrame(raw); err == nil && name != "Beacon" {
			f.Add(string(frame.Version) == "002", byte(frame.Type), frame.Data)
		}
	}
	f.Fuzz(func(t *testing.T, functions bool, kind byte, data []byte) {
		frame := pcpos.Frame{Version: pcpos.Sadad, Type: pcpos.Type(kind), Data: data}
		if functions {
			frame.Version = pcpos.Functions
		}
		if len(data) > 993 {
			return
		}
		requestAgain(t, frame)
		responseAgain(t, frame)
		callAgain(t, frame)
	})
}
