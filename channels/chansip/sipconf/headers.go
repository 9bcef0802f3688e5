package sipconf

import "obelisk/internal/sipstack"

// Supported names those that an endpoint may use (Supported).
func (e *Endpoint) Supported() string { return supported[e.supports()] }

// supports is a place in supported.
func (e *Endpoint) supports() (n int) {
	if e.SessionTimers == SessionTimersRefuse {
		n |= 1
	}
	if e.SupportPath {
		n |= 2
	}
	if e.Rel == Rel100Yes {
		n |= 4
	}
	return n
}

var supported = [8]string{"replaces, timer", "replaces", "replaces, timer, path", "replaces, path", "replaces, timer, 100rel",
	"replaces, 100rel", "replaces, timer, path, 100rel", "replaces, path, 100rel"}

// Allow lists the methods that are served.
const Allow = "INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, MESSAGE, UPDATE, PRACK"

// ResponseHeaders are the headers of every answer outside dialogs: Server, Allow and Supported. They
// are the same for all, and who appends to them gets a list of his own.
func (g *General) ResponseHeaders() []sipstack.Header { return g.ResponseHeadersFor(&g.Endpoint) }

// ResponseHeadersFor are those for an endpoint.
func (g *General) ResponseHeadersFor(e *Endpoint) []sipstack.Header {
	if g.answers != nil {
		return g.answers[e.supports()]
	}
	return g.responseHeaders(e.Supported())
}

func (g *General) responseHeaders(supported string) []sipstack.Header {
	h := []sipstack.Header{{Name: "Server", Value: g.UserAgent}, {Name: "Allow", Value: Allow}, {Name: "Supported", Value: supported}}
	if g.UserAgent == "" {
		h = h[1:]
	}
	return h
}

// settleHeaders writes once what all answers have in common.
func (g *General) settleHeaders() {
	g.answers = new([len(supported)][]sipstack.Header)
	for i := range supported {
		g.answers[i] = g.responseHeaders(supported[i])
	}
}

// RequestHeaders are the headers of every request of ours.
func (g *General) RequestHeaders() []sipstack.Header {
	if g.UserAgent == "" {
		return nil
	}
	return []sipstack.Header{{Name: "User-Agent", Value: g.UserAgent}}
}

// Respond answers a request outside a dialog, with ResponseHeaders and further ones.
func (g *General) Respond(tx *sipstack.ServerTx, status int, reason string, extra ...sipstack.Header) {
	tx.Respond(sipstack.Answer{Status: status, Reason: reason, Common: g.ResponseHeaders(), Headers: extra})
}
