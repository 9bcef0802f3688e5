package cdr

import "time"

// What the dialplan does with its records.

// open visits the records that still change: those that are not finished, and of the last one
// what CDR() has set.
func (c *Chain) open(evenLast bool, f func(*item)) {
	for n, i := range c.list {
		if i.state != finished || evenLast && n == len(c.list)-1 {
			f(i)
		}
	}
}

// locked runs f on the chain, if there is one.
func (c *Chain) locked(f func()) {
	if c == nil {
		return
	}
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	f()
}

// Disable says whether the records that are open, and those that follow, are written.
func (c *Chain) Disable(off bool) {
	c.locked(func() { c.open(false, func(i *item) { i.off = off }) })
}

// Prefer is CDR_PROP(party_a). It is not taken back, as in Asterisk.
func (c *Chain) Prefer() {
	c.locked(func() { c.open(false, func(i *item) { i.mine.first = true }) })
}

// Reset begins all records anew; their variables stay if they are to be kept.
func (c *Chain) Reset(keepVars bool, now time.Time) {
	c.locked(func() {
		for _, i := range c.list {
			if !keepVars {
				i.mine.vars, i.its.vars = nil, nil
			}
			i.start, i.answer, i.ended = now, time.Time{}, time.Time{}
			i.answerIfUp(now)
		}
	})
}

// Fork says how a second record begins: answered now, with the old ones ended, begun now, with
// the variables of the old one.
type Fork struct{ AnswerNow, EndOld, StartNow, KeepVars bool }

// Fork begins a record beside the last one; nothing happens when that is finished.
func (c *Chain) Fork(f Fork, now time.Time) {
	c.locked(func() {
		last, root := c.last(), c.list
		if last == nil || last.state == finished {
			return
		}
		n := c.add(now)
		n.state, n.bridge, n.off = last.state, root[0].bridge, root[0].off
		n.app, n.data, n.context, n.exten = root[0].app, root[0].data, root[0].context, root[0].exten
		if last.peer != nil {
			n.setPeer(last.peer, last.its)
		}
		if n.start, n.answer = last.start, last.answer; f.AnswerNow && c.of.Up() {
			n.answer = now
		}
		if f.StartNow {
			n.start, n.answer = now, now
		}
		if !f.KeepVars {
			n.mine.vars, n.its.vars = nil, nil
		}
		if conf := c.l.config(); f.EndOld {
			for _, i := range root {
				i.finish(now, &conf)
			}
		}
	})
}

// Uncalled says that the channel was made to be dialled and was hung up before: its record counts as
// that of a call of its own.
func (c *Chain) Uncalled() {
	c.locked(func() {
		if last := c.last(); last != nil {
			last.lone = true
		}
	})
}

// SetVar is CDR(name)=value of a name that is no field, in the records of both parties.
func (c *Chain) SetVar(name, value string) {
	c.locked(func() {
		c.open(true, func(i *item) { i.mine.set(name, value) })
		for _, i := range c.as {
			if i.state != finished || i == i.chain.last() {
				i.its.set(name, value)
			}
		}
	})
}

// SetUserField is CDR(userfield)=value.
func (c *Chain) SetUserField(value string) {
	c.locked(func() {
		c.open(true, func(i *item) { i.mine.userField = value })
		for _, i := range c.as {
			if i.state != finished || i == i.chain.last() {
				i.its.userField = value
			}
		}
	})
}

// Last is the record that was begun last, as it is now: without an end while it is open, and
// with what the channel itself has set only.
func (c *Chain) Last() (e Entry) {
	c.locked(func() {
		if i := c.last(); i != nil {
			e = i.entry()
			e.UserField, e.Vars = i.mine.userField, i.mine.copied().vars
		}
	})
	return e
}

// All are the records of the channel as they are now, the last one first; an open one has no
// end.
func (c *Chain) All() (out []Entry) {
	c.locked(func() {
		for n := len(c.list) - 1; n >= 0; n-- {
			out = append(out, c.list[n].entry())
		}
	})
	return out
}
