// Package wsock is WebSockets (RFC 6455) as those rooms need them that speak with programs: a connection
// with bounds, either side of it; and websocket_client.conf, which says where programs are that are
// called from here.
package wsock

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

const (
	// writePatience is how long a frame may take: who does not read for so long is gone.
	writePatience = 10 * time.Second
	// goodbye is how long the last words may take.
	goodbye = time.Second
	// DefaultLimit is how long a message may be, in bytes, unless SetLimit says otherwise.
	DefaultLimit = 256 << 10
)

// Codes of a Close (RFC 6455 section 7.4.1).
const (
	Normal     = 1000
	GoingAway  = 1001
	Protocol   = 1002
	Policy     = 1008
	TooBig     = 1009
	Unexpected = 1011
)

// ErrTooBig is a message over the limit.
var ErrTooBig = errors.New("the message is too long")

var errSlow = errors.New("the other side does not read")

// Conn is a connection. Read is for one goroutine; the others may be called from anywhere.
type Conn struct {
	conn   net.Conn
	frames frames
	state  ws.State
	limit  int
	ended  atomic.Bool
	said   atomic.Int32 // code of the other side's goodbye

	mu  sync.Mutex // guards out, and is held while a frame is written
	out frameWriter

	loose *loose // nil: Read waits for what comes
}

func newConn(c net.Conn, in *bufio.Reader, state ws.State) *Conn {
	k := &Conn{conn: c, state: state, limit: DefaultLimit}
	k.frames.state = state
	if in != nil { // what has come with the handshake
		k.frames.in, _ = in.Peek(in.Buffered())
		k.frames.in = slices.Clone(k.frames.in)
	}
	return k
}

// Pipe is a connection within the program: the ends of a client and of a server.
func Pipe() (client, server *Conn) {
	a, b := net.Pipe()
	return newConn(a, nil, ws.StateClientSide), newConn(b, nil, ws.StateServerSide)
}

// SetLimit says how long a message may be, in bytes. It is called before the first Read.
func (c *Conn) SetLimit(n int) { c.limit = n }

// Remote is where the other side is.
func (c *Conn) Remote() string { return c.conn.RemoteAddr().String() }

// Wants says whether a request asks for a WebSocket.
func Wants(r *http.Request) bool { return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") }

// Accept answers a request for a WebSocket; of the subprotocols that it offers the first is taken that
// is in the list. On an error the request is answered.
func Accept(w http.ResponseWriter, r *http.Request, protocols ...string) (*Conn, error) {
	u := ws.HTTPUpgrader{Timeout: goodbye, Protocol: func(p string) bool {
		for _, known := range protocols {
			if p == known {
				return true
			}
		}
		return false
	}}
	conn, rw, _, err := u.Upgrade(r, w)
	if err != nil {
		if conn != nil {
			conn.Close()
		}
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	return newConn(conn, rw.Reader, ws.StateServerSide), nil
}

// Read is the next message; text says whether it is one of text, else it is binary. The message is only
// lent, until the next Read. Pings are answered meanwhile. io.EOF: the other side has said goodbye.
func (c *Conn) Read() (text bool, message []byte, err error) {
	for {
		m, found, err := c.frames.next(c)
		switch {
		case err != nil:
			return false, nil, err
		case found == aMessage:
			return m.text, m.b, nil
		case found == nothingWhole:
			if err := c.frames.wait(c.conn); err != nil {
				return false, nil, err
			}
		}
	}
}

func (c *Conn) answer(op ws.OpCode, b []byte) error {
	switch op {
	case ws.OpPing:
		return c.write(ws.OpPong, b)
	case ws.OpClose:
		if len(b) >= 2 {
			c.said.Store(int32(b[0])<<8 | int32(b[1]))
		}
		c.Close(Normal)
		return io.EOF
	}
	return nil
}

// Goodbye is the code with which the other side has ended the connection; 0: none, or it has not.
func (c *Conn) Goodbye() int { return int(c.said.Load()) }

// Text sends a message of text; Binary one of bytes. They wait until it is written, 10 s at most; after
// an error the connection is of no use.
func (c *Conn) Text(b []byte) error   { return c.write(ws.OpText, b) }
func (c *Conn) Binary(b []byte) error { return c.write(ws.OpBinary, b) }

func (c *Conn) write(op ws.OpCode, b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended.Load() {
		return net.ErrClosed
	}
	return c.frame(op, b, writePatience)
}

// frame writes one in one piece. Callers hold mu.
func (c *Conn) frame(op ws.OpCode, b []byte, patience time.Duration) error {
	h := ws.Header{Fin: true, OpCode: op, Length: int64(len(b))}
	if c.state.ClientSide() {
		h.Masked, h.Mask = true, ws.NewMask()
	}
	w := &c.out
	w.b = w.b[:0]
	ws.WriteHeader(w, h)
	from := len(w.b)
	w.b = append(w.b, b...)
	if h.Masked {
		ws.Cipher(w.b[from:], h.Mask, 0)
	}
	if c.loose != nil {
		return c.loose.put(w.b)
	}
	c.conn.SetWriteDeadline(time.Now().Add(patience))
	_, err := c.conn.Write(w.b)
	return err
}

// frameWriter collects a frame.
type frameWriter struct{ b []byte }

func (w *frameWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// Close says goodbye, once, and ends the connection. A write that stands is not waited for.
func (c *Conn) Close(code int) {
	if c.ended.Swap(true) {
		return
	}
	if c.loose == nil {
		c.conn.SetWriteDeadline(time.Now().Add(goodbye))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frame(ws.OpClose, ws.NewCloseFrameBody(ws.StatusCode(code), ""), goodbye)
	c.end()
}

// end closes it. Callers hold mu where it is loose.
func (c *Conn) end() {
	if c.loose != nil {
		c.loose.shut()
		return
	}
	c.conn.Close()
}

// Break ends it without a word.
func (c *Conn) Break() {
	if c.ended.Swap(true) {
		return
	}
	if c.loose != nil { // nobody waits in there
		c.mu.Lock()
		defer c.mu.Unlock()
	}
	c.end()
}
