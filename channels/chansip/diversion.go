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

// diversionHeaders tell the far side who sent the call there.
func (l *Leg) diversionHeaders() []sipstack.Header {
	r := l.call.Redirecting
	if r == nil || r.Num == "" || !l.dir.SendDiversion {
		return nil
	}
	v := nameAddr(r.Name, sipURI(r.Num, l.fromHost()))
	if r.Reason != "" {
		v += ";reason=" + r.Reason
	}
	return []sipstack.Header{{Name: "Diversion", Value: v}}
}
