package sipstack

import (
	"strconv"
	"strings"
)

// Header is one header line to be written.
type Header struct{ Name, Value string }

// Outgoing is a request to be sent. The stack adds Via and Content-Length; the
// order of the lines is chan_sip's.
type Outgoing struct {
	Method, URI string
	From, To    string // whole header values, tags included, or without
	FromTag     string // added to From; "": it has it
	ToTag       string // added to To; "": it has it, or there is none
	Contact     string // "" for none
	CallID      string
	CSeq        uint32
	MaxForwards int // 0 writes 70, less than that writes 0
	Routes      []string
	Headers     []Header
	ContentType string
	Body        []byte
	ForceRport  bool // ;rport in our Via

	cancel []Header // of a CANCEL that waits for a provisional response
}

// Answer is a response to be sent. Via, From, To, Call-ID and CSeq come from
// the request.
type Answer struct {
	Status      int
	Reason      string
	ToTag       string   // added unless the request's To had one
	RecordRoute bool     // echo Record-Route (dialog-forming responses)
	Common      []Header // before Headers; not changed
	Headers     []Header
	ContentType string
	Body        []byte
}

// clean is the one place where text enters a header: CR, LF and NUL become
// blanks, so that no text from a peer or a dialplan variable can begin a line.
func clean(s string) string {
	if strings.IndexByte(s, '\r') < 0 && strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\x00", " ").Replace(s)
}

type writer struct {
	b       []byte
	compact bool // short names (RFC 3261 7.3.3)
}

// short are the short forms of header names (RFC 3261, 3265, 3515, 3892, 4028).
var short = map[string]string{"Via": "v", "From": "f", "To": "t", "Contact": "m", "Call-ID": "i", "Content-Type": "c",
	"Content-Length": "l", "Subject": "s", "Supported": "k", "Event": "o", "Refer-To": "r", "Referred-By": "b", "Session-Expires": "x"}

// name writes a header's name, which is one of those that we write ourselves or what
// the dialplan gives.
func (w *writer) name(name string) {
	if w.compact {
		if s, ok := short[name]; ok {
			name = s
		}
	}
	w.b = append(append(w.b, clean(name)...), ": "...)
}

func (w *writer) header(name, value string) {
	w.name(name)
	w.b = append(w.b, clean(value)...)
	w.b = append(w.b, "\r\n"...)
}

// tagged writes a From or To, and the tag behind it; "" for none.
func (w *writer) tagged(name, value, tag string) {
	w.name(name)
	w.b = append(w.b, clean(value)...)
	if tag != "" {
		w.b = append(append(w.b, ";tag="...), clean(tag)...)
	}
	w.b = append(w.b, "\r\n"...)
}

func (w *writer) body(contentType string, body []byte) {
	if len(body) > 0 {
		w.header("Content-Type", contentType)
	}
	w.name("Content-Length")
	w.b = strconv.AppendInt(w.b, int64(len(body)), 10)
	w.b = append(w.b, "\r\n\r\n"...)
	w.b = append(w.b, body...)
}

// render writes the request with the given Via value behind b.
func (o *Outgoing) render(b []byte, via string, compact bool) []byte {
	w := writer{b, compact}
	w.b = append(w.b, clean(o.Method)...)
	w.b = append(w.b, ' ')
	w.b = append(w.b, strings.ReplaceAll(clean(o.URI), " ", "%20")...)
	w.b = append(w.b, " SIP/2.0\r\n"...)
	w.header("Via", via)
	forwards := o.MaxForwards
	if forwards == 0 {
		forwards = 70
	}
	w.name("Max-Forwards")
	w.b = append(strconv.AppendInt(w.b, int64(max(forwards, 0)), 10), "\r\n"...)
	for _, r := range o.Routes {
		w.header("Route", r)
	}
	w.tagged("From", o.From, o.FromTag)
	w.tagged("To", o.To, o.ToTag)
	if o.Contact != "" {
		w.header("Contact", o.Contact)
	}
	w.header("Call-ID", o.CallID)
	w.name("CSeq")
	w.b = append(strconv.AppendUint(w.b, uint64(o.CSeq), 10), ' ')
	w.b = append(append(w.b, clean(o.Method)...), "\r\n"...)
	for _, h := range o.Headers {
		w.header(h.Name, h.Value)
	}
	w.body(o.ContentType, o.Body)
	return w.b
}

// render writes the answer to a request behind b.
func (a *Answer) render(b []byte, req *Message, nat NAT, compact bool) []byte {
	w := writer{b, compact}
	w.b = append(w.b, "SIP/2.0 "...)
	w.b = strconv.AppendInt(w.b, int64(a.Status), 10)
	w.b = append(w.b, ' ')
	w.b = append(w.b, clean(a.Reason)...)
	w.b = append(w.b, "\r\n"...)
	top := true
	for i := range req.headers.len() {
		h := req.headers.line(i)
		switch {
		case equalName(h.name, "Via") && top:
			top = false
			first, rest := cutOutside(h.value, ',')
			w.via(first, req, nat)
			if rest = trim(rest); rest != "" {
				w.header("Via", rest)
			}
		case equalName(h.name, "Via"), a.RecordRoute && equalName(h.name, "Record-Route"):
			w.header(h.name, h.value)
		}
	}
	w.header("From", req.FromRaw)
	if req.To.Tag() != "" {
		a.ToTag = ""
	}
	w.tagged("To", req.ToRaw, a.ToTag)
	w.header("Call-ID", req.CallID)
	w.header("CSeq", req.cseq)
	for _, h := range a.Common {
		w.header(h.Name, h.Value)
	}
	for _, h := range a.Headers {
		w.header(h.Name, h.Value)
	}
	w.body(a.ContentType, a.Body)
	return w.b
}

// NAT says how answers find their way back (the nat= option).
type NAT struct {
	ForceRport bool // to the source address and port, always
	// Both: to the source, and to where the Via says if that is another port of it.
	Both bool
}

// via writes the topmost Via of an answer: received is added always, rport when
// asked for or forced.
func (w *writer) via(v string, req *Message, nat NAT) {
	head, params := cutOutside(v, ';')
	w.name("Via")
	w.b = append(w.b, clean(trim(head))...)
	for params != "" {
		var p string
		p, params = cutOutside(params, ';')
		name, _, _ := strings.Cut(p, "=")
		if name = trim(name); equalName(name, "rport") || equalName(name, "received") {
			continue
		}
		w.b = append(append(w.b, ';'), clean(trim(p))...)
	}
	w.b = req.Flow.Remote.Addr().WithZone("").AppendTo(append(w.b, ";received="...))
	if nat.ForceRport || req.Via.RPort {
		w.b = strconv.AppendUint(append(w.b, ";rport="...), uint64(req.Flow.Remote.Port()), 10)
	}
	w.b = append(w.b, "\r\n"...)
}

// returnFlow is where the answer to a request goes: RFC 3261 18.2.2 and RFC
// 3581, or always the source with force_rport. Streams keep their connection.
func returnFlow(req *Message, nat NAT) Flow {
	f := req.Flow
	if f.Proto != UDP || nat.ForceRport || nat.Both || req.Via.RPort {
		return f
	}
	port := req.Via.Port
	if port == 0 {
		port = 5060
	}
	f.Remote = addrPort(f.Remote.Addr(), port)
	return f
}
