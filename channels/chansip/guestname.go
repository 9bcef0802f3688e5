package chansip

import (
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
)

// guestName is what the channel of a guest is named after, SIP/NAME-00000000: the host of
// From as in chan_sip. A guest may write anything there.
// Differs: where that is no host name, or what programs take for the channel of an
// endpoint, it is the source address.
func guestName(dir *sipconf.Directory, m *sipstack.Message) string {
	host := m.From.ParsedURI().Host
	if host == "" || strings.Trim(strings.ToLower(host), "0123456789abcdefghijklmnopqrstuvwxyz.:_-") != "" || dir.LooksLikePeer(host) {
		return m.Flow.Remote.Addr().WithZone("").String()
	}
	return host
}
