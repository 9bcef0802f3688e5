package trace

import (
	"encoding/binary"
	"io"
	"net/netip"
)

// linkRaw is pcap's link type of packets that begin with their IP header.
const linkRaw = 101

// WritePCAP writes packets in the format of libpcap, each as one UDP datagram whatever
// carried it, so that programs show the messages of TCP and TLS too.
func WritePCAP(w io.Writer, list []Packet) error {
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...) // zone and accuracy
	b = binary.LittleEndian.AppendUint32(b, 65535)
	b = binary.LittleEndian.AppendUint32(b, linkRaw)
	for _, p := range list {
		d := datagram(p)
		b = binary.LittleEndian.AppendUint32(b, uint32(p.At.Unix()))
		b = binary.LittleEndian.AppendUint32(b, uint32(p.At.Nanosecond()/1000))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(d)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(d)))
		b = append(b, d...)
	}
	_, err := w.Write(b)
	return err
}

// datagram is an IPv4 (RFC 791) or IPv6 (RFC 8200) packet with a UDP datagram (RFC 768).
func datagram(p Packet) (b []byte) {
	const most = 65000
	data := p.Data[:min(len(p.Data), most)]
	src, dst := p.From.Addr().Unmap(), p.To.Addr().Unmap()
	udp := 8 + len(data)
	v4 := src.Is4() && dst.Is4()
	if v4 {
		b = append(b, 0x45, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(20+udp))
		b = append(b, 0, 0, 0, 0, 64, 17, 0, 0)
		b = append(append(b, src.AsSlice()...), dst.AsSlice()...)
		binary.BigEndian.PutUint16(b[10:], checksum(0, b))
	} else {
		b = append(b, 0x60, 0, 0, 0)
		b = binary.BigEndian.AppendUint16(b, uint16(udp))
		b = append(b, 17, 64)
		for _, a := range [2]netip.Addr{src, dst} {
			ip := a.As16()
			b = append(b, ip[:]...)
		}
	}
	head := len(b)
	b = binary.BigEndian.AppendUint16(b, p.From.Port())
	b = binary.BigEndian.AppendUint16(b, p.To.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(udp))
	b = append(append(b, 0, 0), data...)
	addresses := b[8:head]
	if v4 {
		addresses = b[12:head]
	}
	sum := checksum(sumOf(addresses)+17+uint32(udp), b[head:])
	if sum == 0 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(b[head+6:], sum)
	return b
}

func sumOf(b []byte) (sum uint32) {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) > 0 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

// checksum is that of RFC 1071.
func checksum(sum uint32, b []byte) uint16 {
	sum += sumOf(b)
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
