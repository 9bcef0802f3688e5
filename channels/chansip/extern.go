package chansip

import (
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"obelisk/internal/config"
)

// externHost is externhost: a name that is looked up again when what is known of it
// has grown old, while what is known is used on.
type externHost struct {
	host    string
	port    uint16
	refresh time.Duration
	resolve Resolver

	mu   sync.Mutex // guards all below
	addr netip.Addr
	at   time.Time
	busy bool
}

// settleExtern looks externhost up.
func (d *Directory) settleExtern(resolve Resolver, diags *[]config.Diagnostic) {
	if d.ExternHost == "" {
		return
	}
	host, port := splitHost(d.ExternHost)
	e := &externHost{host: host, port: uint16(port), refresh: d.ExternRefresh, resolve: resolve, at: time.Now()}
	a, err := resolve.Addr(host)
	if err != nil {
		note(diags, d.Line("externhost"), "externhost '%s' cannot be resolved: %v; it is tried again", d.ExternHost, err)
	}
	e.addr = a
	d.extern = e
	if len(d.LocalNets) == 0 {
		note(diags, d.Line("externhost"), "externhost has no effect without localnet")
	}
}

// now is the address; the zero value when it was never found.
func (e *externHost) now() netip.AddrPort {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.busy && time.Since(e.at) > e.refresh {
		e.busy = true
		go e.again()
	}
	return netip.AddrPortFrom(e.addr, e.port)
}

func (e *externHost) again() {
	a, err := e.resolve.Addr(e.host)
	e.mu.Lock()
	defer e.mu.Unlock()
	e.busy, e.at = false, time.Now()
	if err == nil {
		e.addr = a
	}
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
