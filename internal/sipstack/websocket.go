package sipstack

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// textFrame puts a message into the frame that it travels in (RFC 7118 5).
func textFrame(b []byte) []byte { return ws.MustCompileFrame(ws.NewTextFrame(b)) }

// ServeHTTP turns a request of the subprotocol "sip" into a connection that
// carries SIP (RFC 7118) and reads it until it ends.
func (s *Stack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u := ws.HTTPUpgrader{Timeout: streamTimeout, Protocol: func(p string) bool { return p == "sip" }}
	if !offers(r, "sip") {
		http.Error(w, "the WebSocket subprotocol must be 'sip'", http.StatusBadRequest)
		return
	}
	conn, rw, _, err := u.Upgrade(r, w)
	if err != nil {
		if conn != nil {
			conn.Close()
		}
		return
	}
	p := WS
	if r.TLS != nil {
		p = WSS
	}
	if c, ok := s.streams.opened(p, conn); ok {
		c.ready()
		c.readFrames(rw.Reader)
		time.AfterFunc(backWithin, func() { s.gone(c.flow) })
	}
}

// backWithin is how long a page whose WebSocket has closed may take to come back, as when its network
// changes: JsSIP and SIP.js try again after two seconds or so.
const backWithin = 2500 * time.Millisecond

// gone ends the INVITEs that wait for an answer over a WebSocket that has closed, unless the page has come
// back: nobody but the page can open it again (RFC 7118 5).
func (s *Stack) gone(f Flow) {
	for _, sh := range s.shards {
		sh.submit(item{f: func(sh *Shard) {
			var waiting []*ClientTx
			for _, tx := range sh.client {
				if tx.back != nil && tx.flow.key() == f.key() && !tx.back() {
					waiting = append(waiting, tx)
				}
			}
			for _, tx := range waiting {
				tx.fail(errFlowGone)
			}
		}})
	}
}

// offers says whether a request offers a subprotocol.
func offers(r *http.Request, protocol string) bool {
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		if slices.ContainsFunc(strings.Split(line, ","), func(p string) bool { return strings.TrimSpace(p) == protocol }) {
			return true
		}
	}
	return false
}

// readFrames delivers what comes, one message for each WebSocket message, and
// answers pings. It ends with the connection.
func (c *stream) readFrames(in io.Reader) {
	defer c.Close()
	control := wsutil.ControlFrameHandler(locked{c}, ws.StateServerSide)
	r := wsutil.Reader{Source: in, State: ws.StateServerSide, CheckUTF8: false, MaxFrameSize: maxMessage, OnIntermediate: control}
	for {
		h, err := r.NextFrame()
		if err != nil {
			return
		}
		if h.OpCode.IsControl() {
			if control(h, &r) != nil {
				return
			}
			continue
		}
		b, err := io.ReadAll(io.LimitReader(&r, maxMessage+1))
		if err != nil || len(b) > maxMessage {
			return
		}
		if len(bytes.TrimLeft(b, "\r\n\x00")) > 0 { // else a keep-alive
			c.s.message(c.flow.key(), b)
		}
	}
}

// locked writes a connection's control frames between its messages.
type locked struct{ c *stream }

func (l locked) Write(b []byte) (int, error) {
	l.c.writing.Lock()
	defer l.c.writing.Unlock()
	l.c.SetWriteDeadline(time.Now().Add(streamTimeout))
	return l.c.Write(b)
}
