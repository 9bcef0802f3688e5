package main

import (
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	partySize    = 50
	partyStays   = 10 // each with a tone of its own; the last one's line is bad
	partySeconds = 30
	badLine      = 0.3
)

// party has fifty phones in a conference: ten stay and sing, the others come and go at random, and the line of
// one of the ten loses packets. It says how well the nine hear each other and not themselves all the while.
func party(t *table, s starter) error {
	p, err := s.start(shape{})
	if err != nil {
		return err
	}
	defer p.stop()
	c, a, calls, err := gatherCalls(partySize)
	if err != nil {
		return err
	}
	defer a.close()
	defer c.close()
	for i := range partyStays {
		c.members[i].hz = toneOf(i)
	}
	c.members[partyStays-1].loses = badLine
	sung := make(chan struct{})
	go func() {
		defer close(sung)
		c.sing(partySeconds*time.Second, false)
	}()
	moves, refused, quietest, own := 0, 0, 100.0, -100.0
	began := time.Now()
	for next := began.Add(2 * time.Second); time.Since(began) < (partySeconds-1)*time.Second; time.Sleep(50 * time.Millisecond) {
		ok := c.moves(a, calls, partyStays+rand.IntN(partySize-partyStays), moves)
		if moves++; !ok {
			refused++
		}
		if time.Now().After(next) {
			next = next.Add(time.Second)
			q, o := c.judge(partyStays - 1)
			quietest, own = min(quietest, q), max(own, o)
		}
	}
	<-sung
	t.add(p, "fifty in a conference: joins and leaves in half a minute", "", true, float64(moves))
	t.add(p, "of them refused", "", false, float64(refused))
	t.add(p, "another's tone, the quietest, while they come and go and a line loses 30 %", "dB", true, quietest)
	t.add(p, "one's own tone meanwhile, the loudest", "dB", false, own)
	return nil
}

// moves has a member go who is there, or come who is not; false: it was refused.
func (c *choir) moves(a *agent, calls []*call, i, turn int) bool {
	m, x := &c.members[i], calls[i]
	a.mu.Lock()
	state := x.state
	a.mu.Unlock()
	switch state {
	case "": // on its way
		return true
	case "up":
		m.aimed.Store(false)
		a.bye(x.id, x)
		return true
	}
	id := fmt.Sprintf("party-%d-%d", i, turn)
	calls[i] = &call{method: "INVITE", number: fmt.Sprintf("3%05d", i), user: "caller", secret: "callersecret", hold: time.Hour}
	a.begin(id, calls[i])
	return state != "refused"
}

// judge says how well the first n hear each other's tones, and how loud each hears its own, in dB.
func (c *choir) judge(n int) (quietest, own float64) {
	quietest, own = 100, -100
	for i := range n {
		for k := range n {
			if l := c.members[i].level(c.members[k].hz); i == k {
				own = max(own, l)
			} else {
				quietest = min(quietest, l)
			}
		}
	}
	return quietest, own
}
