package sip

import "testing"

// A mask is ones followed by zeros, in four numbers.
func TestWholeMask(t *testing.T) {
	for mask, want := range map[string]bool{"255.255.255.0": true, "0.0.0.0": true, "255.255.255.255": true, "255.255.240.0": true,
		"225.255.255.0": false, "255.0.255.0": false, "255.255.255": false, "24": false, "0.0.0.255": false, "": false} {
		if got := wholeMask(mask); got != want {
			t.Errorf("%q: %v", mask, got)
		}
	}
}
