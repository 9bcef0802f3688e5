package dialplan

import (
	"testing"
	"time"
)

func TestZones(t *testing.T) {
	winter, summer := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC), time.Date(2026, 7, 15, 12, 0, 0, 0, time.UTC)
	for name, want := range map[string][2]int{
		"Europe/Berlin": {1, 2}, "CET-1CEST,M3.5.0,M10.5.0/3": {1, 2}, "XYZ5": {-5, -5}, "<+03>-3": {3, 3},
		"No/Where": {0, 0}, " UTC": {0, 0},
	} {
		for i, at := range []time.Time{winter, summer} {
			if _, offset := at.In(Zone(name)).Zone(); offset != want[i]*3600 {
				t.Errorf("%q at %v: %d s, want %d h", name, at, offset, want[i])
			}
		}
	}
	if Zone("") != time.Local {
		t.Error("no name is not the zone of the machine")
	}
}
