package rawnet

import (
	"net"
	"strconv"
	"sync"
	"time"
)

// zones are the interfaces that link-local addresses belong to (RFC 4007): the system
// numbers them, netip names them.
var zones zoneTable

type zoneTable struct {
	mu    sync.Mutex // guards all below
	names map[uint32]string
	read  time.Time
}

const (
	zonesGood  = time.Minute
	zonesAgain = time.Second // before an unknown one is looked for anew
)

// name of an interface, its number where it has none.
func (z *zoneTable) name(index uint32) string {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.refresh(z.names[index] != "")
	if n := z.names[index]; n != "" {
		return n
	}
	return strconv.FormatUint(uint64(index), 10)
}

// index of an interface, 0 for one that is not there.
func (z *zoneTable) index(name string) uint32 {
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return uint32(n)
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	for range 2 {
		for i, n := range z.names {
			if n == name && time.Since(z.read) < zonesGood {
				return i
			}
		}
		z.refresh(false)
	}
	return 0
}

// refresh lists the interfaces, where the list is old; mu is held.
func (z *zoneTable) refresh(known bool) {
	age := time.Since(z.read)
	if known && age < zonesGood || age < zonesAgain {
		return
	}
	z.read, z.names = time.Now(), map[uint32]string{}
	found, _ := net.Interfaces()
	for _, i := range found {
		z.names[uint32(i.Index)] = i.Name
	}
}
