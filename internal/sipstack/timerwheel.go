package sipstack

import (
	"math/bits"
	"time"
)

// wheel holds the timers of one shard: near ones in slots of 10 ms, far ones in
// slots of ten seconds, from which they are moved when their time comes near. It
// needs no ticking: next tells when there is something to do.
type wheel struct {
	lists  [slotCount + farCount]*Timer
	used   [(slotCount + farCount) / 64]uint64 // lists that hold a timer
	at     int64                               // slot that was run last
	origin time.Time
	armed  int
	close  int // of those armed, how many are in near slots
}

const (
	slotCount = 4096 // 41 s, so that 64*T1 fits in one round
	slotTime  = 10 * time.Millisecond
	farSlots  = 1024 // near slots in a far one
	farCount  = 1024 // 2.9 hours; later ones go round
)

// Timer belongs to one shard and fires on it. The zero value is ready to use.
type Timer struct {
	fire       alarm
	slot       int64
	prev, next *Timer
	list       int32
	armed      bool
}

// alarm is what is done when a timer's time has come. To make one of a pointer allocates nothing,
// where a method's value would.
type alarm interface{ ring() }

// alarmFunc is any function.
type alarmFunc func()

func (f alarmFunc) ring() { f() }

func newWheel(now time.Time) *wheel { return &wheel{origin: now} }

func (w *wheel) arm(t *Timer, now time.Time, d time.Duration, fire alarm) {
	w.disarm(t)
	t.slot = max(int64((now.Add(d).Sub(w.origin)+slotTime-1)/slotTime), w.at+1)
	if t.slot-w.at >= slotCount {
		w.catchUp(now)
	}
	t.fire, t.armed = fire, true
	if t.slot-w.at < slotCount {
		w.put(t, int32(t.slot%slotCount))
	} else {
		w.put(t, farList(t.slot/farSlots))
	}
	w.armed++
}

// farList is the list of a far slot.
func farList(far int64) int32 { return int32(slotCount + far%farCount) }

func (w *wheel) put(t *Timer, list int32) {
	t.list, t.prev, t.next = list, nil, w.lists[list]
	if t.next != nil {
		t.next.prev = t
	}
	w.lists[list] = t
	w.used[list/64] |= 1 << (list % 64)
	if list < slotCount {
		w.close++
	}
}

func (w *wheel) take(t *Timer) {
	if t.prev != nil {
		t.prev.next = t.next
	} else if w.lists[t.list] = t.next; t.next == nil {
		w.used[t.list/64] &^= 1 << (t.list % 64)
	}
	if t.next != nil {
		t.next.prev = t.prev
	}
	t.prev, t.next = nil, nil
	if t.list < slotCount {
		w.close--
	}
}

func (w *wheel) disarm(t *Timer) {
	if !t.armed {
		return
	}
	w.take(t)
	t.armed, t.fire = false, nil
	w.armed--
}

// catchUp goes on to now, or to what comes before it. It keeps timers of a shard
// that was idle from being taken for far ones.
func (w *wheel) catchUp(now time.Time) {
	due := int64(now.Sub(w.origin) / slotTime)
	if slot, armed := w.next(); armed {
		due = min(due, slot-1)
	}
	w.at = max(w.at, due)
}

// run fires everything due. A timer that panics ends it; the others come when it is
// called again.
func (w *wheel) run(now time.Time) {
	due := int64(now.Sub(w.origin) / slotTime)
	whole := false
	defer func() {
		if !whole {
			w.at--
		}
	}()
	for w.armed > 0 && w.at < due {
		slot, _ := w.next()
		if slot > due {
			break
		}
		w.at = slot
		if slot%farSlots == 0 {
			w.near(slot / farSlots)
		}
		for t := w.lists[slot%slotCount]; t != nil; t = w.lists[slot%slotCount] {
			fire := t.fire
			w.disarm(t)
			fire.ring()
		}
	}
	w.at = max(w.at, due)
	whole = true
}

// near moves the timers of a far slot that has come to their near slots.
func (w *wheel) near(far int64) {
	var next *Timer
	for t := w.lists[farList(far)]; t != nil; t = next {
		if next = t.next; t.slot/farSlots == far {
			w.take(t)
			w.put(t, int32(t.slot%slotCount))
		}
	}
}

// next returns the slot in which there is something to do, and false when nothing is
// armed.
func (w *wheel) next() (slot int64, armed bool) {
	if w.armed == 0 {
		return 0, false
	}
	start := w.at + 1
	step, found := int64(0), false
	if w.close > 0 {
		step, found = firstUsed(w.used[:slotCount/64], int(start%slotCount))
	}
	far := w.at/farSlots + 1
	if found && start+step < far*farSlots {
		return start + step, true
	}
	farStep, farFound := firstUsed(w.used[slotCount/64:], int(far%farCount))
	switch slot = (far + farStep) * farSlots; {
	case !farFound:
		return start + step, true
	case found:
		return min(start+step, slot), true
	}
	return slot, true
}

// firstUsed is how far the first bit from start on is, round about.
func firstUsed(words []uint64, start int) (step int64, found bool) {
	i, bit := start/64, start%64
	if word := words[i] >> bit; word != 0 {
		return int64(bits.TrailingZeros64(word)), true
	}
	step = int64(64 - bit)
	for k := 1; k <= len(words); k++ {
		if word := words[(i+k)%len(words)]; word != 0 {
			return step + int64(bits.TrailingZeros64(word)), true
		}
		step += 64
	}
	return 0, false
}

// until is the time from now to a slot.
func (w *wheel) until(slot int64, now time.Time) time.Duration {
	return time.Duration(slot)*slotTime - now.Sub(w.origin)
}
