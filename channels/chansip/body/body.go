// Package body finds what a message is about: its body, or one of the parts of it (RFC 3261
// section 7.4, RFC 5621), a session beside an ISUP message or a location.
package body

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"io"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"slices"
	"strings"

	"obelisk/internal/sdp"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
)

// What requests may bring, as a 415 says it (RFC 3261 section 21.4.13).
const (
	SessionTypes = "application/sdp, multipart/mixed, multipart/alternative, multipart/related"
	KeyTypes     = "application/dtmf-relay, application/dtmf, audio/telephone-event, application/vnd.nortelnetworks.digits, " +
		"application/hook-flash, application/media_control+xml"
	TextTypes = "text/plain"
)

const (
	maxParts     = 16 // of a body, nested ones included
	maxPartDepth = 4
)

// Part is a body, or a part of one.
type Part struct {
	Kind        string // Content-Type in lower case, without parameters; "" where nothing is said
	params      string
	disposition string // likewise of Content-Disposition
	handling    string // "required", "optional", or "" where nothing is said
	encoded     bool   // Content-Encoding
	id          string // Content-ID without its angles
	Text        []byte
}

// newPart reads the headers of a part, or those of the message.
func newPart(header func(name string) string, text []byte) Part {
	p := Part{Text: text, id: strings.Trim(strings.TrimSpace(header("Content-ID")), "<>")}
	p.Kind, p.params = typeOf(header("Content-Type"))
	var of string
	p.disposition, of = typeOf(header("Content-Disposition"))
	n := sipstack.NameAddr{Params: of}
	handling, _ := n.Param("handling")
	p.handling = strings.ToLower(handling)
	e := strings.TrimSpace(header("Content-Encoding"))
	p.encoded = e != "" && !strings.EqualFold(e, "identity")
	return p
}

// typeOf cuts "type;parameters".
func typeOf(value string) (kind, params string) {
	kind, params, _ = strings.Cut(value, ";")
	return strings.ToLower(strings.TrimSpace(kind)), params
}

// Param is a parameter of the type.
func (p *Part) Param(name string) string {
	n := sipstack.NameAddr{Params: p.params}
	v, _ := n.Param(name)
	return v
}

// bodyReader looks for the first part of one of some types.
type bodyReader struct {
	kinds    []string
	seen     int
	required string // a type that must be understood (handling=required), and is not
	unknown  string // one of which nothing is said, and which is not understood
}

// find returns the part wanted: this one, or one inside it; nil where there is none.
func (r *bodyReader) find(p *Part, depth int) *Part {
	if r.seen++; r.seen > maxParts || depth > maxPartDepth {
		r.miss(&r.unknown, p)
		return nil
	}
	before := *r
	var found *Part
	understood := false
	switch {
	case p.encoded:
	case strings.HasPrefix(p.Kind, "multipart/"):
		found, understood = r.inside(p, depth+1)
	case slices.Contains(r.kinds, p.Kind) && p.fits():
		return p
	}
	switch p.handling {
	case "optional": // whatever is in it
		r.required, r.unknown = before.required, before.unknown
	case "required":
		if found == nil && !understood {
			r.miss(&r.required, p)
		}
	default:
		if found == nil && !understood {
			r.miss(&r.unknown, p)
		}
	}
	return found
}

// fits says whether the part is there for its usual purpose: a description may be that of
// an early session (RFC 3959) or of something else.
func (p *Part) fits() bool {
	return p.Kind != "application/sdp" || p.disposition == "" || p.disposition == "session"
}

// miss notes the first part that is not understood.
func (r *bodyReader) miss(what *string, p *Part) {
	switch {
	case *what != "":
	case p.encoded:
		*what = "encoded"
	default:
		*what = cmp.Or(p.Kind, "of no type")
	}
}

// inside looks through the parts of one that has some. Of alternatives the last one that
// can be used counts (RFC 2046 section 5.1.4), of related ones the root (RFC 2387), of a
// signed one what is signed (RFC 1847); of any other kind the first. It is understood
// where it has parts: what they say of themselves is noted.
func (r *bodyReader) inside(p *Part, depth int) (found *Part, understood bool) {
	parts := p.split()
	understood = len(parts) > 0
	switch p.Kind {
	case "multipart/related":
		return r.root(parts, strings.Trim(p.Param("start"), "<>"), depth), understood
	case "multipart/signed":
		return r.root(parts, "", depth), understood
	case "multipart/alternative":
		before := *r
		for i := range parts {
			if f := r.find(&parts[i], depth); f != nil {
				found = f
			}
		}
		if found != nil {
			r.required, r.unknown = before.required, before.unknown
		}
		return found, understood
	}
	for i := range parts {
		if f := r.find(&parts[i], depth); found == nil {
			found = f
		}
	}
	return found, understood
}

