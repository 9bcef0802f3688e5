package chansip

import (
	"cmp"
	"slices"
	"strings"

	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// diversion reads who sent the call here (RFC 5806): the topmost Diversion header, in
// the variables that chan_sip sets too.
func (in *incoming) diversion(vars [][2]string) (*pbx.Redirecting, [][2]string) {
	n, ok := sipstack.ParseNameAddr(topmost(in.m, "Diversion"))
	r, ok2 := in.dir.divertedBy(n)
	if !ok || !ok2 {
		return nil, vars
	}
	in.trace.Note("was sent here by %s (%s)", r.Num, r.Reason)
	reason, _ := n.Param("reason")
	return &r, append(vars, [2]string{"__SIPRDNISDOMAIN", n.ParsedURI().Host}, [2]string{"__PRIREDIRECTREASON", strings.Trim(r.Reason, `"`)}, [2]string{"__SIPREDIRECTREASON", reason})
}

// divertedBy reads a Diversion; false when it names nobody.
func (g *general) divertedBy(n sipstack.NameAddr) (r pbx.Redirecting, ok bool) {
	u := n.ParsedURI()
	reason, _ := n.Param("reason")
	r = pbx.Redirecting{Num: g.number(u), Name: n.Display, Reason: strings.ToLower(reason)}
	switch {
	case reason == "":
		r.Reason = "unknown"
	case !slices.Contains(knownReasons, r.Reason): // a word of its own stays as it was written
		r.Reason = reason
		if strings.Contains(n.Params, `"`+reason+`"`) {
			r.Reason = `"` + reason + `"`
		}
	}
	return r, u.User != ""
}

// knownReasons are those of RFC 5806 and of the dialplan.
var knownReasons = []string{"unknown", "user-busy", "no-answer", "unavailable", "unconditional", "time-of-day", "do-not-disturb", "deflection", "follow-me", "out-of-service", "away",
	"cfb", "cfnr", "cfu", "time_of_day", "dnd", "follow_me", "out_of_order", "cf_dte", "send_to_vm"}

// wireReasons are the words of RFC 5806 for those of the dialplan.
var wireReasons = map[string]string{"cfb": "user-busy", "cfnr": "no-answer", "cfu": "unconditional", "time_of_day": "time-of-day", "dnd": "do-not-disturb", "follow_me": "follow-me", "out_of_order": "out-of-service"}

// topmost is the first value of a header that may be a list.
func topmost(m *sipstack.Message, header string) string {
	if list := m.List(header); len(list) > 0 {
		return list[0]
	}
	return ""
}

// divertedAway takes a 181 of the callee: who has sent the call on, where it says so.
func (l *Leg) divertedAway(m *sipstack.Message) {
	n, _ := sipstack.ParseNameAddr(topmost(m, "Diversion"))
	r, _ := l.dir.divertedBy(n)
	l.mu.Lock()
	l.diverted = &r
	l.mu.Unlock()
	l.trace.Note("%s sends the call on", l.resource)
	l.tell(pbx.Event{Kind: pbx.EventDiverted})
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
		a := sipstack.Answer{Status: 181, Reason: "Call is being forwarded", RecordRoute: true, Headers: append(l.common(), sipstack.Header{Name: "Contact", Value: l.contact})}
		a.Headers = append(a.Headers, l.diversionBy(&r)...)
		l.sendProvisional(a)
		l.noteResponse(false, a.Status)
	})
}

// diversionHeaders tell the far side who sent the call there.
func (l *Leg) diversionHeaders() []sipstack.Header { return l.diversionBy(l.call.Redirecting) }

func (l *Leg) diversionBy(r *pbx.Redirecting) []sipstack.Header {
	if r == nil || r.Num == "" || !l.dir.SendDiversion {
		return nil
	}
	v := nameAddr(r.Name, sipURI(r.Num, l.partyHost()))
	if r.Reason != "" {
		v += ";reason=" + cmp.Or(wireReasons[r.Reason], r.Reason)
	}
	return []sipstack.Header{{Name: "Diversion", Value: v}}
}
