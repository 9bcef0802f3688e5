package chansip

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/dialplan"
	"obelisk/internal/sipstack"
	"obelisk/media"
	"obelisk/pbx"
)

// What the dialplan changes of one call: channel variables for its INVITE and its answer,
// "!to!from" behind a dial string, and SIPDtmfMode().

// dialOverrides are the To and From that a dial string gives behind its destination.
type dialOverrides struct {
	toUser, toHost, fromUser, fromHost string
}

// parseOverrides reads "toUser[@toDomain][!fromUser[@fromDomain]]".
func parseOverrides(text string) (s dialOverrides) {
	to, from, _ := strings.Cut(text, "!")
	s.toUser, s.toHost, _ = strings.Cut(to, "@")
	s.fromUser, s.fromHost, _ = strings.Cut(from, "@")
	return s
}

// variable is a channel variable that the dialplan has handed on to this leg ("_" or
// "__" before its name where it was set); "" without one.
func (l *Leg) variable(name string) string {
	if l.ch == nil {
		return ""
	}
	v, _ := l.ch.Var(name)
	return v
}

// invited is the target of our INVITE, with the parameters that the dialplan adds.
func (l *Leg) invited() string {
	if v := l.variable("SIP_URI_OPTIONS"); v != "" {
		return l.Target + ";" + strings.TrimPrefix(v, ";")
	}
	return l.Target
}

// applyVariables changes our INVITE by channel variables (VXML_URL, SIP_MAX_FORWARDS).
func (l *Leg) applyVariables(o *sipstack.Outgoing) {
	if v := l.variable("VXML_URL"); v != "" {
		o.To += ";" + v
	}
	// Differs: chan_sip writes maxforwards, whatever came. A call that goes round over
	// several switches would have no end (RFC 7332).
	if n := l.call.MaxForwards; n != 0 && n < o.MaxForwards {
		o.MaxForwards = n
	}
	if v := l.variable("SIP_MAX_FORWARDS"); v != "" {
		if n, err := strconv.Atoi(v); err == nil && n > 0 && n < 256 {
			o.MaxForwards = n
		}
	}
}

// applyOverrides puts what the dial string says into To and, where the peer has no
// fromuser or fromdomain of its own, From.
func (l *Leg) applyOverrides(user string) (fromUser, fromHost string) {
	s := l.overrides
	fromHost = l.fromHost()
	if s != nil {
		if s.toUser != "" {
			n, _ := sipstack.ParseNameAddr(l.To)
			u := n.ParsedURI()
			l.To = sipstack.FormatNameAddr("", sipstack.FormatURI(s.toUser, cmp.Or(s.toHost, sipstack.HostPort(u.Host, u.Port))))
		}
		if s.fromUser != "" && (l.Peer == nil || l.Peer.FromUser == "") {
			user = s.fromUser
		}
		if s.fromHost != "" && l.Endpoint().FromDomain == "" {
			fromHost = s.fromHost
		}
	}
	if v := l.variable("SIPFROMDOMAIN"); v != "" {
		fromHost = v
	}
	return user, fromHost
}

// suggested restricts formats to the codecs that a variable names, in its order, where
// any of them is among them. Telephone events stay.
func (l *Leg) suggested(formats []media.Format, variables ...string) []media.Format {
	text := ""
	for _, name := range variables {
		text = cmp.Or(text, l.variable(name))
	}
	var out []media.Format
	for _, c := range media.CodecsNamed(text) {
		if i := slices.IndexFunc(formats, func(f media.Format) bool { return f.Codec == c }); i >= 0 {
			out = append(out, formats[i])
		}
	}
	if len(out) == 0 {
		return formats
	}
	for _, f := range formats {
		if f.Codec == media.TelephoneEvent {
			out = append(out, f)
		}
	}
	l.trace.Note("the dialplan wants the codec %s for %s", text, l.resource)
	return out
}

// dtmf is the endpoint's dtmfmode, or the one that SIPDtmfMode has set.
func (l *Leg) dtmf() sipconf.DTMFMode {
	if l.keys != nil {
		return *l.keys
	}
	return l.Endpoint().DTMF
}

// setDTMF is SIPDtmfMode() for the rest of the call.
func (l *Leg) setDTMF(m sipconf.DTMFMode) {
	l.do(func() {
		if l.state == legEnded {
			return
		}
		l.keys = &m
		if audio := l.farAudio(); audio != nil && l.exchange.agreed() {
			l.take(audio, l.formats)
		}
	})
}

func sipDTMFMode(c *pbx.Channel, args string) dialplan.Result {
	l, err := sipLeg(c)
	mode, ok := sipconf.DTMFModes[strings.ToLower(strings.TrimSpace(args))]
	switch {
	case err != nil:
		c.Warn("SIPDtmfMode: " + err.Error())
	case !ok:
		c.Warn("SIPDtmfMode: I don't know about this dtmf mode: " + args)
	default:
		l.setDTMF(mode)
	}
	return dialplan.Continue
}
