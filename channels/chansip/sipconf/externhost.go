package sipconf

import (
	"net/netip"
	"os"
	"slices"
	"time"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/internal/config"
	"obelisk/internal/sipstack"
)

// externHost is externhost, or an externaddr that is a name. The last answer is used while it
// is looked up again.
type externHost struct {
	entry   *dnsmgr.Entry
	port    uint16
	refresh time.Duration // externrefresh: an older answer is looked up again; 0: never
}

// settleExtern adds the host name of externhost, or of externaddr.
func (d *Directory) settleExtern(diags *[]config.Diagnostic) {
	option, text, refresh := "externhost", d.ExternHost, d.ExternRefresh
	if text == "" {
		option, text, refresh = "externaddr", d.externName, 0
	}
	if text == "" {
		return
	}
	host, port := sipstack.SplitHost(text)
	d.extern = &externHost{entry: d.addHost(dnsmgr.Query{Host: host}, d.Line(option), option+" '"+text+"'"), port: uint16(port),
		refresh: refresh}
	if len(d.LocalNets) == 0 {
		note(diags, d.Line(option), "%s has no effect without localnet", option)
	}
}

// now is the address; the zero value: no answer yet.
func (e *externHost) now() netip.AddrPort {
	if e.refresh > 0 && e.entry.OlderThan(e.refresh) {
		e.entry.LookUp()
	}
	return netip.AddrPortFrom(e.entry.Addr().Addr(), e.port)
}

// addOwnDomains adds our host name and the addresses we listen at (autodomain).
func (g *General) addOwnDomains() {
	add := func(name string) {
		if name != "" && !slices.ContainsFunc(g.Domains, func(d DomainLine) bool { return d.Name == name }) {
			g.Domains = append(g.Domains, DomainLine{Name: name, Automatic: true})
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

// Outside is externaddr or externhost, as it is now.
func (d *Directory) Outside() netip.AddrPort {
	if d.extern != nil {
		return d.extern.now()
	}
	return d.ExternAddr
}
