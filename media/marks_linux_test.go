package media

import (
	"syscall"
	"testing"
	"time"

	"obelisk/internal/rawnet"
)

// RTP leaves with the marks asked for (tos_audio).
func TestMarksAreOnPackets(t *testing.T) {
	e := engine(t, Config{Marks: rawnet.Marks{TOS: 0xb8, Priority: 5}})
	a, b, sa, _ := pair(t, e, ulawOnly, ulawOnly)
	raw, err := b.conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	raw.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_RECVTOS, 1) })
	a.send(sa, 0, []byte("x"))
	b.conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	buf, oob := make([]byte, 2048), make([]byte, 128)
	_, n, _, _, err := b.conn.ReadMsgUDP(buf, oob)
	if err != nil {
		t.Fatal(err)
	}
	list, err := syscall.ParseSocketControlMessage(oob[:n])
	if err != nil || len(list) != 1 || list[0].Data[0] != 0xb8 {
		t.Errorf("%v %+v", err, list)
	}
}
