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

func TestBurstIsOverWhenNothingComes(t *testing.T) {
	const live, much, little = 8 << 20, 8 << 20 / worthIt, 8<<20/quiet - 1
	b := burst{}
	sum := uint64(0)
	for i, x := range []struct {
		more uint64
		over bool
	}{
		{much - 1, false}, {0, false}, // not worth it
		{much, false}, {live, false}, // it goes on
		{little, true},                                                                     // the rest
		{little, false}, {little, false}, {little, false}, {little, false}, {little, true}, // a few calls now and then
		{much, false}, {0, true}, {0, false},
	} {
		sum += x.more
		if got := b.over(sum, live); got != x.over {
			t.Errorf("look %d at %d: %v, want %v", i, sum, got, x.over)
		}
	}
}
