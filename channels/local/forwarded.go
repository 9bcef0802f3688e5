package local

import "obelisk/pbx"

// Forwarded implements pbx.ForwardTeller: who called the other half is told that the
// call was sent on.
func (h *half) Forwarded(r pbx.Redirecting) {
	h.p.mu.Lock()
	h.p.diverted = r
	h.p.mu.Unlock()
	if h == h.p.two {
		h.p.one.tell(pbx.Event{Kind: pbx.EventDiverted})
	}
}

// Diversion implements pbx.Diverted.
func (h *half) Diversion() pbx.Redirecting {
	h.p.mu.Lock()
	defer h.p.mu.Unlock()
	return h.p.diverted
}
