package pbx

import "obelisk/dialplan"

// A bridged call needs no goroutine: the caller's leaves the dialplan and ends, and news of
// either party begins one that ends with the last of them. When the bridge is over the dialplan
// goes on, on that one. A stack of 8 KB for each call that is up would be held otherwise.

// Parting is the end of a bridge.
type Parting struct {
	First    *Channel     // who hung up, or transfers
	Transfer *Transferred // nil when the bridge just ended
	Callee   *Channel     // who was with the caller at the end; nil: given to another bridge
}

// After goes on with an application whose bridge is over, on the caller's worker: what it
// returns is the application's result.
type After func(Parting) dialplan.Result

// pairing is a caller and a callee who are bridged.
type pairing struct {
	caller, callee *Channel
	after          After
	end            Parting // once it is over
}

// Into joins a caller, who is answered now if he was not, with an answered callee until one of
// them hangs up, or one transfers the other. Where a Local channel has led them together another
// callee may take the place of this one. An application returns what Into returns, at once;
// after is told exactly once. Below another application Into itself waits for the end.
func (c *Channel) Into(callee *Channel, after After) dialplan.Result {
	join(c, callee)
	p := &pairing{caller: c, callee: callee, after: after}
	if c.below > 0 {
		return after(p.wait())
	}
	c.goes = p
	return dialplan.Away
}

// Below runs an application below another one, which goes on when that one is over.
func (c *Channel) Below(f func() dialplan.Result) dialplan.Result {
	c.below++
	defer func() { c.below-- }()
	return f()
}

// wait works the two on this goroutine until the end.
func (p *pairing) wait() Parting {
	for {
		e, why := p.caller.Await(Wait{Kinds: AnyKind})
		if end, over := p.step(e, why); over {
			return end
		}
	}
}

// begin is the last act of the goroutine that has worked the caller.
func (p *pairing) begin() {
	if !p.caller.worker().rest(p) {
		go p.work()
	}
}

// work does what there is to do, and goes on with the dialplan when that ends the bridge. Once
// it returns, the two may be another goroutine's.
func (p *pairing) work() {
	roomy(0)
	w := p.caller.worker()
	for {
		over, idle := p.look(w)
		if over {
			p.caller.drive(p)
			return
		}
		if idle {
			p.caller.steps = 0
			if w.rest(p) {
				return
			}
		}
	}
}

// look takes in what has come, if anything. A panic in it ends the bridge and the call.
func (p *pairing) look(w *Worker) (over, idle bool) {
	well := p.caller.guarded(func() {
		e, why, ok := w.look(Wait{Kinds: AnyKind})
		if idle = !ok; ok {
			p.end, over = p.step(e, why)
		}
	})
	if !well {
		if p.callee.View().Bridged == p.caller {
			p.caller.guarded(func() { part(p.caller, p.callee) })
		}
		p.end = Parting{First: p.caller, Callee: p.callee}
		return true, false
	}
	return over, idle
}

// step takes in an event; over when the bridge has ended.
func (p *pairing) step(e Event, why Why) (end Parting, over bool) {
	caller, callee := p.caller, p.callee
	other := callee
	switch e.From {
	case caller:
	case callee:
		other = caller
	default:
		return end, false // of somebody who is not in the bridge
	}
	switch {
	case why == Gone && e.From == callee && callee.replacedSoon():
		if next := awaitTransfer(caller, callee); next != nil {
			p.callee = next
			return end, false
		}
		part(callee, caller)
		return Parting{First: callee, Callee: callee}, true
	case why == Sent && e.From == callee:
		callee.seeSent()
		part(callee, caller)
		to, _ := callee.TakeRedirect()
		return Parting{caller, &Transferred{By: caller, To: to}, callee}, true
	case why != Came:
		e.From.Gone()
		if other.flags.Load()&flagSent != 0 { // both of them
			other.seeSent()
		}
		part(e.From, other)
		return Parting{First: e.From, Callee: callee}, true
	case e.Kind == EventShortcut && e.From == callee:
		p.callee = takeOver(caller, callee)
	case e.Kind == EventShorten:
		if giveAway(caller, callee) {
			return Parting{First: caller}, true
		}
	case e.Kind == EventGives:
		if e.From == caller && handOver(caller, callee) {
			return Parting{First: caller}, true
		}
	case e.Kind == EventTransfer:
		t := transferOf(e)
		tellBlind(e.From, other, t)
		clearPeer(other)
		other.goesTo(t.To)
		part(e.From, other)
		return Parting{e.From, t, callee}, true
	case !bridged(e, other):
		part(e.From, other)
		return Parting{First: e.From, Callee: callee}, true
	}
	return end, false
}
