package trace

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"
)

// HEP sends copies of SIP messages to a capture server (Homer) in the Homer Encapsulation
// Protocol, version 3, over UDP. What the network does not take is lost: a call waits for
// nothing.
type HEP struct {
	conn     net.Conn
	id       uint32
	password string
}

// NewHEP sends to an address, as the capture agent of an id; password may be "".
func NewHEP(address string, id uint32, password string) (*HEP, error) {
	conn, err := net.Dial("udp", address)
	if err != nil {
		return nil, err
	}
	return &HEP{conn, id, password}, nil
}

// Close ends it.
func (h *HEP) Close() error { return h.conn.Close() }

// Numbers of chunks, of HEP's vendor 0.
const (
	hepFamily      = 1
	hepProtocol    = 2
	hepSource4     = 3
	hepDest4       = 4
	hepSource6     = 5
	hepDest6       = 6
	hepSourcePort  = 7
	hepDestPort    = 8
	hepSeconds     = 9
	hepMicros      = 10
	hepType        = 11
	hepAgent       = 12
	hepPassword    = 14
	hepPayload     = 15
	hepCorrelation = 17
)

// Send copies a message that went from one address to another; stream says that it did so
// over TCP, TLS or WebSocket. correlation is the Call-ID, or a channel's name.
func (h *HEP) Send(from, to netip.AddrPort, stream bool, at time.Time, message []byte, correlation string) {
	b := make([]byte, 6, 160+len(message)+len(correlation))
	copy(b, "HEP3")
	chunk := func(kind uint16, data ...byte) {
		b = binary.BigEndian.AppendUint16(b, 0) // vendor
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint16(b, uint16(6+len(data)))
		b = append(b, data...)
	}
	protocol, source, dest := byte(17), from.Addr().Unmap(), to.Addr().Unmap()
	if stream {
		protocol = 6
	}
	if source.Is4() && dest.Is4() {
		chunk(hepFamily, 2)
		chunk(hepSource4, source.AsSlice()...)
		chunk(hepDest4, dest.AsSlice()...)
	} else {
		s, d := source.As16(), dest.As16()
		chunk(hepFamily, 10)
		chunk(hepSource6, s[:]...)
		chunk(hepDest6, d[:]...)
	}
	chunk(hepProtocol, protocol)
	chunk(hepSourcePort, binary.BigEndian.AppendUint16(nil, from.Port())...)
	chunk(hepDestPort, binary.BigEndian.AppendUint16(nil, to.Port())...)
	chunk(hepSeconds, binary.BigEndian.AppendUint32(nil, uint32(at.Unix()))...)
	chunk(hepMicros, binary.BigEndian.AppendUint32(nil, uint32(at.Nanosecond()/1000))...)
	chunk(hepType, 1) // SIP
	chunk(hepAgent, binary.BigEndian.AppendUint32(nil, h.id)...)
	if h.password != "" {
		chunk(hepPassword, []byte(h.password)...)
	}
	if correlation != "" {
		chunk(hepCorrelation, []byte(correlation)...)
	}
	const most = 60000
	chunk(hepPayload, message[:min(len(message), most)]...)
	binary.BigEndian.PutUint16(b[4:], uint16(len(b)))
	h.conn.Write(b)
}
