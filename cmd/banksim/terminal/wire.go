package terminal

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// The bytes of PcPos 1.5.
const (
	hello    = 0xF1
	yes      = 0x06
	no       = 0x15
	stop     = 0x04
	asked    = 0x19
	answered = 0x1A

	startByte = 0x02
	endByte   = 0x03
)

// packet is a frame as it was received.
type packet struct {
	version string
	kind    byte
	data    []byte
}

var errSpoilt = errors.New("terminal: spoilt packet")

// pack surrounds data with start, length, version, kind, end and check.
func pack(version string, kind byte, data []byte) []byte {
	middle := append([]byte(fmt.Sprintf("%03d", 6+len(data))+version), kind)
	middle = append(middle, data...)
	check := byte(endByte)
	for _, b := range middle {
		check ^= b
	}
	whole := append([]byte{startByte}, middle...)
	return append(whole, endByte, check)
}

// unpack takes the next packet off the line; errSpoilt asks for a NACK, any other error ends the connection.
func unpack(line io.Reader) (packet, error) {
	var head [4]byte
	if _, err := io.ReadFull(line, head[:]); err != nil {
		return packet{}, err
	}
	size, err := strconv.ParseUint(string(head[1:]), 10, 16)
	if err != nil || head[0] != startByte || size < 6 {
		return packet{}, fmt.Errorf("terminal: no packet begins with % x", head)
	}
	rest := make([]byte, size)
	if _, err := io.ReadFull(line, rest); err != nil {
		return packet{}, err
	}
	check := head[1] ^ head[2] ^ head[3]
	for _, b := range rest {
		check ^= b
	}
	if check != 0 || rest[size-2] != endByte { // the check byte cancels itself out
		return packet{}, errSpoilt
	}
	return packet{version: string(rest[:3]), kind: rest[3], data: rest[4 : size-2]}, nil
}

// wide writes text in so many two-byte places, low byte first, the rest NUL. It carries only what the simulator says: characters below U+10000.
func wide(text string, places int) []byte {
	out := make([]byte, 0, 2*places)
	for _, r := range text {
		out = append(out, byte(r), byte(r>>8))
	}
	return append(out, make([]byte, 2*places-len(out))...)
}

// clock is the binary time of a response: Jalali, each number 24 too large, a day of the week that stays 0, and a last 0.
func clock(at time.Time) []byte {
	year, month, day := jalali(at)
	var out []byte
	for _, n := range []int{year + 24, month + 24, 0, day + 24, at.Hour() + 24, at.Minute() + 24, at.Second() + 24, 0} {
		out = append(out, byte(n), byte(n>>8))
	}
	return out
}

// jalali is the Jalali day of a Gregorian one, by counting days since 1 Farvardin 1400 with the leap years of the 33-year rule.
func jalali(at time.Time) (year, month, day int) {
	epoch := time.Date(2021, time.March, 21, 0, 0, 0, 0, time.UTC)
	y, m, d := at.Date()
	left := int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(epoch).Hours() / 24)
	for year = 1400; left >= yearLength(year); year++ {
		left -= yearLength(year)
	}
	for month = 1; left >= monthLength(month); month++ {
		left -= monthLength(month)
	}
	return year, month, left + 1
}

func yearLength(year int) int {
	if (year*8+29)%33 < 8 {
		return 366
	}
	return 365
}

func monthLength(month int) int {
	if month <= 6 {
		return 31
	}
	return 30 // the last month's real length never matters: the year has ended by then
}
