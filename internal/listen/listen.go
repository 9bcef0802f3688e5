// Package listen opens the stream sockets of the switchboard, all of them in one way: an
// IPv4 address takes IPv4 alone, and of IPv6 only the wildcard takes IPv4 too.
package listen

import (
	"errors"
	"net"
	"net/netip"
	"sync"

	"obelisk/internal/rawnet"
)

// TCP listens at an address; port 0 is any that is free. Where "::" is asked for and the
// system has no IPv6, it is an error.
func TCP(a netip.AddrPort) (net.Listener, error) {
	network := "tcp" // takes IPv4 at "::" too
	if a.Addr().Unmap().Is4() {
		network, a = "tcp4", rawnet.Unmapped(a)
	}
	return net.Listen(network, a.String())
}

// Door is a listener that follows a configuration: it is opened, moved and closed, and what
// cannot be opened now may be later. The zero value is closed.
type Door struct {
	mu   sync.Mutex // guards all below
	open net.Listener
	at   netip.AddrPort // as asked for
}

// Set has the door at an address; the zero value closes it. A new listener goes to serve,
// on a goroutine; connections that were accepted are not touched. On an error the door is
// where it was before.
func (d *Door) Set(at netip.AddrPort, serve func(net.Listener)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open != nil && d.at == at {
		return nil
	}
	if !at.IsValid() {
		d.shut()
		return nil
	}
	l, err := TCP(at)
	if err != nil && d.open != nil && d.bound().Port() == at.Port() { // perhaps we are in our own way
		asked, before := d.at, d.bound()
		d.shut()
		if l, err = TCP(at); err != nil {
			again, lost := TCP(before)
			if lost != nil {
				return errors.Join(err, lost)
			}
			d.open, d.at = again, asked
			go serve(again)
			return err
		}
	}
	if err != nil {
		return err
	}
	d.shut()
	d.open, d.at = l, at
	go serve(l)
	return nil
}

// shut closes the listener; mu is held.
func (d *Door) shut() {
	if d.open != nil {
		d.open.Close()
		d.open = nil
	}
}

// Close closes the door.
func (d *Door) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shut()
}

// Addr is where the door is open, the port filled in; the zero value when it is closed.
func (d *Door) Addr() netip.AddrPort {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open == nil {
		return netip.AddrPort{}
	}
	return d.bound()
}

// bound is the address of the listener; mu is held.
func (d *Door) bound() netip.AddrPort {
	return rawnet.Unmapped(d.open.Addr().(*net.TCPAddr).AddrPort())
}
