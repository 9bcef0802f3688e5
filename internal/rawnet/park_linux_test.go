package rawnet

import (
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Park returns with what has come, before it and meanwhile, again and again, and with a Wake.
func TestPark(t *testing.T) {
	p, err := NewPoller()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	at := netip.MustParseAddrPort("127.0.0.1:0")
	fd, err := Bind(at)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := p.Add(fd, 7); err != nil {
		t.Fatal(err)
	}
	var to, from Addr
	to.Set(Local(fd))
	events, buf := make([]unix.EpollEvent, 4), make([]byte, 16)
	for i := range 20 {
		if i%2 == 0 {
			Send(fd, []byte("x"), &to)
		} else {
			time.AfterFunc(5*time.Millisecond, func() { Send(fd, []byte("x"), &to) })
		}
		if n := p.Park(events); n != 1 || events[0].Fd != 7 {
			t.Fatalf("round %d: %d events, of %d", i, n, events[0].Fd)
		}
		if _, ok := Recv(fd, buf, &from); !ok {
			t.Fatalf("round %d: nothing to read", i)
		}
	}
	time.AfterFunc(5*time.Millisecond, p.Wake)
	if n := p.Park(events); n != 1 || events[0].Fd != Woken {
		t.Errorf("%d events, of %d", n, events[0].Fd)
	}
}
