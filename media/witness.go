package media

import (
	"encoding/binary"
	"net/netip"
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

// SetWitness has packets told of from now on; nil: none. Those that the kernel forwards are
// not seen.
func (e *Engine) SetWitness(w Witness) {
	if w == nil {
		e.witness.Store(nil)
		return
	}
	e.witness.Store(&w)
}

// seen tells the witness of a packet.
func (s *Stream) seen(w *Witness, in bool, b []byte, peer netip.AddrPort) {
	start := payloadStart(b)
	if start < 0 {
		return
	}
	(*w)(Packet{In: in, Local: s.local, Peer: peer, Data: b, PayloadType: b[1] & 0x7f, Sequence: binary.BigEndian.Uint16(b[2:]), Timestamp: binary.BigEndian.Uint32(b[4:]), Payload: len(b) - start})
}
