package sipconf

import "obelisk/internal/sipstack"

// Supported names those that an endpoint may use (Supported).
func (e *Endpoint) Supported() string {
	names := "replaces, timer"
	if e.SessionTimers == SessionTimersRefuse {
		names = "replaces"
	}
	if e.SupportPath {
		names += ", path"
	}
	if e.Rel == Rel100Yes {
		names += ", 100rel"
	}
	return names
}

// Allow lists the methods that are served.
const Allow = "INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, MESSAGE, UPDATE, PRACK"

// ResponseHeaders are the headers of every answer outside dialogs: Server, Allow and Supported.
func (g *General) ResponseHeaders() []sipstack.Header { return g.ResponseHeadersFor(&g.Endpoint) }

// ResponseHeadersFor are those for an endpoint.
func (g *General) ResponseHeadersFor(e *Endpoint) []sipstack.Header {
	h := make([]sipstack.Header, 0, 6)
	if g.UserAgent != "" {
		h = append(h, sipstack.Header{Name: "Server", Value: g.UserAgent})
	}
	return append(h, sipstack.Header{Name: "Allow", Value: Allow}, sipstack.Header{Name: "Supported", Value: e.Supported()})
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
	tx.Respond(sipstack.Answer{Status: status, Reason: reason, Headers: append(g.ResponseHeaders(), extra...)})
}
