package sipstack

import (
	"net/netip"
	"os"
	"runtime"
	"time"

	"obelisk/internal/rawnet"

	"golang.org/x/sys/unix"
)

// systemSocket is a UDP socket on a descriptor of our own.
type systemSocket struct {
	fd     int
	local  netip.AddrPort
	index  uint8
	poller *rawnet.Poller // of its reader, nil before Start
}

const socketBuffer = 4 << 20

func newSystemSocket(a netip.AddrPort, index int, m rawnet.Marks) (udpSocket, error) {
	fd, err := rawnet.Bind(a)
	if err != nil {
		return nil, err
	}
	// The kernel caps it at net.core.rmem_max; what it grants is enough to start with.
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, socketBuffer)
	m.Put(fd)
	rawnet.AskInfo(fd, a.Addr().IsUnspecified())
	return &systemSocket{fd: fd, local: rawnet.Local(fd), index: uint8(index)}, nil
}

func (s *systemSocket) addr() netip.AddrPort { return s.local }

// halt ends the reader; sending still works.
func (s *systemSocket) halt() {
	if s.poller != nil {
		s.poller.Wake()
	}
}

func (s *systemSocket) close() { unix.Close(s.fd) }

func (s *systemSocket) send(f Flow, b []byte) error {
	var to rawnet.Addr
	to.Set(f.Remote)
	from := f.Local.Addr()
	if !s.local.Addr().IsUnspecified() || !from.IsValid() || from.IsUnspecified() {
		if errno := rawnet.Send(s.fd, b, &to); errno != 0 {
			return os.NewSyscallError("sendto", errno)
		}
		return nil
	}
	errno := rawnet.SendFrom(s.fd, b, &to, from)
	if errno == unix.EINVAL || errno == unix.EADDRNOTAVAIL || errno == unix.ENETUNREACH { // it floats, and another machine has it
		errno = rawnet.Send(s.fd, b, &to)
	}
	if errno != 0 {
		return os.NewSyscallError("sendmsg", errno)
	}
	return nil
}

// udpReader reads all sockets of the system, and handles what comes there and then. Where the
// process works on one thread it parks between messages; on several, where each parking and
// waking is a search for work by others too, it waits by raw calls while messages keep coming.
type udpReader struct {
	poller *rawnet.Poller
	socks  []*systemSocket
	batch  *rawnet.Batch
	to     deliver
	last   time.Time // of a message
	shared bool      // others have work that takes the thread for long
	load   gauge
}

const (
	batchSize = 16
	// awake is how long the reader on several threads stays awake after the last message.
	awake = 100 * time.Millisecond
	// A raw wait keeps other goroutines from the slot, and each that ends without a
	// message costs some 20 us: the first is short, for those that come back from a
	// disk or whom a timer wakes, and the later ones are less than the 10 ms after which
	// the runtime interrupts who is busy.
	shortWait = 2 * time.Millisecond
	longWait  = 8 * time.Millisecond
	longFrom  = time.Millisecond

	// longTurn of others is that of who would go on, had the reader no message.
	longTurn = 2 * time.Millisecond

	crowd = 4 // more messages at once are not for one thread alone
)

func readSystem(socks []*systemSocket, streams func() bool) []func(deliver) {
	p, err := rawnet.NewPoller()
	if err != nil {
		panic("no epoll: " + err.Error())
	}
	for i, s := range socks {
		s.poller = p
		if err := p.Add(s.fd, int32(i)); err != nil {
			panic("no epoll: " + err.Error())
		}
	}
	r := &udpReader{poller: p, socks: socks, batch: rawnet.NewBatch(batchSize, maxDatagram), load: gauge{streams: streams}}
	return []func(deliver){r.run}
}

func (r *udpReader) run(to deliver) {
	defer r.poller.Close()
	defer r.load.rest()
	r.to = to
	events := make([]unix.EpollEvent, len(r.socks)+1)
	for {
		n := r.wait(events)
		for _, e := range events[:n] {
			if e.Fd == rawnet.Woken {
				return
			}
			r.drain(r.socks[e.Fd])
		}
		if n > 0 {
			r.load.look(r.last)
			r.yield()
		}
	}
}

// wait waits for messages.
func (r *udpReader) wait(events []unix.EpollEvent) (n int) {
	pause, wait := time.Since(r.last), shortWait
	switch {
	case r.load.alone.Load():
		return r.poller.Park(events)
	case pause > awake:
		return r.poller.Park(events)
	case pause > longFrom:
		wait = longWait
	}
	if r.shared {
		wait = 0
	}
	n = r.poller.Wait(events, wait, true)
	r.yield()
	return n
}

// yield lets others run: whom the messages before woke, and timers.
func (r *udpReader) yield() {
	begun := time.Now()
	runtime.Gosched()
	r.shared = time.Since(begun) > longTurn
}

// drain reads what waits on one socket.
func (r *udpReader) drain(s *systemSocket) {
	for {
		n := r.batch.Recv(s.fd)
		r.last = time.Now()
		for i := range n {
			r.datagram(s, r.batch.Datagram(i), n > crowd)
		}
		if n < batchSize {
			return
		}
	}
}

func (r *udpReader) datagram(s *systemSocket, d rawnet.Datagram, more bool) {
	if isKeepalive(d.Data) {
		return
	}
	age := r.last.Sub(d.Arrived)
	if age < 0 || age > time.Minute { // the clock was set
		age = 0
	}
	f := Flow{Proto: UDP, Sock: s.index, Local: s.local, Remote: d.From}
	if d.To.IsValid() {
		f.Local = netip.AddrPortFrom(d.To, s.local.Port())
	}
	r.to(packet{flow: f, data: append([]byte(nil), d.Data...), arrived: r.last.Add(-age), more: more})
}
