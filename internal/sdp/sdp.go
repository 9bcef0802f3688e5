// Package sdp reads and writes the session descriptions of offer and answer
// (RFC 4566, RFC 3264). It takes and refuses what chan_sip does: lines it does not
// know are kept out of the way, those that it needs have to be readable. What it writes
// has chan_sip's order of lines.
package sdp

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Direction of a media stream, seen from the side that wrote it.
type Direction string

const (
	SendRecv Direction = "sendrecv"
	SendOnly Direction = "sendonly"
	RecvOnly Direction = "recvonly"
	Inactive Direction = "inactive"
)

// Format is one payload type of a media line with its rtpmap and fmtp.
type Format struct {
	Payload uint8
	Name    string // rtpmap encoding name, "" when there was no rtpmap
	Rate    int    // rtpmap clock rate in Hz
	FMTP    string
}

// Media is one m= section.
type Media struct {
	Kind      string // audio, video, image ...
	Port      int
	Proto     string // RTP/AVP ...
	Formats   []Format
	RawFmt    string // the formats as written, for non-RTP protocols
	Addr      string // c= of the section, else of the session
	Instead   string // stands for Addr where that is the name of a host that nobody knows; "" for none
	Direction Direction
	Ptime     int // milliseconds, 0 when absent
	Crypto    []string
	RTCPMux   bool   // RFC 5761
	RTCPPort  int    // a=rtcp (RFC 3605), 0 when absent
	RTCPAddr  string // its address, "" for that of the section
	Ufrag     string // ICE credentials (RFC 8839), of the section or the session
	Pwd       string
	// Fingerprints and Setup are of DTLS (RFC 8122, RFC 4145), of the section or the session.
	Fingerprints []string
	Setup        string
	Mid          string // its name in groups (RFC 5888), "" when absent
	// Attributes are those of a section that is not RTP, as T.38's, as they are
	// written.
	Attributes []string
	// Candidates are written as they are (a=candidate); the far side's are not
	// kept: a lite agent does not use them.
	Candidates []string
}

// Session is a whole description.
type Session struct {
	Origin        string // the o= line's value
	OriginVersion string
	Addr, Instead string    // as those of a section
	Direction     Direction // session level, "" when absent
	Ufrag, Pwd    string    // ICE credentials of the session level
	Fingerprints  []string  // of DTLS, likewise
	Setup         string
	Bundle        []string // names of the sections that share one transport (RFC 9143)
	Media         []Media
}

// ErrEmpty is a body without any media line, ErrNowhere one that does not say where its
// media goes to.
var (
	ErrEmpty   = errors.New("sdp: no media line")
	ErrNowhere = errors.New("sdp: no c= line that can be used")
)

const (
	maxLines = 256 // lines behind them do not count, as in chan_sip
	maxMedia = 64
)

// Parse reads a description.
func Parse(body []byte) (*Session, error) {
	s := &Session{}
	text := string(body)
	for i, more := 0, true; more && i < maxLines; i++ {
		var l string
		l, text, more = strings.Cut(text, "\n")
		l = strings.TrimRight(l, " \t\r")
		if len(l) < 2 || l[1] != '=' {
			continue
		}
		if err := s.line(l[0], strings.TrimSpace(l[2:])); err != nil {
			return nil, fmt.Errorf("sdp: line %d: %w", i+1, err)
		}
	}
	if len(s.Media) == 0 {
		return nil, ErrEmpty
	}
	if s.nowhere() {
		return nil, ErrNowhere
	}
	for i := range s.Media {
		m := &s.Media[i]
		if m.Addr == "" {
			m.Addr, m.Instead = s.Addr, s.Instead
		} else if m.Instead == "" {
			m.Instead = s.Addr
		}
		if m.Ufrag == "" {
			m.Ufrag, m.Pwd = s.Ufrag, s.Pwd
		}
		if m.Fingerprints == nil {
			m.Fingerprints = s.Fingerprints
		}
		if m.Setup == "" {
			m.Setup = s.Setup
		}
		// Differs: with chan_sip the session level wins over that of the section; RFC 8866
		// section 6.7 has it the other way, and Firefox writes both.
		if m.Direction == "" {
			m.Direction = s.Direction
		}
	}
	return s, nil
}

func (s *Session) line(kind byte, value string) error {
	var m *Media
	if n := len(s.Media); n > 0 {
		m = &s.Media[n-1]
	}
	switch kind {
	case 'o':
		if m == nil && !origin(value) {
			return fmt.Errorf("origin '%s'", value)
		}
		s.Origin = value
		s.OriginVersion = field(value, 2)
	case 'c':
		switch addr := connection(value); {
		case addr == "": // of another network: as if it were not there
		case m != nil:
			m.Addr, m.Instead = addr, m.Addr
		default:
			s.Addr, s.Instead = addr, s.Addr
		}
	case 'm', 'M':
		return s.media(value)
	case 'a':
		s.attribute(m, value)
	}
	return nil
}

// field is the n-th of those that blanks part, from 0 on; "" where there are not so many.
func field(value string, n int) string {
	for one := range strings.FieldsSeq(value) {
		if n == 0 {
			return one
		}
		n--
	}
	return ""
}