// root looks into the part with that Content-ID, "" or an unknown one for the first.
func (r *bodyReader) root(parts []Part, id string, depth int) *Part {
	if len(parts) == 0 {
		return nil
	}
	at := max(slices.IndexFunc(parts, func(p Part) bool { return id != "" && p.id == id }), 0)
	return r.find(&parts[at], depth)
}

// split reads the parts; what cannot be read ends them.
func (p *Part) split() (out []Part) {
	boundary := p.Param("boundary")
	if boundary == "" {
		return nil
	}
	parts := multipart.NewReader(bytes.NewReader(p.Text), boundary)
	for len(out) <= maxParts {
		next, err := parts.NextRawPart()
		if err != nil {
			return out
		}
		text, err := io.ReadAll(transferred(next.Header, next))
		if err != nil && err != io.ErrUnexpectedEOF { // without its last line it counts
			return out
		}
		part := newPart(func(name string) string {
			if name == "Content-Type" { // some write it as in SIP
				return cmp.Or(next.Header.Get(name), next.Header.Get("c"))
			}
			return next.Header.Get(name)
		}, text)
		part.Kind = cmp.Or(part.Kind, "text/plain") // RFC 2046 section 5.1
		out = append(out, part)
	}
	return out
}

// transferred undoes the Content-Transfer-Encoding.
func transferred(h textproto.MIMEHeader, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

// Find finds the body, or the part of it, of one of some types; nil where there is none.
// It is refused where a part has to be understood and is not.
// Differs: beside a part that can be used, one that does not say handling=required may be
// anything, as with chan_sip; RFC 5621 would have it required. chan_sip ignores handling.
func Find(m *sipstack.Message, kinds ...string) (*Part, *trace.Refusal) {
	if len(m.Body) == 0 && !m.Has("Content-Type") {
		return nil, nil
	}
	r := bodyReader{kinds: kinds}
	whole := newPart(m.Header, m.Body)
	found := r.find(&whole, 0)
	missing := r.required
	if found == nil && missing == "" {
		missing = r.unknown
	}
	if missing == "" {
		return found, nil
	}
	return nil, unsupported(missing)
}

// unsupported refuses what is not understood.
func unsupported(what string) *trace.Refusal {
	return &trace.Refusal{Status: 415, Reason: "Unsupported Media Type", Cause: 127, Rule: "the body is " + what}
}

// SDP finds the description of the session; nil where the message has none. As in chan_sip a
// body of another kind is none.
// Differs: one that says itself that it is required (handling=required) is refused, as RFC 3261
// section 20.11 has it, and so is one that is encoded.
func SDP(m *sipstack.Message) ([]byte, *trace.Refusal) {
	if len(m.Body) == 0 {
		return nil, nil
	}
	if strings.EqualFold(m.Header("Content-Type"), "application/sdp") && !m.Has("Content-Disposition") && !m.Has("Content-Encoding") {
		return m.Body, nil // as nearly always
	}
	r := bodyReader{kinds: []string{"application/sdp", ""}}
	whole := newPart(m.Header, m.Body)
	p := r.find(&whole, 0)
	switch {
	case r.required != "":
		return nil, unsupported(r.required)
	case p == nil && whole.encoded && whole.Kind == "application/sdp":
		return nil, unsupported(r.unknown)
	case p == nil || p.Kind == "" && !bytes.HasPrefix(p.Text, []byte("v=")):
		return nil, nil
	}
	return p.Text, nil
}

// ParsedSDP reads the description of an answer or an ACK; nil where there is none that
// can be read.
func ParsedSDP(m *sipstack.Message) *sdp.Session {
	text, r := SDP(m)
	if r != nil || len(text) == 0 {
		return nil
	}
	s, err := sdp.Parse(text)
	if err != nil {
		return nil
	}
	return s
}

// AcceptHeaders are the headers of a 415: what is taken.
func AcceptHeaders(m *sipstack.Message, takes string) []sipstack.Header {
	h := []sipstack.Header{{Name: "Accept", Value: takes}}
	if e := m.Header("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		h = append(h, sipstack.Header{Name: "Accept-Encoding", Value: "identity"})
	}
	return h
}
