// Package fastpath lets the kernel forward RTP between two legs whose packets need
// nothing but new numbers (rtp.conf rtpfastpath): a program at the traffic
// control hook of each interface, loaded and fed from here. User space goes on
// learning sources, counting, timing out and handling keys, and takes a flow back
// the moment anything needs its audio.
//
// It needs Linux 6.6 with CAP_BPF and CAP_NET_ADMIN. It serves IPv4 and IPv6 over
// Ethernet and between programs of one machine. Forwarded packets do not pass the
// firewall of the machine.
package fastpath

import (
	"errors"
	"net/netip"
)

// ErrUnsupported says that the system has no such path.
var ErrUnsupported = errors.New("no traffic control program can be loaded on this system")

// Key is what the packets of a flow have in common.
type Key struct {
	Local  netip.AddrPort // where they arrive; an unspecified address means the one we send to Source from
	Source netip.AddrPort // where they come from
}

// Flow is how they are sent on.
type Flow struct {
	Key
	From          netip.AddrPort // our other leg; an unspecified address means the one we send from
	To            netip.AddrPort
	SSRC, NewSSRC uint32
	Type, NewType uint8  // payload types
	AddSeq        uint16 // added to the sequence number
	AddStamp      uint32 // and to the timestamp
	Clock         uint32 // of the timestamps, Hz
	Jitter        uint32 // measured so far, timestamp units
	TOS           uint8  // of what is sent: DSCP and two bits (tos_audio)
	Priority      uint32 // likewise, for queues and VLANs (cos_audio)
}

// Counters of a flow since it was installed.
type Counters struct {
	Packets, Octets uint64 // octets of RTP, header included
	Idle            int64  // nanoseconds since the last packet, meaningless without one
	Seq             uint16 // of the last packet, as it came
	Stamp           uint32
	Jitter          uint32 // timestamp units
}
