package chansip

import (
	"strings"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/sipstack"
	"obelisk/pbx"
)

// Names of chan_pjsip, for dialplans that were written for both drivers: with pjsipnames=yes
// PJSIP/name is an endpoint of sip.conf.

// pjsipAlias has PJSIP/ be understood; driver is asked when a name is met.
func pjsipAlias(driver func() *Driver) pbx.Alias {
	return pbx.Alias{Name: "PJSIP", Tech: "SIP", Resource: func(resource string) string { return pjsipResource(driver(), resource) }}
}

// pjsipResource is what stands behind PJSIP/, as it stands behind SIP/: "name" and
// "number@name" are the same in both; "name/sip:number@host" is "name/number" where the host is
// that of the endpoint or of one of its phones, and "number@host" elsewhere.
func pjsipResource(d *Driver, resource string) string {
	name, text, ok := strings.Cut(resource, "/")
	if !ok || !strings.HasPrefix(strings.ToLower(text), "sip:") && !strings.HasPrefix(strings.ToLower(text), "sips:") {
		return resource
	}
	u, ok := sipstack.ParseURI(text)
	if !ok {
		return resource
	}
	if d != nil {
		if p := d.Directory().Lookup(name); p != nil && d.isAt(p, u) {
			if u.User == "" {
				return name
			}
			return name + "/" + u.User
		}
	}
	host := sipstack.HostPort(u.Host, u.Port)
	if u.User == "" {
		return host
	}
	return u.User + "@" + host
}

// isAt says whether a URI is where an endpoint is: its host, or what one of its phones registered.
func (d *Driver) isAt(p *sipconf.Peer, u sipstack.URI) bool {
	if !p.Dynamic {
		return strings.EqualFold(p.Host, u.Host)
	}
	for _, b := range d.bindings.All(p.Name) {
		c, _ := sipstack.ParseURI(b.Contact)
		if strings.EqualFold(c.Host, u.Host) && c.Port == u.Port || b.Addr.Addr().String() == u.Host && (u.Port == 0 ||
			int(b.Addr.Port()) == u.Port) {
			return true
		}
	}
	return false
}
