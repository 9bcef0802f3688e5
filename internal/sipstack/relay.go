package sipstack

import (
	"net/netip"
	"strconv"
	"strings"
)

// RelayParam is the parameter of a Route that says: this stack passes the request on.
const RelayParam = "obk-flow"

// RelayBranch begins the branch of each request that was passed on.
const RelayBranch = magicCookie + "obk"

// Relay says what becomes of the messages that the stack only passes on, as a stateless proxy
// (RFC 3261 section 16.11). It is called on shards.
type Relay interface {
	// Request is asked about a request whose first Route has RelayParam. ours is false for one
	// that is handled as if the Route were not there.
	Request(m *Message, route *URI) (h Hop, ours bool)
	// Response is asked about a response whose branch begins with RelayBranch: below is the Via
	// that it goes back by, and source is where that request came from. One that is not ours is
	// dropped.
	Response(m *Message, below *Via, source netip.AddrPort) (to Flow, ours bool)
}

// Hop is what becomes of a request: it goes To the next, or is answered with Status.
type Hop struct {
	To     Flow
	SentBy string   // in our Via
	Branch string   // likewise
	Token  string   // RelayParam of those Routes that are ours
	Record []string // Record-Route, the topmost first
	Status int      // 0: it is passed on
	Reason string
}

// SetRelay has r decide on what is passed on. nil, as at first: nothing is.
func (s *Stack) SetRelay(r Relay) { s.relay.Store(&r) }

// toPassOn says whether a message may be one that is passed on.
func toPassOn(m *Message) bool {
	if m.IsRequest() {
		return strings.Contains(m.Header("Route"), RelayParam+"=")
	}
	return strings.HasPrefix(m.Via.Branch, RelayBranch)
}

// pass passes a message on, or handles it as any other.
func (sh *Shard) pass(r Relay, m *Message) {
	if !m.IsRequest() {
		sh.passResponse(r, m)
		return
	}
	first, _ := cutOutside(m.Header("Route"), ',')
	route, ok := ParseNameAddr(first)
	if u, good := ParseURI(route.URI); ok && good {
		if h, ours := r.Request(m, &u); ours {
			sh.passRequest(m, &h)
			return
		}
	}
	sh.handle(item{m: m})
}

func (sh *Shard) passRequest(m *Message, h *Hop) {
	forwards, err := strconv.Atoi(m.Header("Max-Forwards"))
	if err != nil {
		forwards = 70
	}
	if h.Status == 0 && forwards <= 0 {
		h.Status, h.Reason = 483, "Too many hops"
	}
	s := sh.stack
	if h.Status != 0 {
		if m.Method != "ACK" {
			a := Answer{Status: h.Status, Reason: h.Reason, ToTag: Tag()}
			s.send(m.Flow, a.render(nil, m, NAT{ForceRport: true}, s.shortNames.Load()), m.CallID)
		}
		return
	}
	s.send(h.To, m.passedOn(h, forwards-1, s.shortNames.Load()), m.CallID)
}

// passedOn writes a request as the next hop gets it.
func (m *Message) passedOn(h *Hop, forwards int, compact bool) []byte {
	w := writer{make([]byte, 0, m.Size+512), compact}
	w.b = append(append(append(append(w.b, m.Method...), ' '), m.RequestURI...), " SIP/2.0\r\n"...)
	w.header("Via", viaValue(h.To, h.SentBy, h.Branch, true))
	for _, r := range h.Record {
		w.header("Record-Route", r)
	}
	w.header("Max-Forwards", strconv.Itoa(forwards))
	top, own := true, RelayParam+"="+h.Token
	for i := range m.headers.len() {
		f := m.headers.line(i)
		switch {
		case f.name == "" || equalName(f.name, "Max-Forwards") || equalName(f.name, "Content-Length"):
		case top && equalName(f.name, "Via"):
			top = false
			first, rest := cutOutside(f.value, ',')
			w.via(first, m, NAT{ForceRport: true})
			if rest = trim(rest); rest != "" {
				w.header("Via", rest)
			}
		case equalName(f.name, "Route"):
			for _, r := range SplitList(f.value) {
				if !strings.Contains(r, own) {
					w.header("Route", r)
				}
			}
		default:
			w.header(f.name, f.value)
		}
	}
	w.passedBody(m.Body)
	return w.b
}

// passedBody ends a message that is passed on: its Content-Type is among its headers.
func (w *writer) passedBody(body []byte) {
	w.header("Content-Length", strconv.Itoa(len(body)))
	w.b = append(append(w.b, "\r\n"...), body...)
}

func (sh *Shard) passResponse(r Relay, m *Message) {
	s := sh.stack
	vias := m.List("Via")
	if len(vias) > 1 {
		below, ok := ParseVia(vias[1])
		source, known := below.source()
		if ok && known {
			if to, ours := r.Response(m, &below, source); ours {
				s.send(to, m.passedBack(s.shortNames.Load()), m.CallID)
				return
			}
		}
	}
	s.Counters.Foreign.Add(1)
}

// source is where the request came from that a Via is of, as its receiver has written it.
func (v *Via) source() (netip.AddrPort, bool) {
	received, _ := param(v.Params, "received")
	rport, _ := param(v.Params, "rport")
	a, err := netip.ParseAddr(strings.Trim(received, "[]"))
	port, err2 := strconv.ParseUint(rport, 10, 16)
	return netip.AddrPortFrom(a, uint16(port)), err == nil && err2 == nil
}

// passedBack writes a response as the one below gets it.
func (m *Message) passedBack(compact bool) []byte {
	w := writer{make([]byte, 0, m.Size), compact}
	w.b = append(strconv.AppendInt(append(w.b, "SIP/2.0 "...), int64(m.Status), 10), ' ')
	w.b = append(append(w.b, m.Reason...), "\r\n"...)
	top := true
	for i := range m.headers.len() {
		f := m.headers.line(i)
		switch {
		case f.name == "" || equalName(f.name, "Content-Length"):
		case top && equalName(f.name, "Via"):
			top = false
			_, rest := cutOutside(f.value, ',')
			if rest = trim(rest); rest != "" {
				w.header("Via", rest)
			}
		default:
			w.header(f.name, f.value)
		}
	}
	w.passedBody(m.Body)
	return w.b
}
