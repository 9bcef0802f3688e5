package wsock

import (
	"encoding/binary"
	"io"

	"github.com/gobwas/ws"
)

// frames is what has come over a connection, which is taken apart here: for who waits for messages (Read) and for who
// looks whether some have come (Poll).
type frames struct {
	in    []byte
	at    int      // of in: what is not taken yet
	parts []byte   // of a message whose end has not come
	state ws.State // what may come next
	text  bool     // the message at hand
}

// message is one that is whole; its bytes are lent until more is read.
type message struct {
	text bool
	b    []byte
}

// found is what a look for a frame has found.
type found uint8

const (
	nothingWhole found = iota // more has to come
	aFrame                    // of a message that goes on, or one that was answered
	aMessage
)

// room is what is read at a time, in bytes, at least.
const room = 4 << 10

// space is where what comes next goes.
func (x *frames) space() []byte {
	if x.at == len(x.in) {
		x.in, x.at = x.in[:0], 0
	}
	if x.at > 0 && cap(x.in)-len(x.in) < room {
		x.in, x.at = x.in[:copy(x.in, x.in[x.at:])], 0
	}
	if cap(x.in)-len(x.in) < room {
		x.in = append(make([]byte, 0, 2*cap(x.in)+2*room), x.in...)
	}
	return x.in[len(x.in):cap(x.in)]
}

// came notes that n bytes have come there.
func (x *frames) came(n int) { x.in = x.in[:len(x.in)+n] }

// wait reads something.
func (x *frames) wait(from io.Reader) error {
	n, err := from.Read(x.space())
	x.came(n)
	switch {
	case n > 0:
		return nil // an error comes again
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}

// next takes a frame of what has come. What is no message is answered over c; one that is too long, or wrong, ends it.
func (x *frames) next(c *Conn) (m message, what found, err error) {
	h, n, ok := header(x.in[x.at:])
	if !ok {
		return m, nothingWhole, nil
	}
	if err := ws.CheckHeader(h, x.state); err != nil {
		c.Close(Protocol)
		return m, nothingWhole, err
	}
	if !h.OpCode.IsControl() && h.Length > int64(c.limit-len(x.parts)) {
		c.Close(TooBig)
		return m, nothingWhole, ErrTooBig
	}
	if int64(len(x.in)-x.at-n) < h.Length {
		return m, nothingWhole, nil
	}
	payload := x.in[x.at+n : x.at+n+int(h.Length)]
	x.at += n + int(h.Length)
	if h.Masked {
		ws.Cipher(payload, h.Mask, 0)
	}
	if h.OpCode.IsControl() {
		return m, aFrame, c.answer(h.OpCode, payload)
	}
	if h.OpCode != ws.OpContinuation {
		x.text = h.OpCode == ws.OpText
	}
	switch {
	case !h.Fin:
		x.state = x.state.Set(ws.StateFragmented)
		x.parts = append(x.parts, payload...)
		return m, aFrame, nil
	case h.OpCode == ws.OpContinuation:
		payload = append(x.parts, payload...)
		x.parts, x.state = payload[:0], x.state.Clear(ws.StateFragmented)
	}
	return message{x.text, payload}, aMessage, nil
}

// header reads that of a frame (RFC 6455 section 5.2), of n bytes; false: it is not whole.
func header(b []byte) (h ws.Header, n int, ok bool) {
	if len(b) < 2 {
		return h, 0, false
	}
	h.Fin, h.Rsv, h.OpCode = b[0]&0x80 != 0, b[0]>>4&7, ws.OpCode(b[0]&0x0f)
	h.Masked, h.Length, n = b[1]&0x80 != 0, int64(b[1]&0x7f), 2
	switch h.Length {
	case 126:
		if n = 4; len(b) < n {
			return h, 0, false
		}
		h.Length = int64(binary.BigEndian.Uint16(b[2:]))
	case 127:
		if n = 10; len(b) < n {
			return h, 0, false
		}
		h.Length = int64(binary.BigEndian.Uint64(b[2:]) &^ (1 << 63)) // which is over every limit
	}
	if h.Masked {
		if len(b) < n+4 {
			return h, 0, false
		}
		n += copy(h.Mask[:], b[n:n+4])
	}
	return h, n, true
}
