package pbx

import "sync/atomic"

// Technology is a way in which channels are joined, in the words of programs.
type Technology struct {
	Name, Kind string
	Priority   int // the highest that fits is chosen
	Suspended  bool
}

// The technologies, in Asterisk's order.
const (
	technologyNative = iota
	technologyHolding
	technologySimple
	technologyMix
)

var technologies = [...]Technology{technologyNative: {"native_rtp", "Native", 90, false},
	technologyHolding: {"holding_bridge", "Holding", 50, false},
	technologySimple:  {"simple_bridge", "1to1Mix", 50, false}, technologyMix: {"softmix", "MultiMix", 10, false}}

// suspensions are those that are not chosen any more.
type suspensions [len(technologies)]atomic.Bool

// Technologies lists the ways in which channels are joined.
func (k *Core) Technologies() []Technology {
	out := technologies
	for i := range out {
		out[i].Suspended = k.suspended[i].Load()
	}
	return out[:]
}

// Suspend has a technology not chosen any more, or chosen again; false for one that is unknown.
// While that of packets that pass as they are is suspended, phones that meet send their media to
// us; the others say how a bridge is shown, which mixes where no better one is left.
func (k *Core) Suspend(name string, on bool) bool {
	for i := range technologies {
		if technologies[i].Name == name {
			k.suspended[i].Store(on)
			return true
		}
	}
	return false
}

// meet tells two legs of each other, unless nothing may come of it.
func (b *Bridge) meet(x, y Leg) {
	if !b.core.suspended[technologyNative].Load() {
		pair(x, y)
	}
}
