package chansip

import (
	"strings"

	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// diversion reads who sent the call here (RFC 5806): the topmost Diversion header, in
// the variables that chan_sip sets too.
func (in *incoming) diversion(vars [][2]string) (*pbx.Redirecting, [][2]string) {
	list := in.m.List("Diversion")
	if len(list) == 0 {
		return nil, vars
	}
	n, ok := sipstack.ParseNameAddr(list[0])
	u := n.ParsedURI()
	if !ok || u.User == "" {
		return nil, vars
	}
	reason, _ := n.Param("reason")
	r := &pbx.Redirecting{Num: sipstack.Unescape(u.User), Name: n.Display, Reason: strings.ToLower(reason)}
	if r.Reason == "" {
		r.Reason = "unknown"
	}
	in.trace.Note("was sent here by %s (%s)", r.Num, r.Reason)
	return r, append(vars, [2]string{"__SIPRDNISDOMAIN", u.Host}, [2]string{"__PRIREDIRECTREASON", r.Reason}, [2]string{"__SIPREDIRECTREASON", reason})
}

// Forwarded implements pbx.ForwardTeller: 181, with who sent the call elsewhere.
func (l *Leg) Forwarded(r pbx.Redirecting) {
	l.do(func() {
		if l.outbound || l.state != legSetup || l.server == nil || l.server.Final() {
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
		v += ";reason=" + r.Reason
	}
	return []sipstack.Header{{Name: "Diversion", Value: v}}
}
