package chansip

import (
	"strings"

	"obelisk/internal/sipstack"
)

// guestName is what the channel of a guest is named after, SIP/NAME-00000000: the host of
// From as in chan_sip, which a guest writes as he likes.
// Differs: where that is no host name, or what programs take for the channel of an
// endpoint, it is the address that he sends from.
func guestName(dir *Directory, m *sipstack.Message) string {
	host := m.From.ParsedURI().Host
	if host == "" || strings.Trim(strings.ToLower(host), "0123456789abcdefghijklmnopqrstuvwxyz.:_-") != "" || dir.looksLikePeer(host) {
		return m.Flow.Remote.Addr().WithZone("").String()
	}
	return host
}

// looksLikePeer says whether a name, or what precedes a dash in it, is an endpoint's.
func (d *Directory) looksLikePeer(name string) bool {
	for i := range len(name) + 1 {
		if i < len(name) && name[i] != '-' {
			continue
		}
		for _, n := range [...]string{name[:i], strings.ToLower(name[:i]), strings.ToUpper(name[:i])} {
			if d.Lookup(n) != nil {
				return true
			}
		}
	}
	return false
}
