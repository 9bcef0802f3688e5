package multicast

import (
	"encoding/binary"
	"net"
	"time"
)

// Commands of Linksys (Cisco SPA) phones, as seen on the wire.
const (
	linksysStart uint32 = 6
	linksysStop  uint32 = 7
)

// controlPacket is what the phones are told: an id, the command, and the address and port of the
// group, each of 32 bits.
func controlPacket(t target, command uint32, now time.Time) []byte {
	b := make([]byte, 0, 16)
	b = binary.BigEndian.AppendUint32(b, uint32(now.Unix()))
	b = binary.BigEndian.AppendUint32(b, command)
	at := t.group.Addr().Unmap().As4()
	b = append(b, at[:]...)
	return binary.BigEndian.AppendUint32(b, uint32(t.group.Port()))
}

// tellPhones sends it twice, as those phones expect it: one may be lost.
func tellPhones(t target, command uint32, now time.Time) error {
	var local *net.UDPAddr
	if t.bind.IsValid() {
		local = &net.UDPAddr{IP: t.bind.AsSlice()}
	}
	conn, err := net.DialUDP("udp4", local, net.UDPAddrFromAddrPort(t.control))
	if err != nil {
		return err
	}
	defer conn.Close()
	b := controlPacket(t, command, now)
	for range 2 {
		if _, err = conn.Write(b); err != nil {
			return err
		}
	}
	return nil
}
