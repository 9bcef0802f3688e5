package chansip

import (
	"slices"
	"strconv"
	"strings"

	"obelisk/media"
)

// h264Parameters of a=fmtp (RFC 6184 section 8.1), in Asterisk's order.
var h264Parameters = []string{"max-mbps", "max-fs", "max-cpb", "max-dpb", "max-br", "max-smbps", "max-fps", "sprop-interleaving-depth",
	"sprop-deint-buf-req", "deint-buf-cap", "sprop-init-buf-time", "sprop-max-don-diff", "max-rcmd-nalu-size", "redundant-pic-cap",
	"parameter-add", "packetization-mode", "level-asymmetry-allowed", "profile-level-id", "sprop-parameter-sets"}

// attributesOf writes the parameters that a far side gave for a codec as Asterisk passes them
// on: those of H.264 in an order of its own, the profile in capitals; of any other as they
// came.
// Differs: Asterisk leaves out what it does not know, and parameter sets that are not two.
func attributesOf(c media.Codec, fmtp string) string {
	if c != media.H264 || fmtp == "" {
		return fmtp
	}
	var list []string
	for _, p := range strings.Split(fmtp, ";") {
		p = strings.TrimSpace(p)
		name, value, _ := strings.Cut(p, "=")
		switch n, err := strconv.ParseUint(value, 16, 24); {
		case p == "":
			continue
		case strings.EqualFold(name, "profile-level-id") && err == nil && n > 0 && len(value) == 6:
			p = "profile-level-id=" + strings.ToUpper(value)
		}
		list = append(list, p)
	}
	rank := func(p string) int {
		name, _, _ := strings.Cut(p, "=")
		if i := slices.Index(h264Parameters, strings.ToLower(name)); i >= 0 {
			return i
		}
		return len(h264Parameters)
	}
	slices.SortStableFunc(list, func(a, b string) int { return rank(a) - rank(b) })
	return strings.Join(list, ";")
}
