package boot

import (
	"strings"

	"obelisk/internal/config"
)

// What rtp.conf may say that has no effect here, and why.
const (
	whyExtern = "the one candidate that is offered has the address that descriptions have, which externaddr, externhost and " +
		"media_address of sip.conf set"
	whyNoTURN = "no relay is asked; the far side reaches this machine itself, or by the address that externaddr of sip.conf says"
	whyNoSTUN = "no STUN server is asked; externaddr or externhost of sip.conf says which address this machine has outside"
)

// unusedRTP are options of rtp.conf without effect, with the reason.
var unusedRTP = map[string]string{
	"turnaddr": whyNoTURN, "turnport": whyNoTURN, "turnusername": whyNoTURN, "turnpassword": whyNoTURN,
	"stunaddr": whyNoSTUN, "stun_blacklist": whyNoSTUN, "stun_acl": whyNoSTUN, "stun_deny": whyNoSTUN, "stun_permit": whyNoSTUN,
	"stunaddr_reresolve_ttl_0": whyNoSTUN, "stun_software_attribute": "answers to STUN do not name the software",
	"ice_blacklist": whyExtern, "ice_acl": whyExtern, "ice_deny": whyExtern, "ice_permit": whyExtern, "ice_host_candidates": whyExtern,
}

// harmlessRTP are options that ask for what is so anyhow, by the values that ask for something else.
var harmlessRTP = map[string]struct {
	otherwise func(value string) bool
	why       string
}{
	"srtpreplayprotection": {isNo, "a packet that came already is never played again"},
	"rtpchecksums":         {nil, ""}, // the system writes those of all datagrams, and nobody misses their lack
	"icesupport":           {nil, ""}, // that of sip.conf decides, which is no unless it is written
	"dtls_mtu":             {nil, ""}, "dtmftimeout": {nil, ""},
}

func isNo(value string) bool { b, ok := config.Bool(value); return ok && !b }

// noteUnused tells of an option without effect, with what is in its place.
func noteUnused(v config.Var, note func(v config.Var, format string, args ...any)) {
	name := strings.ToLower(v.Name)
	if h, ok := harmlessRTP[name]; ok {
		if h.otherwise != nil && h.otherwise(v.Value) {
			note(v, "option '%s' is not supported and has no effect: %s", v.Name, h.why)
		}
		return
	}
	if why := unusedRTP[name]; why != "" {
		note(v, "option '%s' is not supported and has no effect: %s", v.Name, why)
		return
	}
	note(v, "option '%s' is not supported and has no effect", v.Name)
}
