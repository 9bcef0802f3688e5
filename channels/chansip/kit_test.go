package chansip

import (
	"net/netip"
	"testing"
	"testing/fstest"

	"obelisk/channels/chansip/dnsmgr"
	"obelisk/channels/chansip/sipconf"
	"obelisk/internal/config"
)

// compileText reads a sip.conf, in which no name is looked up.
func compileText(t testing.TB, text string) (*sipconf.Directory, []config.Diagnostic) {
	t.Helper()
	f, err := config.Load(config.FS{FS: fstest.MapFS{"sip.conf": {Data: []byte(text)}}}, "sip.conf", config.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return sipconf.Compile(f, sipconf.Surroundings{Names: dnsmgr.New(dnsmgr.Resolver{Addr: netip.ParseAddr})})
}
