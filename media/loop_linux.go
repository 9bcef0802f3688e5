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
//
// Packets for a mixer can wait: nothing is done with them before its next frame. Their sockets are
// in an instance of their own, which wakes nobody and is emptied by collect.
type epoll struct {
	poller *rawnet.Poller
	socks  []*rawSocket // index is the epoll user data
	free   []int32
	heard  time.Time // when the last packet came

	later  *rawnet.Poller // of the sockets that wait, nil until there was one
	events [64]unix.EpollEvent
	batch  *rawnet.Batch
}

type rawSocket struct {
	back  *epoll
	fd    int
	index int32
	s     *Stream   // nil at rest
	rests *portPair // nil but at rest
	rtcp  bool
	waits bool // in later
	group bool // it was set up to send to a group

	tied bool           // connected
	peer netip.AddrPort // where to, while it is or was; zero: never
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

func (k *rawSocket) attach(to backend, s *Stream) {
	e := to.(*epoll)
	k.s = s
	if k.rests != nil { // it is still read
		k.rests = nil
		k.empty()
		return
	}
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

// empty takes away what has come last and was not read yet.
func (k *rawSocket) empty() {
	var none [1]byte
	var from rawAddr
	for range mostStrays {
		if _, some := rawnet.Recv(k.fd, none[:], &from); !some {
			return
		}
	}
}

// doze implements restful.
func (k *rawSocket) doze(x *portPair) {
	if k.s != nil {
		k.defers(false)
		k.untie()
	}
	k.s, k.rests = nil, x
}

// mayDoze implements restful.
func (k *rawSocket) mayDoze() bool { return k.index >= 0 && !k.group && rawnet.Plenty(k.fd) }

func (k *rawSocket) detach() {
	if k.waits {
		k.back.later.Remove(k.fd)
	} else {
		k.back.poller.Remove(k.fd)
	}
	k.forget()
}

func (k *rawSocket) close() {
	unix.Close(k.fd)
	k.forget()
}

// defers has the packets wait until collect, or come at once again.
func (k *rawSocket) defers(on bool) {
	e := k.back
	if k.index < 0 || k.waits == on {
		return
	}
	if e.later == nil {
		p, err := rawnet.NewPoller()
		if err != nil {
			return // they come at once, which only costs more
		}
		e.later, e.batch = p, rawnet.NewBatch(deferred, maxPacket)
	}
	from, to := e.poller, e.later
	if !on {
		from, to = to, from
	}
	from.Remove(k.fd)
	rawnet.Stamp(k.fd, on)
	if err := to.Add(k.fd, k.index); err != nil {
		k.s.stats.sendErrors.Add(1)
	}
	k.waits = on
}

// deferred packets of a socket are read at a time.
const deferred = 4

// collect takes in the packets that wait. Each counts as come when it came.
func (e *epoll) collect(l *loop) {
	if e.later == nil {
		return
	}
	now := l.now
	for range 2 + len(e.socks)/len(e.events) { // what comes faster than that is for the next frame
		n := e.later.Wait(e.events[:], 0, true)
		for i := range n {
			if k := e.socks[e.events[i].Fd]; k != nil && k.s != nil {
				k.receiveAll(e.batch, now)
			}
		}
		if l.now = now; n < len(e.events) {
			return
		}
	}
}

func (k *rawSocket) receiveAll(b *rawnet.Batch, now time.Time) {
	l := k.s.loop
	for i := range b.Recv(k.fd) {
		d := b.Datagram(i)
		l.now = now
		if ago := now.Sub(d.Arrived); !d.Arrived.IsZero() && ago > 0 && ago < 10*frameTime {
			l.now = now.Add(-ago)
		}
		k.back.heard = now
		k.s.receive(k.rtcp, d.Data, d.From)
		if k.index < 0 || k.s == nil { // it has left meanwhile, or rests
			return
		}
	}
}

// forget gives its place up.
func (k *rawSocket) forget() {
	if k.index >= 0 {
		k.back.socks[k.index] = nil
		k.back.free = append(k.back.free, k.index)
		k.index, k.waits = -1, false
	}
}

func (k *rawSocket) multicast(m Multicast) {
	k.group = true
	rawnet.Multicast(k.fd, m.Hops, m.Loop)
}

func (k *rawSocket) send(b []byte, to *target) {
	way := &to.raw
	if k.tied && to.addr == k.peer {
		way = nil
	}
	errno := rawnet.Send(k.fd, b, way)
	if errno != 0 && k.peer.IsValid() { // what ICMP says of an earlier packet, once; this one was not sent
		errno = rawnet.Send(k.fd, b, way)
	}
	if errno != 0 {
		k.s.stats.sendErrors.Add(1)
	}
}

// tie and untie implement tiable.
func (k *rawSocket) tie(to *target) bool {
	if k.group || rawnet.Connect(k.fd, &to.raw) != nil {
		return false
	}
	k.tied, k.peer = true, to.addr
	return true
}

func (k *rawSocket) untie() {
	if k.tied {
		k.tied = false
		rawnet.Disconnect(k.fd)
	}
}

const (
	// shortWait bounds a raw wait: the thread keeps its scheduler slot
	// meanwhile.
	shortWait = 100 * time.Millisecond
	// quiet is how long after the last packet, or frame of a Framed source, the thread goes on with raw
	// waits. Without packets it parks through the scheduler, so that an idle
	// engine costs nothing.
	quiet = time.Second
)

func (e *epoll) run(l *loop) {
	defer func() {
		e.poller.Close()
		if e.later != nil {
			e.later.Close()
		}
	}()
	var events [64]unix.EpollEvent
	buf := make([]byte, maxPacket)
	var from rawAddr
	var giveBack func()
	l.enter()
	for !l.done {
		busy := l.now.Sub(e.heard) < quiet || l.now.Sub(l.framed) < quiet
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
				e.heard = l.now
			}
		}
	}
	l.on.Unlock()
	if giveBack != nil {
		giveBack()
	}
}

// receive reads one packet of a call; epoll reports the socket again if more wait.
func (k *rawSocket) receive(buf []byte, from *rawAddr) bool {
	n, ok := rawnet.Recv(k.fd, buf, from)
	switch {
	case !ok:
		return false
	case k.s == nil:
		k.rests.strayed()
		return false
	}
	k.s.receive(k.rtcp, buf[:n], from.AddrPort())
	return true
}
