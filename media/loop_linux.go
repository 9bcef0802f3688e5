package media

import (
	"net/netip"
	"time"

	"obelisk/internal/rawnet"

	"golang.org/x/sys/unix"
)

// rawAddr is a destination in the system's form.
type rawAddr = rawnet.Addr

// epoll is the backend of design: one thread, one epoll instance, raw system
// calls that do not go through the scheduler, one buffer.
type epoll struct {
	poller *rawnet.Poller
	socks  []*rawSocket // index is the epoll user data
	free   []int32
}

type rawSocket struct {
	back  *epoll
	fd    int
	index int32
	s     *Stream
	rtcp  bool
}

func systemBackend() (backend, error) {
	p, err := rawnet.NewPoller()
	return &epoll{poller: p}, err
}

func (e *epoll) wake() { e.poller.Wake() }

func (e *epoll) bind(addr netip.AddrPort, s *Stream, rtcp bool) (socket, error) {
	fd, err := rawnet.Bind(addr)
	if err == nil && !rawnet.Spare(fd) {
		unix.Close(fd)
		return nil, rawnet.ErrReserved
	}
	if err == nil {
		s.marks().Put(fd)
	}
	return &rawSocket{back: e, fd: fd, index: -1, s: s, rtcp: rtcp}, err
}

func (k *rawSocket) attach(to backend) {
	e := to.(*epoll)
	k.back = e
	if n := len(e.free); n > 0 {
		k.index, e.free = e.free[n-1], e.free[:n-1]
		e.socks[k.index] = k
	} else {
		k.index = int32(len(e.socks))
		e.socks = append(e.socks, k)
	}
	if err := e.poller.Add(k.fd, k.index); err != nil {
		k.s.stats.sendErrors.Add(1)
	}
}

func (k *rawSocket) detach() {
	k.back.poller.Remove(k.fd)
	k.forget()
}

func (k *rawSocket) close() {
	unix.Close(k.fd)
	k.forget()
}

// forget gives its place up.
func (k *rawSocket) forget() {
	if k.index >= 0 {
		k.back.socks[k.index] = nil
		k.back.free = append(k.back.free, k.index)
		k.index = -1
	}
}

func (k *rawSocket) multicast(m Multicast) { rawnet.Multicast(k.fd, m.Hops, m.Loop) }

func (k *rawSocket) send(b []byte, to *target) {
	if rawnet.Send(k.fd, b, &to.raw) != 0 {
		k.s.stats.sendErrors.Add(1)
	}
}

const (
	// shortWait bounds a raw wait: the thread keeps its scheduler slot
	// meanwhile.
	shortWait = 100 * time.Millisecond
	// quiet is how long after the last packet the thread goes on with raw
	// waits. Without packets it parks through the scheduler, so that an idle
	// engine costs nothing.
	quiet = time.Second
)

func (e *epoll) run(l *loop) {
	defer e.poller.Close()
	var events [64]unix.EpollEvent
	buf := make([]byte, maxPacket)
	var from rawAddr
	var last time.Time // of a packet
	var giveBack func()
	l.enter()
	for !l.done {
		busy := l.now.Sub(last) < quiet
		if busy && giveBack == nil {
			giveBack = rawnet.TakeSlot()
		} else if !busy && giveBack != nil {
			giveBack()
			giveBack = nil
		}
		wait := l.leave()
		if busy && (wait < 0 || wait > shortWait) {
			wait = shortWait
		}
		n := e.poller.Wait(events[:], wait, busy)
		l.enter()
		for i := range n {
			at := events[i].Fd
			if at == rawnet.Woken {
				e.poller.Drain()
			} else if k := e.socks[at]; k != nil && k.receive(buf, &from) {
				last = l.now
			}
		}
	}
	l.on.Unlock()
	if giveBack != nil {
		giveBack()
	}
}

// receive reads one packet; epoll reports the socket again if more wait.
func (k *rawSocket) receive(buf []byte, from *rawAddr) bool {
	n, ok := rawnet.Recv(k.fd, buf, from)
	if ok {
		k.s.receive(k.rtcp, buf[:n], from.AddrPort())
	}
	return ok
}
