package boot

import "testing"

func TestCollectorTargetFollowsTheHeap(t *testing.T) {
	for live, want := range map[uint64]int{0: mostPercent, garbage / 4: mostPercent, garbage: 100, largeHeap + 1: leastPercent,
		1 << 33: leastPercent} {
		if got := target(live); got != want {
			t.Errorf("%d bytes: %d, want %d", live, got, want)
		}
	}
}
