// Package sipconftest compiles a sip.conf for the tests of the rooms that go by one.
package sipconftest

import (
	"net/netip"
	"testing"
	"testing/fstest"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
)

// Compile reads the text of a sip.conf. No host name in it has an address.
func Compile(t testing.TB, text string) (*sipconf.Directory, []config.Diagnostic) {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"sip.conf": {Data: []byte(text)}}}, "sip.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return sipconf.Compile(f, sipconf.Surroundings{Names: dnsmgr.New(dnsmgr.Resolver{Addr: netip.ParseAddr})})
}
