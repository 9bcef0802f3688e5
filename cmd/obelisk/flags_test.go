package main

import "testing"

// The name rasterisk is that of the console, wherever the link to it lies.
func TestNameOfTheConsole(t *testing.T) {
	for name, want := range map[string]bool{"rasterisk": true, "/usr/sbin/rasterisk": true, "robelisk": true, "asterisk": false, "/opt/rasterisk/obelisk": false, "": false} {
		if console(name) != want {
			t.Errorf("%q: %v", name, !want)
		}
	}
	if o, err := parse([]string{"-x", "core show uptime"}); err != nil || !o.remote || o.execute != "core show uptime" {
		t.Errorf("%+v, %v", o, err)
	}
}
