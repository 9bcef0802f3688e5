package pubsub

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"

	"obelisk/channels/chansip/access"
	"obelisk/channels/chansip/location"
	"obelisk/internal/sipstack"
)

// reginfo is the Content-Type of the event package reg (RFC 3680): who is registered,
// and where.
const reginfo = "application/reginfo+xml"

// registrationWatchers are those who are told when an endpoint's contacts change. The
// zero value is ready.
type registrationWatchers struct {
	mu sync.Mutex // guards all below
	by map[string][]*registrationWatcher
}

type registrationWatcher struct{ tell func() }

func (w *registrationWatchers) add(name string, tell func()) (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = map[string][]*registrationWatcher{}
	}
	x := &registrationWatcher{tell}
	w.by[name] = append(w.by[name], x)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		rest := slices.DeleteFunc(slices.Clone(w.by[name]), func(o *registrationWatcher) bool { return o == x })
		if w.by[name] = rest; len(rest) == 0 {
			delete(w.by, name)
		}
	}
}

// selectRegistration is a subscription of a phone to its own registration.
func (s *Subscription) selectRegistration(tx *sipstack.ServerTx, m *sipstack.Message, accept string) bool {
	u, r := access.RequestURI(m)
	switch {
	case r != nil:
		s.ps.respond(tx, r.Status, r.Reason)
		return false
	case accept != "" && !strings.Contains(accept, reginfo) && !strings.Contains(accept, "*/*"):
		s.ps.respond(tx, 406, "Not Acceptable")
		return false
	case s.Peer == nil || s.Dir.Of(sipstack.Unescape(u.User), u.Host) != s.Peer:
		s.ps.respond(tx, 403, "Forbidden (not your registration)")
		return false
	}
	s.format, s.Contact = reginfo, sipstack.FormatContact(sipstack.Unescape(u.User), s.SentBy, s.Flow.Proto)
	return true
}

// reginfo writes the whole state. Contacts that have gone since the last time are told
// once more, as terminated.
func (s *Subscription) reginfo() []byte {
	now := s.ps.cfg.Bindings.All(s.Peer.Name)
	state := "active"
	switch {
	case len(now) > 0:
	case s.contacts == nil:
		state = "init"
	default:
		state = "terminated"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<?xml version=\"1.0\"?>\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"%d\" state=\"full\">\n"+
		"<registration aor=\"%s\" id=\"%s\" state=\"%s\">\n", s.version, Escape(s.entity), identifier(s.Peer.Name), state)
	for _, c := range now {
		event := "registered"
		if i := slices.IndexFunc(s.contacts, c.SameContact); i >= 0 && s.contacts[i].CSeq != c.CSeq {
			event = "refreshed"
		}
		contactElement(c, &b, "active", event)
	}
	for _, c := range s.contacts {
		if slices.ContainsFunc(now, c.SameContact) {
			continue
		}
		event := "unregistered"
		if c.Expires.Before(time.Now()) {
			event = "expired"
		}
		contactElement(c, &b, "terminated", event)
	}
	b.WriteString("</registration>\n</reginfo>\n")
	s.contacts = now
	return []byte(b.String())
}

// contactElement is a contact of the document (RFC 3680 section 5.3).
func contactElement(b *location.Binding, to *strings.Builder, state, event string) {
	fmt.Fprintf(to, "<contact id=\"%s\" state=\"%s\" event=\"%s\"", identifier(b.Contact+b.Instance+b.RegID), state, event)
	if state == "active" {
		fmt.Fprintf(to, " expires=\"%d\"", b.SecondsLeft())
	}
	if b.Q != "" {
		fmt.Fprintf(to, " q=\"%s\"", Escape(b.Q))
	}
	fmt.Fprintf(to, " callid=\"%s\" cseq=\"%d\">\n<uri>%s</uri>\n</contact>\n", Escape(b.CallID), b.CSeq, Escape(b.Contact))
}

// identifier stays the same for the same text.
func identifier(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	return fmt.Sprintf("r%x", h.Sum64())
}
