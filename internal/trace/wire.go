package trace

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// Wire remembers the SIP messages of the last calls as they were on the wire, TLS taken
// off: as many as fit into a bounded number of bytes. They are kept without a pointer, in
// two halves of which the older one is given up when the newer one is full.
type Wire struct {
	half int

	mu            sync.Mutex // guards all below
	newer, before []byte
}

// NewWire remembers between half and all of so many bytes.
func NewWire(bytes int) *Wire { return &Wire{half: bytes / 2} }

// Packet is a message and its way.
type Packet struct {
	At       time.Time
	From, To netip.AddrPort
	Data     []byte
}

// packetHead is the fixed part of a packet in memory: its length (4), microseconds (8), two
// addresses (18 each) and the length of the Call-ID (2).
const packetHead = 4 + 8 + 18 + 18 + 2

// Note remembers a message of a Call-ID. No Wire remembers nothing.
func (w *Wire) Note(from, to netip.AddrPort, at time.Time, callID string, data []byte) {
	n := packetHead + len(callID) + len(data)
	if w == nil || n > w.half || len(callID) > 1<<15 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.newer)+n > w.half {
		w.newer, w.before = w.before[:0], w.newer
	}
	if w.newer == nil {
		w.newer = make([]byte, 0, w.half)
	}
	b := binary.BigEndian.AppendUint32(w.newer, uint32(n))
	b = binary.BigEndian.AppendUint64(b, uint64(at.UnixMicro()))
	for _, a := range [2]netip.AddrPort{from, to} {
		ip := a.Addr().As16()
		b = binary.BigEndian.AppendUint16(append(b, ip[:]...), a.Port())
	}
	b = binary.BigEndian.AppendUint16(b, uint16(len(callID)))
	w.newer = append(append(b, callID...), data...)
}

// Packets returns what is remembered of a call, the oldest first.
func (w *Wire) Packets(c *Call) (out []Packet) {
	if w == nil {
		return nil
	}
	legs := map[string]bool{c.ID: true}
	for _, n := range c.Names() {
		legs[n] = true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range [2][]byte{w.before, w.newer} {
		for len(b) >= packetHead {
			n := binary.BigEndian.Uint32(b)
			id := packetHead + int(binary.BigEndian.Uint16(b[packetHead-2:]))
			if legs[string(b[packetHead:id])] {
				out = append(out, Packet{time.UnixMicro(int64(binary.BigEndian.Uint64(b[4:]))), address(b[12:]), address(b[30:]),
					append([]byte(nil), b[id:n]...)})
			}
			b = b[n:]
		}
	}
	return out
}

func address(b []byte) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[:16])).Unmap(), binary.BigEndian.Uint16(b[16:]))
}
