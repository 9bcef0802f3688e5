package sipstack

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"obelisk/internal/printable"
)

// URI is a SIP, SIPS or tel URI. Parsing is tolerant: what cannot be
// understood is kept in Raw.
type URI struct {
	Scheme string // lower case; "" when there was none
	User   string // as written, percent-encoding kept
	Host   string // IPv6 without brackets; for tel: ""
	Port   int    // 0 when absent
	Params string // after ";", without it
	Header string // after "?": header fields, percent-encoding kept
	Raw    string
}

// ParseURI reads an addr-spec. ok is false when no host (or tel number) could
// be found or the port is no port.
func ParseURI(s string) (u URI, ok bool) {
	u.Raw = s
	colon := strings.IndexByte(s, ':')
	if colon <= 0 {
		return u, false
	}
	u.Scheme = strings.ToLower(s[:colon])
	rest := s[colon+1:]
	if u.Scheme == "tel" {
		u.User, u.Params, _ = strings.Cut(rest, ";")
		return u, u.User != ""
	}
	if q := strings.IndexByte(rest, '?'); q >= 0 && (strings.IndexByte(rest[q:], '@') < 0 || strings.IndexByte(rest[:q], '@') >= 0) {
		rest, u.Header = rest[:q], rest[q+1:]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		u.User, rest = rest[:at], rest[at+1:]
		u.User, _, _ = strings.Cut(u.User, ":")
	}
	rest, u.Params, _ = strings.Cut(rest, ";")
	u.Host, u.Port, ok = splitHostPort(strings.TrimSpace(rest))
	return u, ok && u.Host != ""
}

// splitHostPort reads "host[:port]" with IPv6 in brackets.
func splitHostPort(s string) (host string, port int, ok bool) {
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, false
		}
		host, s = s[1:end], strings.TrimSpace(s[end+1:])
		if s == "" {
			return host, 0, true
		}
		if s[0] != ':' {
			return "", 0, false
		}
		s = s[1:]
	} else {
		var found bool
		if host, s, found = strings.Cut(s, ":"); !found {
			return host, 0, true
		}
		host = strings.TrimSpace(host)
	}
	n, err := strconv.Atoi(strings.TrimSpace(s))
	return host, n, err == nil && n > 0 && n < 65536
}

// Same compares two URIs (RFC 3261 section 19.1.4): the user to the letter, host and
// scheme without case, the port, and the parameters that must be alike where either
// has them.
func (u *URI) Same(o *URI) bool {
	if u.Scheme != o.Scheme || Unescape(u.User) != Unescape(o.User) || !strings.EqualFold(u.Host, o.Host) || u.Port != o.Port {
		return false
	}
	for _, name := range [...]string{"transport", "user", "ttl", "method", "maddr"} {
		a, _ := u.Param(name)
		b, _ := o.Param(name)
		if !strings.EqualFold(a, b) {
			return false
		}
	}
	return true
}

// Param reads a URI parameter; names compare without case.
func (u *URI) Param(name string) (string, bool) { return param(u.Params, name) }

// Addr returns the host as an address if it is one. A zone in it is the far side's own
// and means nothing here; see Scoped.
func (u *URI) Addr() (netip.Addr, bool) {
	host, _, _ := strings.Cut(u.Host, "%")
	a, err := netip.ParseAddr(host)
	return a.Unmap(), err == nil
}

// Scoped is an address that a peer has named, with the zone of the flow that it came
// over where it is good on one link only (RFC 4007).
func Scoped(a netip.Addr, f Flow) netip.Addr {
	if !a.Is6() || !a.IsLinkLocalUnicast() || a.Zone() != "" {
		return a
	}
	return a.WithZone(cmp.Or(f.Remote.Addr().Zone(), f.Local.Addr().Zone()))
}

// Unescape decodes %XX; anything malformed stays as it is. What it gives has no control
// characters, escaped or not: it is a name, a number, a line of a log.
func Unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return printable.Name(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return printable.Name(b.String())
}

// EscapeUser encodes what may not stand in the user part (RFC 3261 section 25).
func EscapeUser(s string) string {
	i := 0
	for i < len(s) && plainInUser(s[i]) {
		i++
	}
	if i == len(s) {
		return s
	}
	var b strings.Builder
	b.WriteString(s[:i])
	for ; i < len(s); i++ {
		c := s[i]
		if plainInUser(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteString(strings.ToUpper(strconv.FormatUint(uint64(c)+0x100, 16)[1:]))
	}
	return b.String()
}

func plainInUser(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0
}

// HostPort writes a host for use in a URI, IPv6 in brackets and without its zone, which
// nobody else knows.
func HostPort(host string, port int) string {
	host, _, _ = strings.Cut(host, "%")
	if strings.IndexByte(host, ':') >= 0 && !strings.HasPrefix(host, "[") {
		host = "[" + host + "]"
	}
	if port == 0 {
		return host
	}
	return host + ":" + strconv.Itoa(port)
}

// param finds ";name=value" in a parameter text; quotes around the value are
// removed.
func param(params, name string) (string, bool) {
	for params != "" {
		var p string
		p, params = cutOutside(params, ';')
		k, v, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.Trim(strings.TrimSpace(v), `"`), true
		}
	}
	return "", false
}

