package sipconf

import (
	"net/netip"
	"time"

	"obelisk/internal/auth"
)

// emptied are the options of which an empty value takes back what a template, or a line
// above, has set, as in chan_sip. Those that are not here keep what they had, or take the
// empty text as their value.
var emptied = map[string]func(*optionReader){
	"callgroup":         func(r *optionReader) { r.rare().Groups.Call = 0 },
	"pickupgroup":       func(r *optionReader) { r.rare().Groups.Pickup = 0 },
	"namedcallgroup":    func(r *optionReader) { r.rare().Groups.NamedCall = nil },
	"namedpickupgroup":  func(r *optionReader) { r.rare().Groups.NamedPickup = nil },
	"md5secret":         func(r *optionReader) { r.rare().HA1[auth.MD5] = "" },
	"amaflags":          func(r *optionReader) { r.rare().AMAFlags = "" },
	"callingpres":       func(r *optionReader) { r.rare().Presentation = "" },
	"busylevel":         func(r *optionReader) { r.rare().BusyLevel = 0 },
	"call-limit":        func(r *optionReader) { r.p.CallLimit = 0 },
	"defaultip":         func(r *optionReader) { r.p.DefaultAddr = netip.AddrPort{} },
	"host":              noHost,
	"videosupport":      func(r *optionReader) { r.e.Video = VideoNo },
	"maxcallbitrate":    func(r *optionReader) { r.e.MaxCallBitrate = 0 },
	"session-timers":    func(r *optionReader) { r.e.SessionTimers = r.usual().SessionTimers },
	"session-expires":   func(r *optionReader) { r.e.SessionExpires = r.usual().SessionExpires },
	"session-minse":     func(r *optionReader) { r.e.MinSE = r.usual().MinSE },
	"session-refresher": func(r *optionReader) { r.e.Refresher = r.usual().Refresher },
	"qualifyfreq":       func(r *optionReader) { r.e.QualifyFreq = r.usual().QualifyFreq },
	"maxforwards":       func(r *optionReader) { r.e.MaxForwards = r.usual().MaxForwards },
	"trust_id_outbound": func(r *optionReader) { r.e.TrustOut = "legacy" },
	"keepalive":         func(r *optionReader) { r.e.KeepAlive = 0 },
	"timert1":           func(r *optionReader) { r.e.T1 = 100 * time.Millisecond },
	"nat":               keeps,
	"outboundproxy":     keeps,
	"sendrpid":          keeps,
	"permit":            keeps,
	"deny":              keeps,
	"contactpermit":     keeps,
	"contactdeny":       keeps,
	"directmediapermit": keeps,
	"directmediadeny":   keeps,
	"mailbox":           keeps,
}

// noHost leaves the peer out: an empty host is neither an address nor dynamic.
func noHost(r *optionReader) {
	r.warn("host has no value; peer '%s' is left out", r.p.Name)
	r.drop = true
}

// keeps is an empty value that changes nothing, and is no mistake either.
func keeps(*optionReader) {}

// usual are the values without the option: those of [general], or those built in.
func (r *optionReader) usual() *Endpoint {
	if r.p != nil {
		return &r.g.Endpoint
	}
	g := defaultGeneral()
	return &g.Endpoint
}
