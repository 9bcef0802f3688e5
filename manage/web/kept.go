package web

import (
	"net"
	"sync"

	"obelisk/internal/rawnet"
)

// kept are the connections that have a file descriptor of the reserve, with a request at work or
// without.
type kept struct {
	mu  sync.Mutex // guards all below
	all map[net.Conn]bool
}

// add lets a connection in, unless all that is for HTTP is taken.
func (k *kept) add(c net.Conn) bool {
	if !rawnet.Reserved(c) {
		return true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.all) >= 2*rawnet.Share() {
		return false
	}
	if k.all == nil {
		k.all = map[net.Conn]bool{}
	}
	k.all[c] = true
	return true
}

// remove takes one out that is closed, or that HTTP has nothing to do with any more.
func (k *kept) remove(c net.Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.all, c)
}
