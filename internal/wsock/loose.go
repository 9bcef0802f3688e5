package wsock

import (
	"encoding/binary"
	"io"
	"net"
	"time"

	"github.com/gobwas/ws"
)

// loose is a connection that nobody waits for: it is looked at when its time comes, and what cannot be
// sent at once waits here.
type loose struct {
	fd    int       // guarded by Conn.mu; -1: closed
	waits []byte    // to be sent; guarded by Conn.mu
	since time.Time // when it began to wait; guarded by Conn.mu

	in    []byte // what was read; for who polls
	at    int    // of in: what is not taken yet
	state ws.State
	text  bool // the message at hand
}

const (
	// atOnce is how many bytes are read for a look.
	atOnce = 64 << 10
	// room is what a look reads at a time.
	room = 4 << 10
)

// Loosen has the connection read by Poll from now on, and no call of Text, Binary or Close wait: a loop
// that has many of them looks at each in turn, and no goroutine is woken for a message. It is called
// before the first Read. false: it cannot be had of this one (TLS, a pipe in memory), which stays as it was.
func (c *Conn) Loosen() bool {
	tcp, ok := c.conn.(*net.TCPConn)
	if !ok {
		return false
	}
	early, _ := c.in.Peek(c.in.Buffered())
	fd, ok := takeDescriptor(tcp)
	if !ok {
		return false
	}
	c.loose = &loose{fd: fd, in: append([]byte(nil), early...), state: c.state}
	c.in = nil
	tcp.Close() // the descriptor is a second one
	return true
}

// Waiting is how many bytes of a loose connection wait to be sent.
func (c *Conn) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.loose.waits)
}

// Poll gives f the messages that have come over a loose connection, in their order, and sends what
// waits. It never waits. The messages are only lent. An error is that of Read.
func (c *Conn) Poll(f func(text bool, message []byte)) error {
	if err := c.flush(); err != nil {
		return err
	}
	l := c.loose
	err := c.fetch()
	for {
		whole, wrong := c.next(f)
		if wrong != nil {
			return wrong
		}
		if !whole {
			break
		}
	}
	if l.at == len(l.in) {
		l.in, l.at = l.in[:0], 0
	}
	return err
}

// fetch reads what is there.
func (c *Conn) fetch() error {
	l := c.loose
	for got := 0; got < atOnce; {
		if l.at > 0 && cap(l.in)-len(l.in) < room {
			l.in, l.at = l.in[:copy(l.in, l.in[l.at:])], 0
		}
		if cap(l.in)-len(l.in) < room {
			l.in = append(make([]byte, 0, 2*cap(l.in)+2*room), l.in...)
		}
		c.mu.Lock()
		if l.fd < 0 {
			c.mu.Unlock()
			return net.ErrClosed
		}
		n, err := readNow(l.fd, l.in[len(l.in):cap(l.in)])
		c.mu.Unlock()
		switch {
		case err != nil:
			return err
		case n < 0: // nothing is there
			return nil
		case n == 0:
			return io.ErrUnexpectedEOF
		}
		got += n
		full := n == cap(l.in)-len(l.in)
		if l.in = l.in[:len(l.in)+n]; !full {
			return nil
		}
	}
	return nil
}

// next takes in a frame; false: it is not whole yet.
func (c *Conn) next(f func(text bool, message []byte)) (whole bool, err error) {
	l := c.loose
	h, n, ok := header(l.in[l.at:])
	if !ok {
		return false, nil
	}
	if err := ws.CheckHeader(h, l.state); err != nil {
		c.Close(Protocol)
		return false, err
	}
	if !h.OpCode.IsControl() && h.Length > int64(c.limit-len(c.buf)) {
		c.Close(TooBig)
		return false, ErrTooBig
	}
	if int64(len(l.in)-l.at-n) < h.Length {
		return false, nil
	}
	payload := l.in[l.at+n : l.at+n+int(h.Length)]
	l.at += n + int(h.Length)
	if h.Masked {
		ws.Cipher(payload, h.Mask, 0)
	}
	if h.OpCode.IsControl() {
		return true, c.answer(h.OpCode, payload)
	}
	if h.OpCode != ws.OpContinuation {
		l.text = h.OpCode == ws.OpText
	}
	switch {
	case !h.Fin:
		l.state = l.state.Set(ws.StateFragmented)
		c.buf = append(c.buf, payload...)
	case len(c.buf) > 0 || h.OpCode == ws.OpContinuation:
		c.buf = append(c.buf, payload...)
		f(l.text, c.buf)
		c.buf, l.state = c.buf[:0], c.state
	default:
		f(l.text, payload)
	}
	return true, nil
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

// flush sends what waits; who takes nothing for ten seconds is gone.
func (c *Conn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.loose
	switch {
	case l.fd < 0:
		return net.ErrClosed
	case len(l.waits) == 0:
		return nil
	case time.Since(l.since) > writePatience:
		return errSlow
	}
	n, err := writeNow(l.fd, l.waits)
	if n > 0 {
		l.waits = l.waits[:copy(l.waits, l.waits[n:])]
		l.since = time.Now()
	}
	return err
}

// put sends b, or what of it has room, and keeps the rest. Callers hold mu.
func (l *loose) put(b []byte) error {
	if l.fd < 0 {
		return net.ErrClosed
	}
	if len(l.waits) == 0 {
		n, err := writeNow(l.fd, b)
		if err != nil {
			return err
		}
		if b = b[n:]; len(b) == 0 {
			return nil
		}
		l.since = time.Now()
	}
	l.waits = append(l.waits, b...)
	return nil
}

// shut ends it. Callers hold mu.
func (l *loose) shut() {
	if l.fd >= 0 {
		closeNow(l.fd)
		l.fd = -1
	}
}