func (s *Session) attribute(m *Media, value string) {
	name, arg, _ := strings.Cut(value, ":")
	switch d := Direction(name); d {
	case SendRecv, SendOnly, RecvOnly, Inactive:
		if m != nil {
			m.Direction = d
		} else {
			s.Direction = d
		}
		return
	}
	if m != nil && !m.rtp() {
		m.Attributes = append(m.Attributes, value)
		return
	}
	if m == nil {
		switch name {
		case "ice-ufrag":
			s.Ufrag = arg
		case "ice-pwd":
			s.Pwd = arg
		case "fingerprint":
			s.Fingerprints = append(s.Fingerprints, strings.TrimSpace(arg))
		case "setup":
			s.Setup = strings.ToLower(strings.TrimSpace(arg))
		case "group":
			if f := strings.Fields(arg); len(f) > 1 && f[0] == "BUNDLE" && s.Bundle == nil {
				s.Bundle = f[1:]
			}
		}
		return
	}
	switch name {
	case "ice-ufrag":
		m.Ufrag = arg
	case "ice-pwd":
		m.Pwd = arg
	case "rtcp-mux":
		m.RTCPMux = true
	case "rtcp":
		port, rest, _ := strings.Cut(arg, " ")
		if n, err := strconv.ParseUint(port, 10, 16); err == nil {
			m.RTCPPort = int(n)
		}
		if f := strings.Fields(rest); len(f) == 3 {
			m.RTCPAddr = f[2]
		}
	case "rtpmap":
		if f := m.format(arg); f != nil {
			_, spec, _ := strings.Cut(strings.TrimSpace(arg), " ")
			enc, rate, _ := strings.Cut(strings.TrimSpace(spec), "/")
			rate, _, _ = strings.Cut(rate, "/")
			f.Name = enc
			f.Rate, _ = strconv.Atoi(rate)
		}
	case "fmtp":
		if f := m.format(arg); f != nil {
			_, f.FMTP, _ = strings.Cut(strings.TrimSpace(arg), " ")
		}
	case "ptime":
		m.Ptime, _ = strconv.Atoi(strings.TrimSpace(arg))
	case "crypto":
		m.Crypto = append(m.Crypto, arg)
	case "fingerprint":
		m.Fingerprints = append(m.Fingerprints, strings.TrimSpace(arg))
	case "setup":
		m.Setup = strings.ToLower(strings.TrimSpace(arg))
	case "mid":
		m.Mid = token(arg)
	}
}

// token is a text that is one (RFC 8866 section 9), "" for any other.
func token(text string) string {
	text = strings.TrimSpace(text)
	for _, c := range []byte(text) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"(),/:;<=>?@[\\]", c) >= 0 {
			return ""
		}
	}
	return text
}

// rtp says whether the section is RTP of any profile.
func (m *Media) rtp() bool { return strings.Contains(m.Proto, "RTP/") }

// Refused is the section as it is answered by who does not want it (RFC 3264 section 6).
func (m *Media) Refused() *Media {
	out := &Media{Kind: m.Kind, Proto: m.Proto, RawFmt: m.RawFmt}
	if m.Mid != "" {
		out.Attributes = []string{"mid:" + m.Mid}
	}
	return out
}

// format finds the payload type that an attribute begins with.
func (m *Media) format(arg string) *Format {
	num, _, _ := strings.Cut(strings.TrimSpace(arg), " ")
	n, err := strconv.ParseUint(num, 10, 7)
	if err != nil {
		return nil
	}
	for i := range m.Formats {
		if m.Formats[i].Payload == uint8(n) {
			return &m.Formats[i]
		}
	}
	return nil
}

// Remote is where media of the section is to be sent; invalid when the section wants
// none (port 0, 0.0.0.0), and when the address is a name or cannot be read.
func (m *Media) Remote() netip.AddrPort {
	if m.Port == 0 || m.Unspecified() {
		return netip.AddrPort{}
	}
	return addrPort(m.Addr, m.Port)
}

// Named is the host name that stands in place of the address (RFC 8866 section 5.7); ""
// where an address does.
func (m *Media) Named() string {
	if _, err := netip.ParseAddr(m.Addr); err == nil {
		return ""
	}
	return m.Addr
}

// RemoteRTCP is where RTCP is to be sent; invalid when the section does not say.
func (m *Media) RemoteRTCP() netip.AddrPort {
	switch {
	case m.RTCPPort == 0:
		return netip.AddrPort{}
	case m.RTCPAddr == "":
		return addrPort(m.Addr, m.RTCPPort)
	}
	return addrPort(m.RTCPAddr, m.RTCPPort)
}

// addrPort is invalid when the address is a name or cannot be read.
func addrPort(addr string, port int) netip.AddrPort {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(port))
}

// OnHold says whether the section puts the receiver on hold: sendonly, inactive, the
// address 0.0.0.0 or :: of RFC 2543, or the port 0, which ends the section for the time.
func (m *Media) OnHold() bool {
	return m.Direction == SendOnly || m.Direction == Inactive || m.Port == 0 || m.Unspecified()
}

// Unspecified says whether the address is 0.0.0.0 or ::, which nothing is sent to.
func (m *Media) Unspecified() bool {
	a, err := netip.ParseAddr(m.Addr)
	return err == nil && a.Unmap().IsUnspecified()
}

// Answer gives the direction to write in reply (RFC 3264 section 6.1).
// Differs: chan_sip answers recvonly with sendrecv; who only listens would be told that
// he is heard.
func (d Direction) Answer() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	case Inactive:
		return Inactive
	}
	return SendRecv
}
