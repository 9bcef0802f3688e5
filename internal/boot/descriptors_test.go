package boot

import (
	"testing"
	"testing/synctest"

	"obelisk/internal/rawnet"
	"obelisk/internal/testkit"
)

// With nothing left but the reserve the health page says that no calls are taken.
func TestReadinessWithoutDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, baseSIP, baseExtensions, testkit.Faults{})
		if why := w.sys.ready(); why != "" {
			t.Errorf("at first: %s", why)
		}
		if w.sys.descriptors >= descriptorLimit() || w.sys.descriptors < descriptorLimit()*3/4 {
			t.Errorf("%d of %d descriptors are for all", w.sys.descriptors, descriptorLimit())
		}
		if !rawnet.Spare(w.sys.descriptors-1) || rawnet.Spare(w.sys.descriptors) {
			t.Error("the reserve does not begin where it should")
		}
		if why := w.sys.ready(); why != "no file descriptor is left for calls" {
			t.Errorf("short: %q", why)
		}
		w.stop()
	})
}
