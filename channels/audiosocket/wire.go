// Package audiosocket is AudioSocket: audio over TCP to and from a program, as the channel technology
// AudioSocket/host:port/UUID[/c(slin16)] and as the application AudioSocket(UUID,host:port).
//
// The protocol: frames of a kind, a length of two octets (network order) and a payload. What is sent is
// the UUID first, then audio of 20 ms a frame, keys, and at the end a frame that says so.
package audiosocket

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"obelisk/media/program"
)

// Kinds of frames.
const (
	kindEnd   = 0x00
	kindID    = 0x01
	kindKey   = 0x03
	kindAudio = 0x10 // signed linear at 8 kHz; the kinds that follow are of other rates
	kindError = 0xff
)

// rates are those of the kinds from kindAudio on, in Hz.
var rates = [...]int{8000, 12000, 16000, 24000, 32000, 44100, 48000, 96000, 192000}

// rateNamed is a kind's rate by the name of its format, as an index of rates: slin is 0.
func rateNamed(name string) (int, bool) {
	f, ok := program.Named(name)
	for i, hz := range rates {
		if ok && f.Linear && f.Rate == hz {
			return i, true
		}
	}
	return 0, false
}

// ParseUUID reads a UUID, with hyphens or without.
func ParseUUID(text string) (id [16]byte, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(text), "-", ""))
	if err != nil || len(b) != 16 {
		return id, fmt.Errorf("'%s' is no UUID", text)
	}
	copy(id[:], b)
	return id, nil
}

// Frame writes a frame.
func Frame(kind byte, payload []byte) []byte { return appendFrame(nil, kind, payload) }

func appendFrame(to []byte, kind byte, payload []byte) []byte {
	to = append(to, kind, 0, 0)
	binary.BigEndian.PutUint16(to[len(to)-2:], uint16(len(payload)))
	return append(to, payload...)
}

// headLength is the bytes before the payload: the kind, and how long the payload is.
const headLength = 3

// ReadFrame reads one; into is used where there is room in it.
func ReadFrame(r io.Reader, into []byte) (kind byte, payload []byte, err error) {
	if cap(into) < headLength {
		into = make([]byte, headLength)
	}
	head := into[:headLength]
	if _, err = io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	kind = head[0]
	n := int(binary.BigEndian.Uint16(head[1:]))
	if cap(into) < n {
		into = make([]byte, n)
	}
	_, err = io.ReadFull(r, into[:n])
	return kind, into[:n], err
}
