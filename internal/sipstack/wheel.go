package sipstack

import (
	"math/bits"
	"time"
)

// wheel holds the timers of one shard in slots of 10 ms; far ones go round
// several times. It needs no ticking: next tells when the nearest slot is due.
type wheel struct {
	slots  [slotCount]*Timer
	used   [slotCount / 64]uint64
	at     int64 // slot number that was run last
	origin time.Time
	armed  int
}

const (
	slotCount = 4096 // 41 s, so that 64*T1 fits in one round
	slotTime  = 10 * time.Millisecond
)

// Timer belongs to one shard and fires on it. The zero value is ready to use.
type Timer struct {
	fire       func()
	slot       int64
	prev, next *Timer
	armed      bool
}

func newWheel(now time.Time) *wheel { return &wheel{origin: now} }

func (w *wheel) arm(t *Timer, now time.Time, d time.Duration, fire func()) {
	w.disarm(t)
	t.slot = max(int64((now.Add(d).Sub(w.origin)+slotTime-1)/slotTime), w.at+1)
	t.fire, t.armed = fire, true
	i := t.slot % slotCount
	t.prev, t.next = nil, w.slots[i]
	if t.next != nil {
		t.next.prev = t
	}
	w.slots[i] = t
	w.used[i/64] |= 1 << (i % 64)
	w.armed++
}

func (w *wheel) disarm(t *Timer) {
	if !t.armed {
		return
	}
	i := t.slot % slotCount
	if t.prev != nil {
		t.prev.next = t.next
	} else if w.slots[i] = t.next; t.next == nil {
		w.used[i/64] &^= 1 << (i % 64)
	}
	if t.next != nil {
		t.next.prev = t.prev
	}
	t.armed, t.fire, t.prev, t.next = false, nil, nil, nil
	w.armed--
}

// run fires everything due.
func (w *wheel) run(now time.Time) {
	due := int64(now.Sub(w.origin) / slotTime)
	for w.armed > 0 && w.at < due {
		slot := w.nextSlot()
		if slot > due {
			break
		}
		w.at = slot
		for t := w.slots[slot%slotCount]; t != nil; {
			next := t.next
			if t.slot <= slot {
				fire := t.fire
				w.disarm(t)
				fire()
				next = w.slots[slot%slotCount] // the list may have changed
			}
			t = next
		}
	}
	w.at = max(w.at, due)
}

// nextSlot is the nearest used slot after at, in this round or the next ones.
func (w *wheel) nextSlot() int64 {
	start := w.at + 1
	i := int(start % slotCount)
	if word := w.used[i/64] >> (i % 64); word != 0 {
		return start + int64(bits.TrailingZeros64(word))
	}
	step := int64(64 - i%64)
	for k := 1; k <= len(w.used); k++ {
		if word := w.used[(i/64+k)%len(w.used)]; word != 0 {
			return start + step + int64(bits.TrailingZeros64(word))
		}
		step += 64
	}
	return start + slotCount
}

// next returns the nearest slot in use, and false when nothing is armed.
func (w *wheel) next() (slot int64, armed bool) {
	if w.armed == 0 {
		return 0, false
	}
	return w.nextSlot(), true
}

// until is the time from now to a slot.
func (w *wheel) until(slot int64, now time.Time) time.Duration {
	return time.Duration(slot)*slotTime - now.Sub(w.origin)
}
