package chansip

import (
	"net/netip"
	"os"
	"slices"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/config"
	"obelisk/internal/sipstack"
)

// externHost is externhost, or an externaddr that is a name. What is known of it is used
// while it is looked up again.
type externHost struct {
	place   *dnsmgr.Entry
	port    uint16
	refresh time.Duration // how old what is known may become; 0: as old as it will
}

// settleExtern has externhost looked up, or the name in externaddr.
func (d *Directory) settleExtern(diags *[]config.Diagnostic) {
	option, text, refresh := "externhost", d.ExternHost, d.ExternRefresh
	if text == "" {
		option, text, refresh = "externaddr", d.externName, 0
	}
	if text == "" {
		return
	}
	host, port := sipstack.SplitHost(text)
	d.extern = &externHost{place: d.want(dnsmgr.Query{Host: host}, d.Line(option), option+" '"+text+"'"), port: uint16(port), refresh: refresh}
	if len(d.LocalNets) == 0 {
		note(diags, d.Line(option), "%s has no effect without localnet", option)
	}
}

// now is the address; the zero value when it was never found.
func (e *externHost) now() netip.AddrPort {
	if e.refresh > 0 && e.place.OlderThan(e.refresh) {
		e.place.LookUp()
	}
	return netip.AddrPortFrom(e.place.Addr().Addr(), e.port)
}

// addOwnDomains is autodomain: what we are called and where we listen.
func (g *general) addOwnDomains() {
	add := func(name string) {
		if name != "" && !slices.ContainsFunc(g.Domains, func(d domainLine) bool { return d.Name == name }) {
			g.Domains = append(g.Domains, domainLine{Name: name, Automatic: true})
		}
	}
	for _, a := range []netip.Addr{g.UDPBind.Addr(), g.TCPBind.Addr(), g.TLSBind.Addr(), g.ExternAddr.Addr()} {
		if a.IsValid() && !a.IsUnspecified() {
			add(a.String())
		}
	}
	add(g.ExternHost)
	if host, err := os.Hostname(); err == nil {
		add(host)
	}
}
