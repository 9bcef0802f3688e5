package media

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"github.com/pion/rtcp"
)

// Packet is an RTP packet, as a Witness sees it.
type Packet struct {
	In          bool
	Local, Peer netip.AddrPort
	PayloadType uint8
	Sequence    uint16
	Timestamp   uint32
	Payload     int    // bytes
	Data        []byte // of the whole packet, not encrypted; it must not be kept
}

// Witness is told of the RTP packets that pass here. It runs on the loops and must not
// wait.
type Witness func(Packet)

// SetWitness has packets told of from now on; nil: none. The kernel forwards none meanwhile:
// what it has is taken back within a second.
func (e *Engine) SetWitness(w Witness) {
	if w == nil {
		e.witness.Store(nil)
		return
	}
	e.witness.Store(&w)
}

// Control is an RTCP packet, as who looks on sees it.
type Control struct {
	In   bool
	Peer netip.AddrPort
	Text string // what it says, a packet of a compound one after the other
}

// SetControl has RTCP packets told of from now on; nil: none.
func (e *Engine) SetControl(look func(Control)) {
	if look == nil {
		e.control.Store(nil)
		return
	}
	e.control.Store(&look)
}

// control tells who looks on of RTCP packets.
func (s *Stream) control(in bool, peer netip.AddrPort, packets []rtcp.Packet) {
	look := s.engine.control.Load()
	if look == nil {
		return
	}
	var parts []string
	for _, p := range packets {
		parts = append(parts, strings.Join(strings.Fields(fmt.Sprint(p)), " "))
	}
	(*look)(Control{In: in, Peer: peer, Text: strings.Join(parts, "; ")})
}

// seen tells the witness of a packet.
func (s *Stream) seen(w *Witness, in bool, b []byte, peer netip.AddrPort) {
	start := payloadStart(b)
	if start < 0 {
		return
	}
	(*w)(Packet{In: in, Local: s.local, Peer: peer, Data: b, PayloadType: b[1] & 0x7f, Sequence: binary.BigEndian.Uint16(b[2:]), Timestamp: binary.BigEndian.Uint32(b[4:]), Payload: len(b) - start})
}
