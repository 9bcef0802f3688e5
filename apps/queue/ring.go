package queue

import (
	"cmp"
	"strings"
	"time"

	"obelisk/pbx"
)

// round is one attempt of a caller to reach a member.
type round struct {
	c     *caller
	s     *settings
	left  *choice    // members not rung yet
	rung  []*attempt // members rung, in that order
	begun time.Time  // when limit began
	limit time.Duration
	since int64 // when the last one began to ring
	peer  *attempt
	took  time.Duration // until he answered
}

// attempt is a member who is called for a caller.
type attempt struct {
	m      *member
	ch     *pbx.Channel // nil: it is not being called
	dest   string       // whom it calls, as it is written
	absent bool         // no connected line came for it yet
	news   bool         // one came while it rang
}

// try rings members until one answers, nobody is left or the time is up.
func (c *caller) try() verdict {
	if c.expired() {
		return on
	}
	if c.o.opt.Has('C') || c.ch.View().Cause == pbx.CauseAnsweredElsewhere {
		c.elsewhere = true
	}
	r := &round{c: c}
	c.m.mu.Lock()
	r.s = c.q.s
	r.left = c.q.choose(c, now(), c.m.roll)
	c.calling = true
	c.m.nodes.queued(c)
	members := len(c.q.members)
	c.m.mu.Unlock()
	if c.o.opt.Has('n') {
		switch r.s.strategy {
		case RRMemory, RROrdered, Linear:
			c.tries++
		default:
			c.tries = members
		}
	}
	r.limit = r.most()
	r.next()
	v := r.wait()
	c.m.mu.Lock()
	c.q.turned(c, r.left)
	c.m.nodes.turned(c.q)
	if r.peer == nil {
		c.calling = false
		c.m.nodes.queued(c)
	}
	c.m.mu.Unlock()
	if r.peer != nil {
		return c.connect(r)
	}
	r.drop(nil)
	return v
}

// most is how long members may ring, 0 for ever.
func (r *round) most() time.Duration {
	limit := r.s.timeout
	if left := r.c.expire - now(); !r.s.timeoutConf && r.c.expire > 0 && (limit == 0 || left <= limit) {
		limit = max(left, 1)
	}
	return time.Duration(limit) * time.Second
}

// remains says how much of the limit is left; ok is false when it is over.
func (r *round) remains() (left time.Duration, ok bool) {
	if r.limit == 0 {
		return 0, true
	}
	left = time.Until(r.begun.Add(r.limit))
	return left, left > 0
}

// next rings the best of those who are left, with ringall all who are as good. false when nobody
// can be rung.
func (r *round) next() bool {
	if r.begun.IsZero() {
		r.begun = time.Now()
	}
	r.since = now()
	for {
		best, metric, ok := r.left.take()
		if !ok {
			return false
		}
		rings := r.ring(best)
		for r.s.strategy == RingAll && r.left.equal(metric) {
			best, _, _ = r.left.take()
			rings = r.ring(best) || rings
		}
		switch {
		case r.c.expired():
			return false
		case rings:
			return true
		}
	}
}

// ring calls one member.
func (r *round) ring(x *member) bool {
	c, a := r.c, &attempt{m: x}
	if !c.reserve(x) {
		return false
	}
	if !r.request(a, a.m.face) {
		c.m.mu.Lock()
		c.q.rrPos++
		c.linPos++
		c.m.mu.Unlock()
		c.release(a.m)
		return false
	}
	if text := c.o.opt.Arg('b'); text != "" {
		c.sub(a.ch, text)
	}
	if !r.place(a, c.ch.Redirecting()) {
		a.end(pbx.CauseNormal)
		c.release(a.m)
		return false
	}
	c.tellPair("AgentCalled", a.ch, f("Queue", c.q.name), f("Interface", a.m.face), f("MemberName", a.m.name))
	pbx.TellDialBegin(c.ch, a.ch, a.dest)
	c.ch.Show(3, "app_queue.c", "Called %s", a.m.face)
	r.rung = append(r.rung, a)
	return true
}

