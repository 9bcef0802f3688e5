package sipstack

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"obelisk/internal/rawnet"

	"github.com/emiago/sipgo/sip"
)

// framer is sipgo's transport of one protocol: it reads the connections that it
// is given and cuts what comes into messages. To sipgo it is a listener.
type framer struct {
	layer *sip.TransportLayer
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

var (
	errLength  = errors.New("the Content-Length is no number")
	errLengths = errors.New("two Content-Length that differ")
)

// cutByLength says whether messages of a flow follow each other without any mark but their
// length (RFC 3261 section 18.3).
func (f Flow) cutByLength() bool { return f.Proto == TCP || f.Proto == TLS || f.Proto == Node }

// lengthsDiffer says whether the message tells more than one length.
func (m *Message) lengthsDiffer() bool {
	first, found := "", false
	for i := range m.headers.len() {
		f := m.headers.line(i)
		if !equalName(f.name, "Content-Length") {
			continue
		}
		if found && f.value != first {
			return true
		}
		first, found = f.value, true
	}
	return false
}

// contentLength is all that sipgo needs to read in order to frame a message.
func contentLength(_ []byte, value string) (sip.Header, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return nil, fmt.Errorf("%w: '%s'", errLength, value)
	}
	h := sip.ContentLengthHeader(n)
	return &h, nil
}

func newFramer(p Proto, message func(streamKey, []byte)) *framer {
	// Its own parser, so that one bad header does not lose the message.
	parser := sip.NewParser(sip.WithHeadersParsers(map[string]sip.HeaderParser{"content-length": contentLength, "l": contentLength}))
	parser.MaxMessageLength = maxMessage
	f := &framer{conns: make(chan net.Conn), done: make(chan struct{}),
		layer: sip.NewTransportLayer(net.DefaultResolver, parser, nil, sip.WithTransportLayerLogger(quiet))}
	f.layer.OnMessage(func(m sip.Message) {
		if remote, err := netip.ParseAddrPort(m.Source()); err == nil {
			message(streamKey{p, rawnet.Unmapped(remote)}, []byte(m.String()))
		}
	})
	go f.layer.ServeTCP(f)
	return f
}

// take gives a connection to be read until it breaks; it is closed then.
func (f *framer) take(c net.Conn) {
	select {
	case f.conns <- c:
	case <-f.done:
		c.Close()
	}
}

// Accept implements net.Listener.
func (f *framer) Accept() (net.Conn, error) {
	select {
	case c := <-f.conns:
		return c, nil
	case <-f.done:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener.
func (f *framer) Addr() net.Addr { return &net.TCPAddr{} }

// Close implements net.Listener.
func (f *framer) Close() error {
	f.once.Do(func() { close(f.done) })
	return f.layer.Close()
}
