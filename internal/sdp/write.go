package sdp

import (
	"net/netip"
	"strconv"
	"strings"
)

// Description is what we write.
type Description struct {
	Owner    string // o= user name, sdpowner
	ID       uint32 // o= session id
	Version  uint32 // o= session version
	Session  string // s=, sdpsession
	Origin   netip.Addr
	Conn     netip.Addr
	Audio    *Media  // Formats, Port, Direction, Ptime
	Rejected []Media // further sections of the offer, answered with port 0
	AudioAt  int     // place of the audio section among the rejected ones
	ICELite  bool    // RFC 8839 section 5.3
}

// Bytes writes the description: v, o, s, c, t, then each m= with its rtpmap
// and fmtp lines, ptime, maxptime and direction.
func (d *Description) Bytes() []byte {
	var b strings.Builder
	b.WriteString("v=0\r\no=" + d.Owner + " ")
	b.WriteString(strconv.FormatUint(uint64(d.ID), 10) + " " + strconv.FormatUint(uint64(d.Version), 10))
	b.WriteString(" IN " + family(d.Origin) + "\r\ns=" + d.Session + "\r\nc=IN " + family(d.Conn) + "\r\nt=0 0\r\n")
	if d.ICELite {
		b.WriteString("a=ice-lite\r\n")
	}
	for i := 0; i <= len(d.Rejected); i++ {
		if i == d.AudioAt && d.Audio != nil {
			d.Audio.write(&b)
		}
		if i < len(d.Rejected) {
			r := &d.Rejected[i]
			b.WriteString("m=" + r.Kind + " 0 " + r.Proto + " " + r.RawFmt + "\r\n")
		}
	}
	return []byte(b.String())
}

func family(a netip.Addr) string {
	if a.Is4() || a.Is4In6() {
		return "IP4 " + a.Unmap().String()
	}
	return "IP6 " + a.String()
}

func (m *Media) write(b *strings.Builder) {
	b.WriteString("m=" + m.Kind + " " + strconv.Itoa(m.Port) + " " + m.Proto)
	for _, f := range m.Formats {
		b.WriteString(" " + strconv.Itoa(int(f.Payload)))
	}
	b.WriteString("\r\n")
	for _, c := range m.Crypto {
		b.WriteString("a=crypto:" + c + "\r\n")
	}
	for _, f := range m.Formats {
		p := strconv.Itoa(int(f.Payload))
		b.WriteString("a=rtpmap:" + p + " " + f.Name + "/" + strconv.Itoa(f.Rate))
		if strings.EqualFold(f.Name, "opus") {
			b.WriteString("/2")
		}
		b.WriteString("\r\n")
		if f.FMTP != "" {
			b.WriteString("a=fmtp:" + p + " " + f.FMTP + "\r\n")
		}
	}
	if m.Ptime > 0 {
		b.WriteString("a=ptime:" + strconv.Itoa(m.Ptime) + "\r\n")
	}
	if m.Ufrag != "" {
		b.WriteString("a=ice-ufrag:" + m.Ufrag + "\r\na=ice-pwd:" + m.Pwd + "\r\n")
	}
	for _, c := range m.Candidates {
		b.WriteString("a=candidate:" + c + "\r\n")
	}
	if m.RTCPMux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	b.WriteString("a=maxptime:140\r\na=" + string(m.Direction) + "\r\n")
}
