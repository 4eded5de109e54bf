// Package pcpos is the language of a card terminal on an office's desk: the frames of Sadad PcPos 1.5, what its codes mean for an attempt, and the signed words
// between the server, the agent beside the terminal and back: sale order, outcome, release. It is pure: nothing in it opens a connection, a file or a clock.
package pcpos

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// Version says how a frame's data are laid out.
type Version string

// The versions in use; "001" (encryption) and "300" exist in the document by name only.
const (
	Sadad     Version = "000" // sales, PcPos 1.5
	Functions Version = "002" // reports and search, PcPos 1.5 "SADAD2"
)

// Type says what a frame is.
type Type byte

// The types of frames.
const (
	INM      Type = 0xF1 // is anybody there?
	ACK      Type = 0x06
	NACK     Type = 0x15 // damaged, or not ready
	EOT      Type = 0x04 // cancelled; never answered
	REQUEST  Type = 0x19
	RESPONSE Type = 0x1A
)

const (
	stx, etx, feed = 0x02, 0x03, 0x0A
	lengthDigits   = 3
	overhead       = 6   // version, type, ETX and LRC, all counted by the length
	maxData        = 993 // so that the length has three digits
)

// What a reader of frames meets.
var (
	ErrGarbage = errors.New("pcpos: not a frame")                  // no STX or no length: nothing that follows can be told apart
	ErrDamaged = errors.New("pcpos: damaged frame")                // wrong end or check byte: to be answered with NACK and not acted upon
	ErrData    = errors.New("pcpos: data that the layout forbids") // a whole frame whose inside does not fit
)

// Frame is one message of either side (PcPos 1.5): STX, three digits of length, version, type, data, ETX, LRC.
type Frame struct {
	Version Version
	Type    Type
	Data    []byte
}

// Control is a frame without data: INM, ACK, NACK or EOT.
func Control(version Version, kind Type) Frame { return Frame{Version: version, Type: kind} }

// Encode gives the bytes on the wire, or ErrData for more than 993 bytes of data or a version that has not three characters.
func (f Frame) Encode() ([]byte, error) {
	if len(f.Data) > maxData || len(f.Version) != lengthDigits {
		return nil, fmt.Errorf("%w: version %q with %d bytes", ErrData, f.Version, len(f.Data))
	}
	raw := fmt.Appendf([]byte{stx}, "%03d%s%c", len(f.Data)+overhead, string(f.Version), 0)
	raw[len(raw)-1] = byte(f.Type)
	raw = append(append(raw, f.Data...), etx)
	return append(raw, lrc(raw[1:])), nil
}

// lrc is the XOR of everything from the length's first digit to ETX.
func lrc(covered []byte) byte {
	var check byte
	for _, b := range covered {
		check ^= b
	}
	return check
}

// DecodeFrame reads exactly one frame. Errors: ErrGarbage, ErrDamaged, io.ErrUnexpectedEOF for half a frame.
func DecodeFrame(raw []byte) (Frame, error) {
	r := bufio.NewReader(bytes.NewReader(raw))
	frame, err := readFrame(r)
	switch {
	case errors.Is(err, io.EOF):
		return Frame{}, io.ErrUnexpectedEOF
	case err != nil:
		return Frame{}, err
	case r.Buffered() > 0:
		return Frame{}, fmt.Errorf("%w: %d bytes too many", ErrGarbage, r.Buffered())
	}
	return frame, nil
}

// ReadFrame reads the next frame by its length, never by searching ETX, since data may hold any byte. Line feeds between frames, which the serial link adds, are
// skipped. Errors: ErrGarbage (give the connection up), ErrDamaged (the frame is consumed), io.EOF between frames, io.ErrUnexpectedEOF inside one, the reader's own.
func ReadFrame(r *bufio.Reader) (Frame, error) {
	for {
		next, err := r.ReadByte()
		if err != nil {
			return Frame{}, err
		}
		if next != feed {
			break
		}
	}
	if err := r.UnreadByte(); err != nil {
		return Frame{}, err
	}
	return readFrame(r)
}

func readFrame(r *bufio.Reader) (Frame, error) {
	head := make([]byte, 1+lengthDigits)
	if _, err := io.ReadFull(r, head); err != nil {
		return Frame{}, err
	}
	length, ok := number(string(head[1:]))
	if head[0] != stx || !ok || length < overhead {
		return Frame{}, ErrGarbage
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return Frame{}, err
	}
	end := len(body) - 2
	if body[end] != etx || body[end+1] != lrc(head[1:])^lrc(body[:end+1]) {
		return Frame{}, ErrDamaged
	}
	return Frame{Version: Version(body[:lengthDigits]), Type: Type(body[lengthDigits]), Data: body[lengthDigits+1 : end]}, nil
}

// number reads ASCII digits and nothing else.
func number(digits string) (int64, bool) {
	if !isDigits(digits) || len(digits) > 18 {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, err == nil
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
