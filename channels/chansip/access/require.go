package access

import (
	"slices"
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/internal/trace"
)

// RefusesRequired answers 420 where a request requires what we do not have, or what an
// endpoint is not to have (RFC 3261 section 8.2.2.3). e may be nil.
func (ac *Control) RefusesRequired(tx *sipstack.ServerTx, m *sipstack.Message, e *sipconf.Endpoint) bool {
	list := ac.Unsupported(m)
	if list == "" && e != nil && e.Rel == sipconf.Rel100No && slices.Contains(m.Options("Require"), "100rel") {
		list = "100rel"
	}
	if list != "" {
		ac.respond(tx, 420, "Bad extension (unsupported)", sipstack.Header{Name: "Unsupported", Value: list})
	}
	return list != ""
}

// Unsupported lists the option tags that a request requires and we do not have.
func (ac *Control) Unsupported(m *sipstack.Message) string {
	return strings.Join(slices.DeleteFunc(m.Options("Require"), func(o string) bool {
		return o == "timer" || o == "replaces" || o == "100rel" && (m.Method == "INVITE" || m.Method == "PRACK") ||
			o == "sec-agree" && ac.SecAgree(m) == sipconf.SecAgreeIgnore || o == "outbound" && m.Method == "REGISTER"
	}), ", ")
}

// SecAgree is what becomes of a request because of sec-agree: secAgreeIgnore where it
// does not ask for any.
func (ac *Control) SecAgree(m *sipstack.Message) sipconf.SecAgree {
	if !slices.Contains(m.Options("Require"), "sec-agree") {
		return sipconf.SecAgreeIgnore
	}
	dir, who := ac.cfg.Directory(), m.From
	if m.Method == "REGISTER" {
		who = m.To
	}
	u := who.ParsedURI()
	name := sipstack.Unescape(u.User)
	p := dir.Of(name, u.Host)
	if p == nil && dir.AlwaysAuthReject {
		p = ac.StandIn(dir, name)
	}
	if p != nil {
		return p.Reg.SecAgree
	}
	return dir.Reg.SecAgree
}

// RequestURI reads the Request-URI: 416 for schemes we do not serve, 400 for
// what is no URI.
func RequestURI(m *sipstack.Message) (sipstack.URI, *trace.Refusal) {
	u, ok := sipstack.ParseURI(m.RequestURI)
	switch {
	case strings.Trim(u.Scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "":
	case u.Scheme != "sip" && u.Scheme != "sips" && u.Scheme != "tel":
		return u, unsupportedScheme("the scheme '" + u.Scheme + "' is not sip, sips or tel")
	case ok:
		return u, nil
	}
	return u, &trace.Refusal{Status: 400, Reason: "Bad Request", Cause: 127, Rule: "the Request-URI '" + m.RequestURI + "' cannot be read"}
}

// FromURI refuses a caller whose From is of a scheme that nobody can be called by, as chan_sip
// does.
func FromURI(m *sipstack.Message) *trace.Refusal {
	switch scheme, _, ok := strings.Cut(m.From.URI, ":"); {
	case !ok:
		return unsupportedScheme("the From '" + m.From.URI + "' has no scheme")
	case strings.EqualFold(scheme, "sip"), strings.EqualFold(scheme, "sips"), strings.EqualFold(scheme, "tel"):
		return nil
	default:
		return unsupportedScheme("the scheme '" + scheme + "' of the From is not sip, sips or tel")
	}
}

func unsupportedScheme(rule string) *trace.Refusal {
	return &trace.Refusal{Status: 416, Reason: "Unsupported URI scheme", Cause: 127, Rule: rule}
}
