package sdp

import (
	"net/netip"
	"strconv"
	"strings"
)

// Description is what we write.
type Description struct {
	Owner   string // o= user name, sdpowner
	ID      uint32 // o= session id
	Version uint32 // o= session version
	Session string // s=, sdpsession
	Origin  netip.Addr
	Conn    netip.Addr
	// Bandwidth is b=CT: in kbit/s, 0 for none.
	Bandwidth int
	Media     []*Media // those with port 0 are refused
	ICELite   bool     // RFC 8839 section 5.3
	Bundle    string   // the section that alone is in the group BUNDLE (RFC 9143), "" for no group
}

// Bytes writes the description: v, o, s, c, b, t, then each m= with its rtpmap
// and fmtp lines, ptime, maxptime and direction.
func (d *Description) Bytes() []byte {
	var b strings.Builder
	b.WriteString("v=0\r\no=" + d.Owner + " ")
	b.WriteString(strconv.FormatUint(uint64(d.ID), 10) + " " + strconv.FormatUint(uint64(d.Version), 10))
	b.WriteString(" IN " + family(d.Origin) + "\r\ns=" + d.Session + "\r\nc=IN " + family(d.Conn) + "\r\n")
	if d.Bandwidth > 0 {
		b.WriteString("b=CT:" + strconv.Itoa(d.Bandwidth) + "\r\n")
	}
	b.WriteString("t=0 0\r\n")
	if d.ICELite {
		b.WriteString("a=ice-lite\r\n")
	}
	if d.Bundle != "" {
		b.WriteString("a=group:BUNDLE " + d.Bundle + "\r\n")
	}
	for _, m := range d.Media {
		m.write(&b)
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
	if m.Port == 0 || !m.rtp() {
		b.WriteString(" " + m.RawFmt + "\r\n")
		for _, a := range m.Attributes {
			b.WriteString("a=" + a + "\r\n")
		}
		return
	}
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
	if m.Mid != "" {
		b.WriteString("a=mid:" + m.Mid + "\r\n")
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
	if m.Setup != "" {
		b.WriteString("a=setup:" + m.Setup + "\r\n")
	}
	for _, f := range m.Fingerprints {
		b.WriteString("a=fingerprint:" + f + "\r\n")
	}
	if m.RTCPMux {
		b.WriteString("a=rtcp-mux\r\n")
	}
	if m.Kind == "audio" {
		b.WriteString("a=maxptime:140\r\n")
	}
	b.WriteString("a=" + string(m.Direction) + "\r\n")
}
