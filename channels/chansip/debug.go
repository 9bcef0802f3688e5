package chansip

import (
	"net/netip"

	"obelisk/internal/rawnet"
	"obelisk/internal/trace"
)

// SetCapture copies all messages to a capture server; nil ends that. It returns the one
// before, nil for none.
func (d *Driver) SetCapture(h *trace.HEP) (before *trace.HEP) { return d.capture.Swap(h) }

// debugOnly is whose messages are dumped: those with one address, or of one dialog.
type debugOnly struct {
	addr   netip.AddrPort // port 0: any
	callID string
}

func (o *debugOnly) fits(remote netip.AddrPort, callID string) bool {
	switch {
	case o == nil:
		return false
	case o.callID != "":
		return o.callID == callID
	}
	return o.addr.Addr() == remote.Addr().Unmap() && (o.addr.Port() == 0 || o.addr.Port() == remote.Port())
}

// SetDebug switches the dump of all messages and says whether it was on.
func (d *Driver) SetDebug(on bool) (was bool) {
	some := d.only.Swap(nil) != nil
	return d.debug.Swap(on) || some
}

// DebugAddress dumps the messages with one address only, its port 0 for any.
func (d *Driver) DebugAddress(a netip.AddrPort) {
	d.only.Store(&debugOnly{addr: rawnet.Unmapped(a)})
	d.debug.Store(false)
}

// DebugCall dumps the messages of one dialog only.
func (d *Driver) DebugCall(callID string) {
	d.only.Store(&debugOnly{callID: callID})
	d.debug.Store(false)
}
