package chansip

import (
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/printable"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// diversion reads who sent the call here (RFC 5806): the topmost Diversion header, in
// the variables that chan_sip sets too.
func (in *incoming) diversion(vars [][2]string) (*pbx.Redirecting, [][2]string) {
	n, ok := sipstack.ParseNameAddr(topmost(in.m, "Diversion"))
	r, ok2 := divertedBy(&in.dir.General, n)
	if !ok || !ok2 {
		return nil, vars
	}
	to := callerIDOf(&in.dir.General, in.m.To)
	r.ToNum, r.ToName = to.Num, to.Name
	in.trace.Note("was sent here by %s (%s)", r.Num, r.Outside())
	reason, _ := n.Param("reason")
	return &r, append(vars, [2]string{"__SIPRDNISDOMAIN", n.ParsedURI().Host},
		[2]string{"__PRIREDIRECTREASON", strings.Trim(r.Outside(), `"`)}, [2]string{"__SIPREDIRECTREASON", reason})
}

// divertedBy reads a Diversion; false when it has no number.
func divertedBy(g *sipconf.General, n sipstack.NameAddr) (r pbx.Redirecting, ok bool) {
	u := n.ParsedURI()
	reason, given := n.Param("reason")
	r = pbx.Redirecting{Num: g.NumberOf(u), Name: n.Display}
	switch known, is := pbx.RedirectingReason(reason); {
	case is:
		r.Reason = known
	case !given || reason == "":
		r.Reason = "unknown"
	default: // a word of its own stays as it was written
		r.Reason = reason
		if strings.Contains(n.Params, `"`+reason+`"`) {
			r.Reason = `"` + reason + `"`
		}
	}
	return r, u.User != ""
}

// topmost is the first value of a header that may be a list.
func topmost(m *sipstack.Message, header string) string {
	if list := m.List(header); len(list) > 0 {
		return list[0]
	}
	return ""
}

// divertedIn reads from a 181 or 3xx who diverted the call: who is in its Diversion, else who was
// called.
func (l *Leg) divertedIn(m *sipstack.Message) pbx.Redirecting {
	to := callerIDOf(&l.Dir.General, m.To)
	r := pbx.Redirecting{Num: to.Num, Name: to.Name, Reason: "cfu"}
	if n, ok := sipstack.ParseNameAddr(topmost(m, "Diversion")); ok {
		if by, named := divertedBy(&l.Dir.General, n); named {
			r = by
		} else {
			r.Reason = by.Reason
		}
	}
	if c, ok := m.Contact(); ok {
		to := callerIDOf(&l.Dir.General, c)
		r.ToNum, r.ToName = to.Num, to.Name
	}
	return r
}

// setDiversion is what Diversion gives from now on.
func (l *Leg) setDiversion(r pbx.Redirecting) {
	l.mu.Lock()
	l.diverted = &r
	l.mu.Unlock()
}

// divertedAway takes a 181 of the callee: who has sent the call on.
func (l *Leg) divertedAway(m *sipstack.Message) {
	l.setDiversion(l.divertedIn(m))
	l.trace.Note("%s sends the call on", l.resource)
	l.tell(pbx.Event{Kind: pbx.EventDiverted})
}

// unavailable takes the words of a 480, which may say why (RFC 3261 section 21.4.18), as the
// reason that REDIRECTING has then.
// Differs: chan_sip sends the caller 181 before 480.
func (l *Leg) unavailable(m *sipstack.Message) {
	reason, known := pbx.RedirectingReason(m.Reason)
	if !known {
		reason = `"` + printable.Line(m.Reason) + `"`
	}
	l.setDiversion(pbx.Redirecting{Reason: reason})
	l.tell(pbx.Event{Kind: pbx.EventUnavailable})
}

// Diversion implements pbx.Diverted.
func (l *Leg) Diversion() pbx.Redirecting {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.diverted == nil {
		return pbx.Redirecting{}
	}
	return *l.diverted
}

// Forwarded implements pbx.ForwardTeller: 181, with who sent the call elsewhere.
func (l *Leg) Forwarded(r pbx.Redirecting) {
	l.do(func() {
		if l.outbound || l.state > legEarly || l.server == nil || l.server.Final() {
			return
		}
		a := sipstack.Answer{Status: 181, Reason: "Call is being forwarded", RecordRoute: true,
			Headers: append(l.ResponseHeaders(), sipstack.Header{Name: "Contact", Value: l.Contact})}
		a.Headers = append(a.Headers, l.diversionBy(&r)...)
		l.sendProvisional(a)
	})
}

// diversionHeaders tell the far side who sent the call there.
func (l *Leg) diversionHeaders() []sipstack.Header { return l.diversionBy(l.call.Redirecting) }

func (l *Leg) diversionBy(r *pbx.Redirecting) []sipstack.Header {
	if r == nil || r.Num == "" || !l.Dir.SendDiversion {
		return nil
	}
	return []sipstack.Header{{Name: "Diversion", Value: sipstack.FormatNameAddr(r.Name, sipstack.FormatURI(r.Num, l.partyHost())) +
		";reason=" + quotedToken(r.Outside())}}
}

// quotedToken quotes a word that is not a token (RFC 3261 section 25.1).
func quotedToken(s string) string {
	if strings.HasPrefix(s, `"`) ||
		s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") == "" {
		return s
	}
	return `"` + sipstack.DisplayEscaper.Replace(s) + `"`
}
