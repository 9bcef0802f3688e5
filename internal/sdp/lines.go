package sdp

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// origin says whether the value of an o= line is one to chan_sip: a version that begins as a
// number stands between its second and its third blank.
func origin(value string) bool {
	for range 2 {
		_, value, _ = strings.Cut(value, " ")
	}
	version, _, more := strings.Cut(value, " ")
	digits := strings.TrimLeft(version, "+-")
	return more && (version == "" || digits != "" && '0' <= digits[0] && digits[0] <= '9')
}

// connection is the host of a c= line, an address or a name to be looked up; "" when the line
// is of no network of ours, or its host is neither: a time to live ("/127") makes it neither, as
// in chan_sip.
func connection(value string) string {
	if field(value, 0) != "IN" {
		return ""
	}
	host, v6 := field(value, 2), field(value, 1) == "IP6"
	if !v6 && field(value, 1) != "IP4" {
		return ""
	}
	if a, err := netip.ParseAddr(host); err == nil {
		if a.Unmap().Is4() == (v6 && !a.Is4In6()) {
			return ""
		}
		return host
	}
	host, ok := withoutPort(host)
	switch a, err := netip.ParseAddr(host); {
	case !ok:
		return ""
	case err == nil && a.Is6() == v6:
		return host
	case err == nil || v6:
		return ""
	}
	if a, is := numbers(host); is {
		return a.String()
	}
	return name(host)
}

// withoutPort cuts the port off a host, and the brackets: nobody asks for them here, and
// chan_sip takes them.
func withoutPort(host string) (string, bool) {
	if inside, ok := strings.CutPrefix(host, "["); ok {
		host, port, closed := strings.Cut(inside, "]")
		return host, closed && (port == "" || port[0] == ':')
	}
	bare, port, _ := strings.Cut(host, ":")
	return bare, strings.Trim(port, "0123456789") == ""
}

// numbers reads an IPv4 address of one to four numbers, each decimal, octal or hexadecimal, the
// last of which fills what is left (inet_aton): "127.1", "0".
func numbers(host string) (netip.Addr, bool) {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var sum uint64
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 0, 32)
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		if err != nil || n>>bits != 0 || strings.ContainsAny(p, "_oObB") && !strings.HasPrefix(strings.ToLower(p), "0x") {
			return netip.Addr{}, false
		}
		sum = sum<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true
}

// name is a text that may be the name of a host (RFC 1123 section 2.1; with underscores, as
// some write them), "" for any other, as one of numbers alone.
func name(host string) string {
	letter := false
	for i := range len(host) {
		switch c := host[i] | 0x20; {
		case 'a' <= c && c <= 'z', host[i] == '_':
			letter = true
		case '0' <= host[i] && host[i] <= '9', host[i] == '-', host[i] == '.':
		default:
			return ""
		}
	}
	if !letter {
		return ""
	}
	return host
}

// media reads "audio 4000[/n] RTP/AVP 0 8 101". Of a section that nobody will use only the
// beginning has to be readable.
func (s *Session) media(value string) error {
	var room [16]string
	f := room[:0]
	for one := range strings.FieldsSeq(value) {
		f = append(f, one)
	}
	if len(f) < 2 || len(f) == 2 && (f[0] == "audio" || f[0] == "image") {
		return fmt.Errorf("media '%s'", value)
	}
	port, ok := mediaPort(f[1])
	if !ok {
		return fmt.Errorf("media port '%s'", f[1])
	}
	if len(s.Media) >= maxMedia {
		return fmt.Errorf("more than %d media", maxMedia)
	}
	m := Media{Kind: f[0], Port: port}
	if len(f) > 2 {
		m.Proto, m.RawFmt = f[2], strings.Join(f[3:], " ")
	}
	if err := s.formats(&m, f[min(3, len(f)):]); err != nil {
		return err
	}
	s.Media = append(s.Media, m)
	return nil
}

// mediaPort reads "4000" or "4000/2". What is above 16 bits is cut off, as in chan_sip.
func mediaPort(text string) (port int, ok bool) {
	text, _, _ = strings.Cut(text, "/")
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 32)
	return int(n & 0xffff), err == nil
}

// formats reads the payload types. Those of the audio that is used have to be numbers, all of
// them; numbers that no payload type has are nobody's.
func (s *Session) formats(m *Media, list []string) error {
	if m.Kind == "image" && m.Proto == "udptl" && (len(list) == 0 || list[0] != "t38") {
		return fmt.Errorf("image of the kind '%s'", m.RawFmt)
	}
	if !m.rtp() {
		return nil
	}
	used := m.Kind == "audio" && m.Usable() && s.main() == nil
	if used && len(list) == 0 {
		return fmt.Errorf("no format in '%s'", m.Kind)
	}
	m.Formats = make([]Format, 0, len(list))
	for _, p := range list {
		n, err := strconv.ParseUint(p, 10, 7)
		if err == nil {
			m.Formats = append(m.Formats, Format{Payload: uint8(n)})
		} else if digits := strings.TrimLeft(p, "+-"); used && (digits == "" || strings.Trim(digits, "0123456789") != "") {
			return fmt.Errorf("format '%s'", p)
		}
	}
	return nil
}

// Usable says whether a section is RTP that its sender wants. The first audio that is usable is
// the one that is used.
func (m *Media) Usable() bool {
	return m.Port != 0 && (m.Proto == "RTP/AVP" || m.Proto == "RTP/AVPF" || m.Secured())
}

// Secured says whether the profile of a section is one of SRTP (RFC 3711, RFC 5764).
func (m *Media) Secured() bool {
	proto := strings.TrimPrefix(m.Proto, "UDP/TLS/")
	return proto == "RTP/SAVP" || proto == "RTP/SAVPF"
}

// main is the audio that is used; nil where there is none.
func (s *Session) main() *Media {
	for i := range s.Media {
		if m := &s.Media[i]; m.Kind == "audio" && m.Usable() {
			return m
		}
	}
	return nil
}

// nowhere says whether the section that is used has no address: the audio, and without audio
// the fax.
func (s *Session) nowhere() bool {
	if s.Addr != "" {
		return false
	}
	if m := s.main(); m != nil {
		return m.Addr == ""
	}
	for i := range s.Media {
		if m := &s.Media[i]; m.Kind == "image" && m.Port != 0 {
			return m.Addr == ""
		}
	}
	return false
}
