package ami

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"obelisk/pbx"
)

// queued is a listener for which a number of clients of one host wait. let is told how many
// have come whenever the next one is asked for.
type queued struct {
	waiting int
	far     []net.Conn
	let     func(come int)
}

type client struct{ net.Conn }

func (client) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.7:999"))
}

func (q *queued) Accept() (net.Conn, error) {
	q.let(len(q.far))
	if len(q.far) == q.waiting {
		return nil, net.ErrClosed
	}
	near, far := net.Pipe()
	q.far = append(q.far, far)
	return client{near}, nil
}

func (q *queued) Close() error   { return nil }
func (q *queued) Addr() net.Addr { return &net.TCPAddr{} }

// Those who come are let in one after the other: who came last is not the one who makes room.
func TestConnectionsMakeRoomInTheirOrder(t *testing.T) {
	c := DefaultConfig()
	c.AuthSourceLimit = 3
	s := New(Rooms{Core: pbx.NewCore(pbx.Config{}), Log: zerolog.Nop()}, c)
	q := &queued{waiting: 30}
	q.let = func(come int) {
		if n := s.strangers.Len(); n != min(come, 3) {
			t.Errorf("of %d who have come %d are let in", come, n)
		}
	}
	s.accept(q)
	for i, far := range q.far {
		far.SetReadDeadline(time.Now().Add(5 * time.Second))
		hello := make([]byte, 9)
		if _, err := io.ReadFull(far, hello); i >= 27 && string(hello) != "Asterisk " {
			t.Errorf("number %d is not greeted: %v", i, err)
		}
	}
	s.Close()
}
