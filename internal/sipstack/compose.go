package sipstack

import (
	"strings"
	"sync/atomic"
	"time"
)

// DateHeader is the time, for an INVITE and for the answer to a REGISTER.
func DateHeader() Header {
	now := time.Now().Unix()
	if d := dated.Load(); d != nil && d.second == now {
		return d.header
	}
	h := Header{Name: "Date", Value: time.Unix(now, 0).UTC().Format("Mon, 02 Jan 2006 15:04:05") + " GMT"}
	dated.Store(&date{now, h})
	return h
}

// dated is the last Date header that was written: most are of the same second.
var dated atomic.Pointer[date]

type date struct {
	second int64
	header Header
}

// FormatContact is our Contact for a user at our address and port.
func FormatContact(user, at string, p Proto) string {
	uri := "sip:" + EscapeUser(user) + "@" + at
	if p != UDP {
		uri += ";transport=" + strings.ToLower(p.String())
	}
	return "<" + uri + ">"
}

// FormatNameAddr writes an address for From, Diversion and the like (RFC 3261 25.1),
// without a display name where there is none.
func FormatNameAddr(display, uri string) string {
	if display == "" {
		return "<" + uri + ">"
	}
	return `"` + DisplayEscaper.Replace(display) + `" <` + uri + ">"
}

// DisplayEscaper escapes a display name.
var DisplayEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// FormatURI is a sip: URI of a user, which is escaped, at a host.
func FormatURI(user, host string) string { return "sip:" + EscapeUser(user) + "@" + host }

// WithoutTag removes the tag from a From or To value.
func WithoutTag(v string) string {
	n, ok := ParseNameAddr(v)
	if !ok {
		return v
	}
	return FormatNameAddr(n.Display, n.URI)
}
