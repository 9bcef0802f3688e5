package main

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"obelisk/internal/rawnet"

	"golang.org/x/sys/unix"
)

// wave sends RTP on both legs of many calls and checks what comes out at the
// other ends.
type wave struct {
	ends   []end // 2*call is the caller's, 2*call+1 the callee's
	poller *rawnet.Poller
	got    atomic.Int64
	bad    atomic.Int64
	check  atomic.Bool
	done   chan struct{}
	late   time.Duration // what 99 of 100 packets of the last run were at most behind their time
}

type end struct {
	fd   int
	port int
	to   rawnet.Addr
	seq  uint16
	aim  bool
}

func newWave(n int) (*wave, error) {
	p, err := rawnet.NewPoller()
	if err != nil {
		return nil, err
	}
	w := &wave{ends: make([]end, 2*n), poller: p, done: make(chan struct{})}
	for i := range w.ends {
		ip := "127.0.0.2"
		if i%2 == 1 {
			ip = "127.0.0.3"
		}
		fd, err := rawnet.Bind(netip.AddrPortFrom(netip.MustParseAddr(ip), 0))
		if err != nil {
			return nil, fmt.Errorf("RTP socket %d: %w", i, err)
		}
		w.ends[i].fd, w.ends[i].port = fd, int(rawnet.Local(fd).Port())
		if err := p.Add(fd, int32(i)); err != nil {
			return nil, err
		}
	}
	go w.receive()
	return w, nil
}

func (w *wave) port(i int) int { return w.ends[i].port }

// aim says where an end sends to: the switchboard's port of its leg.
func (w *wave) aim(i, port int) {
	w.ends[i].to.Set(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(port)))
	w.ends[i].aim = true
}

// run sends 50 packets a second from each end.
func (w *wave) run(d time.Duration, codec int) (sent, got, bad int) {
	w.check.Store(codec == 0)
	w.got.Store(0)
	w.bad.Store(0)
	payloads := []byte{0, byte(codec)}
	packet := make([]byte, 172)
	begun := time.Now()
	gap := 20 * time.Millisecond / time.Duration(len(w.ends))
	behind := make([]time.Duration, 0, d/gap+1)
	for at := time.Duration(0); at < d; at += gap {
		if wait := at - time.Since(begun); wait > 200*time.Microsecond {
			time.Sleep(wait)
		}
		behind = append(behind, time.Since(begun)-at)
		i := int(at/gap) % len(w.ends)
		e := &w.ends[i]
		e.seq++
		packet[0], packet[1] = 0x80, payloads[i%2]
		binary.BigEndian.PutUint16(packet[2:], e.seq)
		binary.BigEndian.PutUint32(packet[4:], uint32(e.seq)*160)
		binary.BigEndian.PutUint32(packet[8:], uint32(i)+1)
		for k := range 160 {
			packet[12+k] = byte(i*7 + k*13)
		}
		if e.aim && rawnet.Send(e.fd, packet, &e.to) == 0 {
			sent++
		}
	}
	w.late = percentile(behind, 99)
	time.Sleep(200 * time.Millisecond)
	return sent, int(w.got.Load()), int(w.bad.Load())
}

func (w *wave) receive() {
	defer close(w.done)
	buf := make([]byte, 2048)
	events := make([]unix.EpollEvent, 64)
	var from rawnet.Addr
	for {
		n := w.poller.Wait(events, -1, false)
		for _, e := range events[:n] {
			if e.Fd == rawnet.Woken {
				return
			}
			for {
				size, ok := rawnet.Recv(w.ends[e.Fd].fd, buf, &from)
				if !ok {
					break
				}
				if size > 1 && buf[1] >= 192 && buf[1] <= 223 {
					continue // RTCP for the end whose port is one below
				}
				w.got.Add(1)
				if w.check.Load() && !w.mine(int(e.Fd), buf[:size]) {
					w.bad.Add(1)
				}
			}
		}
	}
}

// mine: what an end hears is what the other end of the same call sent.
func (w *wave) mine(i int, b []byte) bool {
	if len(b) != 172 {
		return false
	}
	other := i ^ 1
	for k := range 160 {
		if b[12+k] != byte(other*7+k*13) {
			return false
		}
	}
	return true
}

func (w *wave) close() {
	w.poller.Wake()
	<-w.done
	w.poller.Close()
	for _, e := range w.ends {
		unix.Close(e.fd)
	}
}
