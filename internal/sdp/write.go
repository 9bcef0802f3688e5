package sdp

import (
	"bytes"
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
	var room [1024]byte
	b := text(room[:0])
	b.add("v=0\r\no=", d.Owner, " ").number(uint64(d.ID)).add(" ").number(uint64(d.Version))
	b.add(" IN ").family(d.Origin).add("\r\ns=", d.Session, "\r\nc=IN ").family(d.Conn).add("\r\n")
	if d.Bandwidth > 0 {
		b.add("b=CT:").number(uint64(d.Bandwidth)).add("\r\n")
	}
	b.add("t=0 0\r\n")
	if d.ICELite {
		b.add("a=ice-lite\r\n")
	}
	if d.Bundle != "" {
		b.add("a=group:BUNDLE ", d.Bundle, "\r\n")
	}
	for _, m := range d.Media {
		m.write(&b)
	}
	return bytes.Clone(b)
}

// text grows by what is written to it.
type text []byte

func (b *text) add(parts ...string) *text {
	for _, p := range parts {
		*b = append(*b, p...)
	}
	return b
}

func (b *text) number(n uint64) *text {
	*b = strconv.AppendUint(*b, n, 10)
	return b
}

func (b *text) family(a netip.Addr) *text {
	if a.Is4() || a.Is4In6() {
		*b = a.Unmap().AppendTo(append(*b, "IP4 "...))
	} else {
		*b = a.AppendTo(append(*b, "IP6 "...))
	}
	return b
}

func (m *Media) write(b *text) {
	b.add("m=", m.Kind, " ").number(uint64(m.Port)).add(" ", m.Proto)
	if m.Port == 0 || !m.rtp() {
		b.add(" ", m.RawFmt, "\r\n")
		for _, a := range m.Attributes {
			b.add("a=", a, "\r\n")
		}
		return
	}
	for _, f := range m.Formats {
		b.add(" ").number(uint64(f.Payload))
	}
	b.add("\r\n")
	for _, c := range m.Crypto {
		b.add("a=crypto:", c, "\r\n")
	}
	for _, f := range m.Formats {
		b.add("a=rtpmap:").number(uint64(f.Payload)).add(" ", f.Name, "/").number(uint64(f.Rate))
		if strings.EqualFold(f.Name, "opus") {
			b.add("/2")
		}
		b.add("\r\n")
		if f.FMTP != "" {
			b.add("a=fmtp:").number(uint64(f.Payload)).add(" ", f.FMTP, "\r\n")
		}
	}
	if m.Mid != "" {
		b.add("a=mid:", m.Mid, "\r\n")
	}
	if m.Ptime > 0 {
		b.add("a=ptime:").number(uint64(m.Ptime)).add("\r\n")
	}
	if m.Ufrag != "" {
		b.add("a=ice-ufrag:", m.Ufrag, "\r\na=ice-pwd:", m.Pwd, "\r\n")
	}
	for _, c := range m.Candidates {
		b.add("a=candidate:", c, "\r\n")
	}
	if m.Setup != "" {
		b.add("a=setup:", m.Setup, "\r\n")
	}
	for _, f := range m.Fingerprints {
		b.add("a=fingerprint:", f, "\r\n")
	}
	if m.RTCPMux {
		b.add("a=rtcp-mux\r\n")
	}
	if m.Kind == "audio" {
		b.add("a=maxptime:140\r\n")
	}
	b.add("a=", string(m.Direction), "\r\n")
}
