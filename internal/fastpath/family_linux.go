package fastpath

import (
	"encoding/binary"

	"github.com/cilium/ebpf/asm"
)

// family is where things are in an Ethernet frame with an IP header without options or
// extensions, UDP and RTP.
type family struct {
	name      string
	etherType uint16
	size      int16 // octets of an address
	protocol  int16 // UDP or not
	hops      int16 // TTL, hop limit
	addrs     int16 // source, then destination
	ports     int16 // source, then destination; the UDP header begins here
}

// atIP is where the IP header begins.
const atIP = 14

var (
	ip4 = family{name: "ip4", etherType: 0x0800, size: 4, protocol: atIP + 9, hops: atIP + 8, addrs: atIP + 12, ports: atIP + 20}
	ip6 = family{name: "ip6", etherType: 0x86dd, size: 16, protocol: atIP + 6, hops: atIP + 7, addrs: atIP + 8, ports: atIP + 40}
)

func (f family) udpSum() int16 { return f.ports + 6 }
func (f family) rtp() int16    { return f.ports + 8 }
func (f family) seq() int16    { return f.rtp() + 2 }
func (f family) stamp() int16  { return f.rtp() + 4 }
func (f family) ssrc() int16   { return f.rtp() + 8 }
func (f family) end() int16    { return f.rtp() + 12 }

// keySize is a flow's key: destination, source, their ports.
func (f family) keySize() uint32 { return 2*uint32(f.size) + 4 }

// at is a label of this family's part of the program.
func (f family) at(label string) string { return f.name + " " + label }

// net16 is a number as it stands in a packet, read as a half word.
func net16(v uint16) int32 {
	return int32(binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, v)))
}

// judge passes what is no plain UDP packet: fragments, options, extensions.
func (f family) judge() asm.Instructions {
	if f.size == 16 {
		return asm.Instructions{asm.LoadMem(asm.R0, data, f.protocol, asm.Byte), asm.JNE.Imm(asm.R0, 17, "pass")}
	}
	return asm.Instructions{
		asm.LoadMem(asm.R0, data, atIP, asm.Byte),
		asm.JNE.Imm(asm.R0, 0x45, "pass"),
		asm.LoadMem(asm.R0, data, f.protocol, asm.Byte),
		asm.JNE.Imm(asm.R0, 17, "pass"),
		asm.LoadMem(asm.R0, data, atIP+6, asm.Half), // fragment
		asm.And.Imm(asm.R0, net16(0x3fff)),
		asm.JNE.Imm(asm.R0, 0, "pass"),
	}
}

// move copies so many octets, a multiple of four.
func move(to asm.Register, at int16, from asm.Register, off, octets int16) (out asm.Instructions) {
	for i := int16(0); i < octets; i += 4 {
		out = append(out, asm.LoadMem(asm.R0, from, off+i, asm.Word), asm.StoreMem(to, at+i, asm.R0, asm.Word))
	}
	return out
}

// header writes what the IP header of a forwarded packet has for itself: mark, hops (on the stack), checksum.
func (f family) header() asm.Instructions {
	hops := asm.Instructions{asm.LoadMem(asm.R0, asm.R10, sHops, asm.Word), asm.StoreMem(data, f.hops, asm.R0, asm.Byte)}
	if f.size == 16 { // version, traffic class and no flow label
		return append(hops, asm.LoadMem(asm.R0, flow, vTOS, asm.Word), asm.LSh.Imm(asm.R0, 20), asm.Or.Imm(asm.R0, 6<<28),
			asm.HostTo(asm.BE, asm.R0, asm.Word), asm.StoreMem(data, atIP, asm.R0, asm.Word))
	}
	out := append(hops, asm.LoadMem(asm.R0, flow, vTOS, asm.Word), asm.StoreMem(data, atIP+1, asm.R0, asm.Byte), asm.Mov.Imm(asm.R0, 0))
	for _, at := range []int16{0, 2, 4, 6, 8, 12, 14, 16, 18} { // all but the checksum
		out = append(out, asm.LoadMem(asm.R1, data, atIP+at, asm.Half), asm.Add.Reg(asm.R0, asm.R1))
	}
	for range 2 {
		out = append(out, asm.Mov.Reg(asm.R1, asm.R0), asm.RSh.Imm(asm.R1, 16), asm.And.Imm(asm.R0, 0xffff), asm.Add.Reg(asm.R0, asm.R1))
	}
	return append(out, asm.Xor.Imm(asm.R0, 0xffff), asm.StoreMem(data, atIP+10, asm.R0, asm.Half))
}
