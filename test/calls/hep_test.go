package calls

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// chunks reads a HEP packet: data by kind.
func chunks(t *testing.T, b []byte) map[uint16][]byte {
	t.Helper()
	if len(b) < 6 || string(b[:4]) != "HEP3" || int(binary.BigEndian.Uint16(b[4:])) != len(b) {
		t.Fatalf("no HEP packet: %q", b)
	}
	out := map[uint16][]byte{}
	for b = b[6:]; len(b) >= 6; {
		n := int(binary.BigEndian.Uint16(b[4:]))
		if n < 6 || n > len(b) {
			t.Fatalf("a chunk of %d bytes in %d", n, len(b))
		}
		out[binary.BigEndian.Uint16(b[2:])] = b[6:n]
		b = b[n:]
	}
	return out
}

// Each message of a registration is copied to the capture server, with who sent it to whom.
func TestMessagesAreCaptured(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w := newWorldWith(t, map[string]string{"sip.conf": baseSIP, "extensions.conf": baseExtensions,
		"hep.conf": fmt.Sprintf("[general]\nenabled=yes\ncapture_address=%s\ncapture_password=pw\ncapture_id=1234\nuuid_type=call-id\n",
			l.LocalAddr())})
	p := w.registered("1001", "one", "10.0.0.11:5060")
	var story []string
	for range 4 {
		b := make([]byte, 65536)
		l.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, _, err := l.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		c := chunks(t, b[:n])
		start, _, _ := strings.Cut(string(c[15]), "\r\n")
		story = append(story, fmt.Sprintf("%s:%d>%s:%d %s", net.IP(c[3]), binary.BigEndian.Uint16(c[7]), net.IP(c[4]),
			binary.BigEndian.Uint16(c[8]), start))
		if c[1][0] != 2 || c[2][0] != 17 || c[11][0] != 1 || binary.BigEndian.Uint32(c[12]) != 1234 || string(c[14]) != "pw" ||
			!strings.Contains(string(c[15]), "Call-ID: "+string(c[17])+"\r\n") {
			t.Errorf("chunks %v", c)
		}
	}
	want := "10.0.0.11:5060>10.0.0.1:5060 REGISTER sip:10.0.0.1 SIP/2.0; 10.0.0.1:5060>10.0.0.11:5060 SIP/2.0 401 Unauthorized; " +
		"10.0.0.11:5060>10.0.0.1:5060 REGISTER sip:10.0.0.1 SIP/2.0; 10.0.0.1:5060>10.0.0.11:5060 SIP/2.0 200 OK"
	if got := strings.Join(story, "; "); got != want {
		t.Errorf("captured %s\nwant %s", got, want)
	}
	w.write("hep.conf", "[general]\nenabled=no\n")
	w.console("core reload")
	p.Register(60)
	l.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	if n, _, err := l.ReadFrom(make([]byte, 1000)); err == nil {
		t.Errorf("%d bytes are captured after the end", n)
	}
	p.Close()
	w.stop()
}
