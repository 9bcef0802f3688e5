package check

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
)

const (
	lookupTime  = 5 * time.Second
	lookupWidth = 8 // at a time
)

// unresolved looks up the names of hosts and tells of those that have no address from here.
func unresolved(ctx context.Context, d *sipconf.Directory) (out []config.Diagnostic) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	gate := make(chan struct{}, lookupWidth)
	for name, pos := range hostsOf(d) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			gate <- struct{}{}
			defer func() { <-gate }()
			in, cancel := context.WithTimeout(ctx, lookupTime)
			defer cancel()
			if _, _, err := net.DefaultResolver.LookupSRV(in, "sip", "udp", name); err == nil {
				return
			}
			if _, err := net.DefaultResolver.LookupHost(in, name); err != nil {
				mu.Lock()
				defer mu.Unlock()
				out = append(out, config.Diagnostic{Pos: pos, Code: "sip-host-unresolved",
					Text: fmt.Sprintf("the name '%s' has no address from here (%v): Asterisk removes a peer whose host it cannot look up", name, err)})
			}
		}()
	}
	wait.Wait()
	return out
}

// hostsOf are the names that are looked up, with where they stand.
func hostsOf(d *sipconf.Directory) map[string]config.Pos {
	out := map[string]config.Pos{}
	add := func(name string, pos config.Pos) {
		if _, err := netip.ParseAddr(name); err != nil && name != "" {
			out[name] = pos
		}
	}
	for _, p := range d.Peers {
		if !p.Dynamic {
			add(p.Host, p.Line("host"))
		}
	}
	for _, r := range d.Registers {
		add(r.Host, r.Pos)
	}
	add(d.ExternHost, d.Line("externhost"))
	return out
}
