package agi

import (
	"encoding/binary"
	"os"
	"strings"
	"syscall"
	"time"

	"obelisk/media"
)

// audio is what the caller says, on its way to a program (EAGI). It implements media.Sink. A
// program that does not read it misses some: nobody waits for it.
type audio struct {
	rate int
	to   *os.File
	raw  syscall.RawConn
	tap  *media.Tap
	buf  []byte // less than a frame, between two calls of Put
}

// rates are the formats that EAGI_AUDIO_FORMAT may name.
var rates = map[string]int{"slin": 8000, "slin12": 12000, "slin16": 16000, "slin24": 24000, "slin32": 32000, "slin44": 44100,
	"slin48": 48000, "slin96": 96000, "slin192": 192000}

// listen has what the caller says go to a pipe, which belongs to the result.
func (s *session) listen(to *os.File) *audio {
	a := &audio{rate: rates["slin"], to: to}
	if name := s.c.Variable("EAGI_AUDIO_FORMAT"); name != "" {
		if r, ok := rates[strings.ToLower(name)]; ok {
			a.rate = r
		} else {
			s.warn("EAGI_AUDIO_FORMAT: there is no format '" + name + "' for programs; they get slin")
		}
	}
	a.raw, _ = to.SyscallConn()
	if stream := s.c.Leg().Stream(); stream != nil && a.raw != nil {
		a.tap = stream.TapChanged(media.In, a)
	}
	return a
}

// Rate implements media.Sink.
func (a *audio) Rate() int { return a.rate }

// frame is how much is written at a time. Programs ask for what a frame has, and take what one
// read gives them.
const frame = 20 * time.Millisecond

// Put implements media.Sink.
func (a *audio) Put(pcm []int16) {
	for _, v := range pcm {
		a.buf = binary.NativeEndian.AppendUint16(a.buf, uint16(v))
	}
	whole := 2 * a.rate / int(time.Second/frame)
	rest := a.buf
	for ; len(rest) >= whole; rest = rest[whole:] {
		a.raw.Write(func(fd uintptr) bool {
			syscall.Write(int(fd), rest[:whole])
			return true // it is lost when there is no room
		})
	}
	a.buf = a.buf[:copy(a.buf, rest)]
}

// End implements media.Sink.
func (a *audio) End() { a.to.Close() }

// close ends it.
func (a *audio) close() {
	if a.tap != nil {
		a.tap.Stop() // End closes the pipe
	} else {
		a.to.Close()
	}
}

var _ media.Sink = (*audio)(nil)
