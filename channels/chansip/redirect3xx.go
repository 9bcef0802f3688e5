package chansip

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// maxForwards is how many contacts of a redirection are tried.
const maxForwards = 10

// redirected hands a 3xx to Dial: its contacts, the best first (RFC 3261 8.1.3.4), and the
// reason that it gives (RFC 5806).
// Differs: chan_sip follows 300, 301, 302 and 305; what it does not know ends the call. A
// status that is not known is one as 300 (RFC 3261 section 8.1.3.2).
func (l *Leg) redirected(m *sipstack.Message) {
	l.setDiversion(l.divertedIn(m))
	e := pbx.Event{Kind: outcome(m.Status), Cause: causeIn(&l.Dialog, m, endedBy(m.Status))}
	if targets := l.forwardTargets(m); len(targets) > 0 {
		e = pbx.Event{Kind: pbx.EventForward, Text: pbx.ForwardText(targets)}
		if c, ok := m.Contact(); ok && l.ch != nil {
			_, host, _ := strings.Cut(c.URI, "@")
			host, _, _ = strings.Cut(host, ";")
			l.ch.SetVar("SIPDOMAIN", host)
		}
	}
	l.tell(e)
	l.retire()
}

// forwardTargets are dial strings: extensions of the peer's context, or with promiscredir
// the hosts that are named. Contacts come in the order of q, 1 without it.
func (l *Leg) forwardTargets(m *sipstack.Message) (out []string) {
	type choice struct {
		target string
		q      float64
	}
	var list []choice
	for _, value := range m.List("Contact") {
		n, ok := sipstack.ParseNameAddr(value)
		target := l.forwardTo(n.ParsedURI())
		if !ok || target == "" || len(list) == maxForwards {
			continue
		}
		text, _ := n.Param("q")
		q, err := strconv.ParseFloat(text, 64)
		if err != nil {
			q = 1
		}
		list = append(list, choice{target, q})
	}
	slices.SortStableFunc(list, func(a, b choice) int { return cmp.Compare(b.q, a.q) })
	for _, c := range list {
		if !slices.Contains(out, c.target) {
			out = append(out, c.target)
		}
	}
	return out
}

// forwardTo is a contact as a dial string; "" for one that cannot be one. What the far
// side has written is a number, or a host, and no more than that.
func (l *Leg) forwardTo(u sipstack.URI) string {
	user := sipconf.Undialled(sipstack.NumberOf(u))
	switch {
	case u.Scheme != "sip" && u.Scheme != "sips" && u.Scheme != "tel":
		return ""
	case !l.Endpoint().PromiscRedir || u.Scheme == "tel":
		if user == "" {
			return ""
		}
		return "Local/" + user + "@" + l.forwardContext()
	case !hostName(u.Host):
		return ""
	}
	transport, _ := u.Param("transport")
	if _, known := sipstack.ParseProto(transport); !known {
		transport = "udp"
	}
	return "SIP/" + strings.ReplaceAll(user, ":", "") + "::::" + transport + "@" + sipstack.HostPort(u.Host, u.Port)
}

// hostName says whether a text can be a name or an address, but for its zone.
func hostName(s string) bool {
	s, _, _ = strings.Cut(s, "%")
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") == ""
}

func (l *Leg) forwardContext() string {
	if l.ch != nil {
		if v := l.ch.Variable("FORWARD_CONTEXT"); v != "" {
			return v
		}
	}
	return l.Endpoint().Context
}
