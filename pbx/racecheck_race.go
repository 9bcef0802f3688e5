//go:build race

package pbx

import "sync/atomic"

// probe counts who works a channel: one at a time.
type probe struct{ n atomic.Int32 }

func (p *probe) take() {
	if p.n.Add(1) != 1 {
		panic("two work a channel")
	}
}

func (p *probe) give() {
	if p.n.Add(-1) != 0 {
		panic("a channel is given that nobody works")
	}
}
