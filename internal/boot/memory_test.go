package boot

import "testing"

func TestCollectorTargetFollowsTheHeap(t *testing.T) {
	for live, want := range map[uint64]int{0: lazyPercent, smallHeap: lazyPercent, smallHeap + 1: eagerPercent, 1 << 33: eagerPercent} {
		if got := target(live); got != want {
			t.Errorf("%d bytes: %d, want %d", live, got, want)
		}
	}
}