// request makes the channel of an attempt, to "technology/resource".
func (r *round) request(a *attempt, dest string) bool {
	c, core := r.c, r.c.m.core
	tech, resource, _ := strings.Cut(dest, "/")
	leg, err := core.Request(tech, pbx.Request{Resource: resource, Caller: c.ch, Codecs: c.ch.Leg().Codecs(), Trace: c.ch.Trace()})
	if err != nil {
		c.ch.Trace().Note("cannot call %s: %v", dest, err)
		return false
	}
	ch, err := core.OutgoingAs("AppQueue", tech, leg, c.ch)
	if err != nil {
		leg.Hangup(pbx.CauseNormal)
		c.ch.Trace().Note("cannot call %s: %v", dest, err)
		return false
	}
	forwarder := a.ch
	a.ch, a.dest = ch, dest
	if forwarder != nil {
		ch.SetVar("FORWARDERNAME", forwarder.Name())
	} else {
		ch.SetVar("DIALEDPEERNUMBER", resource)
	}
	view := c.ch.View()
	if exten, ok := c.ch.Var("MACRO_EXTEN"); ok && exten != "" {
		view.At.Exten, view.At.Context = exten, c.ch.Variable("MACRO_CONTEXT")
	}
	dialled, _ := c.ch.Fact("dnid.num")
	a.absent = ch.Dialled(view, forwarder != nil, cmp.Or(view.Connected.Num, dialled))
	return true
}

// place has the leg of an attempt called.
func (r *round) place(a *attempt, by *pbx.Redirecting) bool {
	c := r.c
	id := c.ch.View().CallerID
	if err := pbx.Callable(a.ch, id); err != nil {
		c.ch.Warn(err.Error())
		return false
	}
	ani, _ := c.ch.Fact("ani.num")
	a.ch.Leg().Call(pbx.CallInfo{CallerID: id, ANI: ani, Dialled: c.ch.View().At.Exten, Redirecting: by, MaxForwards: a.ch.MaxForwards()})
	return true
}

// end ends what is on its way.
func (a *attempt) end(cause pbx.Cause) {
	a.ch.End(cause)
	a.ch = nil
}

// reserve says whether a member may be rung for the caller now. One of ringinuse=no is not called
// for another caller until his device has told that it rings.
func (c *caller) reserve(x *member) bool {
	if !c.claim(x) {
		return false
	}
	if x.ringInUse {
		return true
	}
	if !free(c.m.statusOf(x.state)) || !c.m.nodes.claim(strings.ToLower(x.face), c) { // the device's news may still be on the way
		c.release(x)
		return false
	}
	return true
}

// claim reserves a member by what this node knows.
func (c *caller) claim(x *member) bool {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	if c.obstacle(x) != noObstacle {
		return false
	}
	if !x.ringInUse {
		c.m.ringing[strings.ToLower(x.face)] = true
	}
	return true
}

// release takes a reservation back.
func (c *caller) release(x *member) {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	c.m.unring(x.face)
}

// outweighed says whether a queue of more weight wants the member for its callers.
func (c *caller) outweighed(face string) bool {
	for _, x := range c.m.faces[face] {
		if q := x.q; q != c.q && q.s.weight > c.q.s.weight && q.waiting() > 0 && q.waiting() >= q.available(now()) {
			return true
		}
	}
	return false
}

// overtakes says whether somebody in another queue of the member has waited for longer, or goes
// before by his priority (force_longest_waiting_caller).
func (c *caller) overtakes(face string) bool {
	for _, x := range c.m.faces[face] {
		if x.q == c.q || x.q.s.weight != c.q.s.weight {
			continue
		}
		for _, o := range x.q.callers {
			if o.calling { // he is served already
				continue
			}
			if o.prio != c.prio && c.m.config.LongestFirst == longestPrio {
				if o.prio > c.prio {
					return true
				}
			} else if o.start < c.start {
				return true
			}
			break
		}
	}
	return false
}

// drop ends all that is on its way but the one who has answered.
func (r *round) drop(winner *attempt) {
	for _, a := range r.rung {
		if a == winner || a.ch == nil {
			continue
		}
		cause := pbx.CauseNone // as in Asterisk: who rang in vain is told nothing
		if winner != nil || r.c.elsewhere {
			cause = pbx.CauseAnsweredElsewhere
			a.ch.SetCause(cause)
		}
		r.c.m.mu.Lock()
		if a.m.status == pbx.DeviceNotInUse { // it never told that it rang
			r.c.m.unring(a.m.face)
		}
		r.c.m.mu.Unlock()
		a.end(cause)
	}
}

// tellPair makes an event about the caller and who is called for him known.
func (c *caller) tellPair(event string, with *pbx.Channel, fields ...pbx.Field) {
	if c.m.core.Heard() {
		c.m.core.Tell(pbx.News{Name: event, Class: "agent", Chan: c.ch.Snapshot(), Dest: with.Snapshot(), Fields: fields})
	}
}
