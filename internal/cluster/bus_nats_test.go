//go:build nats

package cluster

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"obelisk/internal/store"
)

// TestNATS: two nodes with certificates of one authority hear each other over real sockets; one
// with a certificate of another is not let in, nor one without.
func TestNATS(t *testing.T) {
	ours, theirs := t.TempDir(), t.TempDir()
	for _, dir := range []string{ours, theirs} {
		if _, err := InitAuthority(dir, []string{"a", "b"}); err != nil {
			t.Fatal(err)
		}
	}
	at := func(node, address, peer, dir string) *Config {
		c := &Config{Node: node, Bus: "embedded", Listen: netip.MustParseAddrPort(address), Peers: []string{peer}}
		if dir != "" {
			c.CA, c.Cert, c.Key = filepath.Join(dir, "ca.crt"), filepath.Join(dir, node+".crt"), filepath.Join(dir, node+".key")
		}
		return c
	}
	open := func(c *Config) store.Bus {
		b, err := OpenBus(c, func(string) {})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Close)
		return b
	}
	a := open(at("a", "127.0.23.41:6222", "127.0.23.42:6222", ours))
	b := open(at("b", "127.0.23.42:6222", "127.0.23.41:6222", ours))
	heard := make(chan string, 1000)
	a.Subscribe("x", func(data []byte) { heard <- string(data) })
	strangers := []store.Bus{open(at("c", "127.0.23.43:6222", "127.0.23.41:6222", "")),
		open(at("b", "127.0.23.44:6222", "127.0.23.41:6222", theirs))}
	known := time.Time{} // when b was heard: strangers have time until a little later
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		for _, s := range strangers {
			s.Publish("x", []byte("stranger"))
		}
		b.Publish("x", []byte("b"))
		select {
		case who := <-heard:
			if known.IsZero() {
				known = time.Now()
			}
			if strings.Contains(who, "stranger") {
				t.Fatal("a stranger is heard")
			}
		default:
		}
		switch {
		case !known.IsZero() && time.Since(known) > 3*time.Second:
			return
		case time.Now().After(end):
			t.Fatal("b is not heard")
		}
	}
}
