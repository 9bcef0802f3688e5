package boot

import (
	"testing"
	"testing/synctest"

	"obelisk/internal/rawnet"
)

// With nothing left but the reserve the health page says that no calls are taken.
func TestReadinessWithoutDescriptors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t, nil)
		h.start(false)
		if why := h.ready(); why != "" {
			t.Errorf("at first: %s", why)
		}
		if h.descriptors >= descriptorLimit() || h.descriptors < descriptorLimit()*3/4 {
			t.Errorf("%d of %d descriptors are for all", h.descriptors, descriptorLimit())
		}
		if !rawnet.Spare(h.descriptors-1) || rawnet.Spare(h.descriptors) {
			t.Error("the reserve does not begin where it should")
		}
		if why := h.ready(); why != "no file descriptor is left for calls" {
			t.Errorf("short: %q", why)
		}
		h.stop()
	})
}
