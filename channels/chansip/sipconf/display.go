package sipconf

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"obelisk/internal/sipstack"
)

// TransportList names the allowed transports, in the order that chan_sip has for them.
func (p *Peer) TransportList() string {
	var out []string
	for _, t := range slices.Sorted(slices.Values(p.Transports)) {
		out = append(out, t.String())
	}
	return strings.Join(out, ",")
}

// TimerB is how long a request waits for an answer (RFC 3261 section 17.1.1.2): timerb, else 64 times T1, and never less than
// with the usual T1.
func (e *Endpoint) TimerB() time.Duration { return cmp.Or(e.B, 64*max(e.T1, sipstack.DefaultT1)) }

// PrimaryTransport is the one that is used for requests; chan_sip has one word for WS and WSS.
func (e *Endpoint) PrimaryTransport() string {
	if e.Transports[0] == sipstack.WSS {
		return sipstack.WS.String()
	}
	return e.Transports[0].String()
}

// OwnMaxForwards is what the section says itself; 0: nothing, [general] counts.
func (p *Peer) OwnMaxForwards() int {
	if !p.Given("maxforwards") {
		return 0
	}
	return p.MaxForwards
}

// ShownProxy is outboundproxy as the console shows it: the host, and whether it is forced.
func (e *Endpoint) ShownProxy() string {
	if e.OutboundProxy == "" {
		return ""
	}
	text, more, _ := strings.Cut(e.OutboundProxy, ",")
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	host, _ := sipstack.SplitHost(strings.TrimSpace(text))
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(more)), "force") {
		return host + " (forced)"
	}
	return host + " "
}

// CodecList is the codecs as Asterisk shows them: (ulaw|alaw).
func (p *Peer) CodecList() string {
	var out []string
	for _, c := range p.Codecs {
		out = append(out, c.String())
	}
	if len(out) == 0 {
		return "(nothing)"
	}
	return "(" + strings.Join(out, "|") + ")"
}

// DTMFName is the dtmfmode in words.
func (p *Peer) DTMFName() string {
	return [...]string{"rfc2833", "info", "shortinfo", "inband", "auto"}[p.DTMF]
}