// cutOutside cuts at the first sep that is not inside quotes or angle brackets.
func cutOutside(s string, sep byte) (before, after string) {
	quoted, angle := false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle++
		case c == '>':
			angle--
		case c == sep && angle <= 0:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// SplitList splits a comma list of header values at top level.
func SplitList(s string) []string { return appendList(nil, s) }

func appendList(out []string, s string) []string {
	for s != "" {
		var one string
		one, s = cutOutside(s, ',')
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, one)
		}
	}
	return out
}

// NameAddr is the value of From, To, Contact and their kin.
type NameAddr struct {
	Display string // without quotes, backslashes removed
	URI     string // inside the angle brackets
	Params  string // header parameters, after ";"
	Star    bool   // "Contact: *"
}

// ParseNameAddr reads `"name" <uri>;params` or `uri;params`. No part of it has control
// characters.
func ParseNameAddr(s string) (n NameAddr, ok bool) {
	s = printable.Line(strings.TrimSpace(s))
	if s == "*" {
		return NameAddr{Star: true, URI: "*"}, true
	}
	if strings.HasPrefix(s, `"`) {
		end := 1
		var b strings.Builder
		for ; end < len(s) && s[end] != '"'; end++ {
			if s[end] == '\\' && end+1 < len(s) {
				end++
			}
			b.WriteByte(s[end])
		}
		if end >= len(s) {
			return n, false
		}
		n.Display, s = printable.Name(b.String()), strings.TrimSpace(s[end+1:])
	}
	open := strings.IndexByte(s, '<')
	if open < 0 {
		n.URI, n.Params, _ = strings.Cut(s, ";")
		n.URI = strings.TrimSpace(n.URI)
		return n, n.URI != ""
	}
	if n.Display == "" {
		n.Display = printable.Name(strings.TrimSpace(s[:open]))
	}
	end := strings.IndexByte(s[open:], '>')
	if end < 0 {
		return n, false
	}
	n.URI = strings.TrimSpace(s[open+1 : open+end])
	rest := strings.TrimSpace(s[open+end+1:])
	n.Params = strings.TrimPrefix(rest, ";")
	return n, true
}

// parseTo reads a To as chan_sip does: an angle bracket or a quote that is not closed, or no
// URI at all, still leaves the tag, which is all that a dialog needs.
func parseTo(s string) NameAddr {
	n, ok := ParseNameAddr(s)
	if ok {
		return n
	}
	s = printable.Line(s)
	if open := strings.LastIndexByte(s, '<'); open >= 0 {
		uri, params, _ := strings.Cut(s[open+1:], ";")
		uri, _, _ = strings.Cut(uri, ">")
		n.URI, n.Params = trim(uri), params
	}
	return n
}

// Param reads a header parameter; names compare without case.
func (n *NameAddr) Param(name string) (string, bool) { return param(n.Params, name) }

// Tag is the tag parameter, "" when absent.
func (n *NameAddr) Tag() string { t, _ := n.Param("tag"); return t }

// ParsedURI parses the URI.
func (n *NameAddr) ParsedURI() URI { u, _ := ParseURI(n.URI); return u }

// Via is one hop.
type Via struct {
	Transport string // upper case
	Host      string
	Port      int
	Branch    string
	RPort     bool   // ;rport present
	Params    string // everything after the sent-by, as written
}

// ParseVia reads one Via value; blanks around "/" and ":" are allowed.
func ParseVia(s string) (v Via, ok bool) {
	head, params := cutOutside(s, ';')
	v.Params = params
	name, rest, _ := strings.Cut(head, "/")
	_, rest, found := strings.Cut(rest, "/") // the version is judged by the start line
	if !found || !strings.EqualFold(trim(name), "SIP") {
		return v, false
	}
	transport, sentBy := cutBlank(rest)
	v.Transport = strings.ToUpper(transport)
	v.Host, v.Port, ok = splitHostPort(sentBy)
	v.Branch, _ = param(params, "branch")
	_, v.RPort = param(params, "rport")
	return v, ok && v.Host != ""
}

// SentBy is host[:port] as used in transaction keys.
func (v *Via) SentBy() string { return HostPort(v.Host, v.Port) }
