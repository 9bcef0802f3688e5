package fastpath

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// patience is how long the packet of a trial may take.
const patience = 500 * time.Millisecond

// trial has a packet forwarded between two sockets of this machine, and looks at what arrives: that the program
// was taken does not say that it works.
func (t *Table) trial() error {
	var c [4]*net.UDPConn // source, local, from, to
	for i := range c {
		var err error
		c[i], err = net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return fmt.Errorf("a trial of it is not possible: %w", err)
		}
		defer c[i].Close()
	}
	at := func(i int) netip.AddrPort { return c[i].LocalAddr().(*net.UDPAddr).AddrPort() }
	i, err := t.Install(Flow{Key: Key{Local: at(1), Source: at(0)}, From: at(2), To: at(3), SSRC: 1, NewSSRC: 2, AddSeq: 3, Clock: 8000})
	if err != nil {
		return fmt.Errorf("a trial of it is not possible: %w", err)
	}
	defer i.Remove()
	packet := [12 + 4]byte{0: 0x80, 11: 1}
	if _, err := c[0].WriteToUDPAddrPort(packet[:], at(1)); err != nil {
		return err
	}
	var b [64]byte
	c[3].SetReadDeadline(time.Now().Add(patience))
	n, from, err := c[3].ReadFromUDPAddrPort(b[:])
	if err != nil {
		return errors.New("the kernel took a flow and forwarded nothing of it")
	}
	if n != len(packet) || from != at(2) || binary.BigEndian.Uint16(b[2:]) != 3 || binary.BigEndian.Uint32(b[8:]) != 2 {
		return errors.New("the kernel forwards with wrong numbers")
	}
	return nil
}
